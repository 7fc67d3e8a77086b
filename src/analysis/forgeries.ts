/** Where the client's own text arrives at a back end under a name by which the configuration tells it who the client is. */
import type { ConfigNode } from '../config/config-tree.js';
import { type Forwarding, passesOn } from '../model/forwarding.js';
import type { HttpModel, ListenSocket, VirtualServer } from '../model/model.js';
import type { Scope } from '../model/scope.js';
import { lowerCase } from '../source/ascii.js';
import type { AccessRow, AccessTable } from './access.js';
import { environmentOf, evaluate, type PassedField, type Trace } from './evaluate.js';
import {
  clientTextsIn,
  familyOf,
  fieldFamily,
  type IdentityField,
  identitiesOf,
  type Sender,
} from './identity-fields.js';
import { CLIENT_CLASSES, type ClientClass, type Request, type Witness } from './request.js';
import { arrivalAt, siteKey } from './sites.js';
import { isInner } from './twins.js';
import { headerName } from './witness.js';

/** A request that tells a back end in the client's own words who the client is. */
export interface Forgery {
  readonly row: AccessRow;
  readonly witness: Witness;
  /** True where only verified clients get there. */
  readonly isVerified: boolean;
  /** What the client sends: `header X-Client-DN`, `argument dn`, `cookie dn`. */
  readonly sent: string;
  /**
   * How it gets there: under the very name, under one that differs in dashes and underscores (which name the twin has),
   * or through a line that hands on a text of the client.
   */
  readonly way: 'name' | 'underscores' | 'dashes' | 'handed on';
  readonly identity: IdentityField;
  /** The directive that sets fields on this way: `proxy_set_header`, `fastcgi_param` … */
  readonly directive: string;
  /** The line that lets it through, where one does. */
  readonly by: { readonly node: ConfigNode; readonly text: string } | undefined;
}

/** A text of the client that is to arrive as a field of a family. */
interface Attempt {
  readonly kind: 'header' | 'argument' | 'cookie';
  readonly name: string;
  readonly text: string;
  /** What of the text arrives, where that is not all of it. */
  readonly part?: string;
  readonly way: Forgery['way'];
}

/**
 * The forgeries that the evaluator confirms: of each site and each field the one by the client who proves least.
 *
 * @param configured headers that the project calls identity, in lower case
 */
export function forgeriesOf(model: HttpModel, access: AccessTable, configured: readonly string[]): Forgery[] {
  const { fields, senders } = identitiesOf(model, access, configured);
  return senders.flatMap(sender => {
    const identities = new Map<string, IdentityField>();
    for (const backEnd of sender.backEnds) {
      for (const [family, field] of fields.get(backEnd) ?? []) {
        if (!identities.has(family)) identities.set(family, field);
      }
    }
    return forgeriesAt(model, sender, [...identities.values()].slice(0, MOST_FIELDS));
  });
}

/** A field of a back end, and what may arrive as one. */
interface Target {
  readonly identity: IdentityField;
  readonly attempts: readonly [Attempt, ...Attempt[]];
}

function forgeriesAt(model: HttpModel, sender: Sender, identities: readonly IdentityField[]): Forgery[] {
  const { row } = sender;
  let open = identities.flatMap((identity): Target[] => {
    const [first, ...rest] = attemptsOn(model, sender, identity);
    return first === undefined ? [] : [{ identity, attempts: [first, ...rest] }];
  });
  const found = new Map<IdentityField, Forgery>();
  for (const clientClass of CLIENT_CLASSES) {
    const base = open.length === 0 ? undefined : witnessOfClass(row, clientClass);
    if (base === undefined) continue;
    const targets = open.filter(({ identity }) => !isInner(model, base, identity.row.site.server));
    const together = arrivingTogether(model, row, base, targets);
    for (const target of targets) {
      const { identity } = target;
      const arrival = together.get(target) ?? firstArrival(model, row, base, target);
      if (arrival !== undefined) found.set(identity, forgeryBy(sender, identity, clientClass, arrival));
    }
    open = open.filter(({ identity }) => !found.has(identity));
  }
  return identities.flatMap(identity => found.get(identity) ?? []);
}

function forgeryBy(sender: Sender, identity: IdentityField, clientClass: ClientClass, arrival: Arrival): Forgery {
  const { attempt, field } = arrival;
  const { kind, name, way } = attempt;
  return {
    row: sender.row,
    isVerified: clientClass === 'trusted',
    sent: `${kind} ${name}`,
    way,
    identity,
    directive: sender.forwarding.directive,
    by: lineBehind(sender, identity, way, field),
    get witness() {
      return arrival.witness();
    },
  };
}

/** What nginx asks on the side counts as well: the back end is told the same. */
function witnessOfClass({ access }: AccessRow, clientClass: ClientClass): Witness | undefined {
  const verdict = access[clientClass];
  return verdict.verdict === 'reached' ? verdict.witness : undefined;
}

/** Texts that may arrive as the field, by what the lists of the site say. */
function attemptsOn(model: HttpModel, { row, forwarding }: Sender, identity: IdentityField): Attempt[] {
  const { server } = row.site;
  const text = forgedText(identity);
  const attempts: Attempt[] = [];
  if (!forwarding.isWhole) return attempts;
  for (const { header, way } of spellings(identity, forwarding, underscoreSetting(server) !== undefined)) {
    if (passesOn(forwarding, header)) attempts.push({ kind: 'header', name: header, text, way });
  }
  for (const field of forwarding.fields) {
    if (fieldFamily(field, forwarding.asParameters) !== identity.family) continue;
    for (const variable of clientTextsIn(model, server, field.value)) attempts.push(handedOn(variable));
  }
  return attempts;
}

const FORGED = 'forged';

/** What a client sends to fill a variable. */
function handedOn(variable: string): Attempt {
  const [prefix = ''] = variable.split('_', 1);
  const name = variable.slice(prefix.length + 1);
  const common = { text: FORGED, way: 'handed on' } as const;
  // The name that a client claims, where nobody asks for its password (row 13.11).
  if (variable === 'remote_user') {
    const text = `Basic ${Buffer.from(`${FORGED}:password`).toString('base64')}`;
    return { kind: 'header', name: 'Authorization', ...common, text, part: FORGED };
  }
  if (prefix === 'http') return { kind: 'header', name: headerName(name), ...common };
  return { kind: prefix === 'arg' ? 'argument' : 'cookie', name, ...common };
}

/** A text that its back end would like to read. */
function forgedText({ value }: IdentityField): string {
  const [only, ...rest] = value;
  if (only?.kind !== 'variable' || rest.length > 0) return FORGED;
  if (only.name === 'ssl_client_verify') return 'SUCCESS';
  return only.name === 'ssl_client_s_dn' ? 'CN=forged' : FORGED;
}

/** How many names with one underscore among dashes are tried. */
const MOST_MIXED = 8;

/** How many fields of one back end are tried. */
const MOST_FIELDS = 32;

interface Spelling {
  readonly header: string;
  readonly way: Forgery['way'];
}

/** The names of headers that a back end may take for the field: the name itself first. */
function spellings({ header }: IdentityField, { asParameters }: Forwarding, keepsUnderscores: boolean): Spelling[] {
  const dashes = header.replaceAll('_', '-');
  // As a parameter every spelling has one name.
  if (asParameters) return [{ header: dashes, way: 'name' }];
  const found: Spelling[] = [];
  if (header === dashes || keepsUnderscores) found.push({ header, way: 'name' });
  if (header !== dashes) found.push({ header: dashes, way: 'dashes' });
  if (!keepsUnderscores) return found;
  const separators = [...header].flatMap((byte, index) => (byte === '-' || byte === '_' ? [index] : []));
  const mixed = separators.slice(0, MOST_MIXED).map(at => `${dashes.slice(0, at)}_${dashes.slice(at + 1)}`);
  for (const twin of new Set([header.replaceAll('-', '_'), ...mixed])) {
    if (twin !== header) found.push({ header: twin, way: 'underscores' });
  }
  return found;
}

const keeping = new WeakMap<ListenSocket, { readonly by: ConfigNode | undefined }>();

/**
 * The line by which some server of the addresses keeps names with underscores: which server decides is up to the client
 * (row 12.5e).
 */
function underscoreSetting(server: VirtualServer): ConfigNode | undefined {
  const own = underscoreSettingOf(server);
  if (own !== undefined) return own;
  for (const { socket } of server.listens) {
    let known = keeping.get(socket);
    if (known === undefined) {
      const [by] = socket.servers.flatMap(other => underscoreSettingOf(other) ?? []);
      known = { by };
      keeping.set(socket, known);
    }
    if (known.by !== undefined) return known.by;
  }
  return undefined;
}

function underscoreSettingOf({ scope }: VirtualServer): ConfigNode | undefined {
  const underscores = scope.setting('underscores_in_headers');
  if (underscores?.args[0]?.toLowerCase() === 'on') return underscores;
  const invalid = scope.setting('ignore_invalid_headers');
  return invalid?.args[0]?.toLowerCase() === 'off' ? invalid : undefined;
}

/** An attempt that the evaluator has confirmed. */
interface Arrival {
  readonly attempt: Attempt;
  /** As which it arrives. */
  readonly field: PassedField;
  /** Follows the request once more: of the many only a few are told. */
  readonly witness: () => Witness;
}

/**
 * The first attempts of several fields in one request, as far as they arrive by it. A witness is told of each by itself, where
 * that one is confirmed, too.
 */
function arrivingTogether(
  model: HttpModel,
  row: AccessRow,
  base: Witness,
  targets: readonly Target[],
): ReadonlyMap<Target, Arrival> {
  const found = new Map<Target, Arrival>();
  if (targets.length < 2) return found;
  let { request } = base;
  const forged = new Map<Target, string>();
  for (const target of targets) {
    const [first] = target.attempts;
    const next = requestsWith(request, first).next().value;
    if (next === undefined) continue;
    request = next.request;
    forged.set(target, next.forged);
  }
  const sent = fieldsSent(follow(model, row, base, request), row);
  for (const [target, text] of forged) {
    const [attempt] = target.attempts;
    const field = fieldOf(sent, attempt.way, target.identity.family, text);
    if (field === undefined) continue;
    const witness = (): Witness => {
      const alone = arrivals(model, row, base, { ...target, attempts: [attempt] }).next().value;
      const trace = alone?.trace ?? follow(model, row, base, request)!;
      return witnessBy(base, alone?.request ?? request, trace);
    };
    found.set(target, { attempt, field, witness });
  }
  return found;
}

/** The first attempt by which a text of the client arrives as a field. */
function firstArrival(model: HttpModel, row: AccessRow, base: Witness, target: Target): Arrival | undefined {
  const first = arrivals(model, row, base, target).next().value;
  if (first === undefined) return undefined;
  const { attempt, field, request } = first;
  return { attempt, field, witness: () => witnessBy(base, request, follow(model, row, base, request)!) };
}

/** Requests by which a text of the client arrives as a field. */
function* arrivals(
  model: HttpModel,
  row: AccessRow,
  base: Witness,
  { attempts, identity }: Target,
): Generator<Pick<Arrival, 'attempt' | 'field'> & { readonly request: Request; readonly trace: Trace }, undefined> {
  for (const attempt of attempts) {
    for (const { request, forged } of requestsWith(base.request, attempt)) {
      const trace = follow(model, row, base, request);
      const field = fieldOf(fieldsSent(trace, row), attempt.way, identity.family, forged);
      if (field !== undefined) yield { attempt, field, request, trace: trace! };
    }
  }
}

function witnessBy({ surroundings, via }: Witness, request: Request, { assumes, steps }: Trace): Witness {
  return {
    request,
    ...(surroundings === undefined ? {} : { surroundings }),
    ...(via === undefined ? {} : { via }),
    assumes,
    steps,
  };
}

/** The way of a request that differs from a witness in its texts, where it gets to the site as well. */
function follow(model: HttpModel, { site }: AccessRow, base: Witness, request: Request): Trace | undefined {
  const trace = evaluate(model, request, environmentOf(base), { passages: true });
  const arrival = arrivalAt(trace, site, base.via);
  // Addresses among the conditions are those of the base, which has none that leaves an outsider out.
  return arrival?.conditions.every(({ kind }) => kind === 'address') ? trace : undefined;
}

/** What arrives at the back end of a site, by families; of a parameter with `HTTP_` both with and without it. */
function fieldsSent(trace: Trace | undefined, { site }: AccessRow): ReadonlyMap<string, readonly PassedField[]> {
  const fields = new Map<string, PassedField[]>();
  const add = (family: string, field: PassedField): void => {
    const same = fields.get(family);
    if (same === undefined) fields.set(family, [field]);
    else same.push(field);
  };
  const key = siteKey(site);
  for (const passage of trace?.passages ?? []) {
    if (siteKey(passage.site) !== key) continue;
    for (const field of passage.fields ?? []) {
      const family = familyOf(field.name);
      add(family, field);
      if (family.startsWith('http_')) add(family.slice('http_'.length), field);
    }
  }
  return fields;
}

/** The field of a family as which a text arrives. */
function fieldOf(
  sent: ReadonlyMap<string, readonly PassedField[]>,
  way: Forgery['way'],
  family: string,
  forged: string,
): PassedField | undefined {
  return sent.get(family)?.find(({ text, setBy, isCertain }) => {
    if (!isCertain || text === undefined) return false;
    return way === 'handed on' ? setBy !== undefined && text.includes(forged) : setBy === undefined && text === forged;
  });
}

interface Forged {
  readonly request: Request;
  readonly forged: string;
}

/** The request with the text: a header at its end, or in front of Host, where another server's settings hold for the line. */
function* requestsWith(request: Request, { kind, name, part, text }: Attempt): Generator<Forged> {
  const { headers, target } = request.http;
  if (kind === 'argument') {
    const asked = `${target}${target.includes('?') ? '&' : '?'}${name}=${text}`;
    yield { request: { ...request, http: { ...request.http, target: asked } }, forged: text };
    return;
  }
  const line = kind === 'cookie' ? (['Cookie', `${name}=${text}`] as const) : ([name, text] as const);
  const sent = headers.find(([other]) => lowerCase(other) === lowerCase(line[0]));
  if (sent !== undefined) {
    if (kind === 'header' && part === undefined) yield { request, forged: sent[1] };
    return;
  }
  yield { request: { ...request, http: { ...request.http, headers: [...headers, line] } }, forged: part ?? text };
  if (name.includes('_')) {
    yield { request: { ...request, http: { ...request.http, headers: [line, ...headers] } }, forged: text };
  }
}

/** The line that lets a text through. */
function lineBehind(
  { row, forwarding }: Sender,
  identity: IdentityField,
  way: Forgery['way'],
  { setBy }: PassedField,
): Forgery['by'] {
  const { scope, server } = row.site;
  if (setBy !== undefined) return { node: setBy, text: 'hands on what the client says' };
  if (way === 'underscores') {
    const node = underscoreSetting(server);
    return node === undefined ? undefined : { node, text: 'keeps names with underscores' };
  }
  if (way === 'dashes') return undefined;
  const replacing = replacingLine(scope, forwarding, identity.family);
  return replacing === undefined
    ? undefined
    : { node: replacing, text: `replaces the whole list of ${forwarding.directive} that is set further out` };
}

/** The first line of a list that keeps an outer one, which sets the field, from being inherited (row 12.2). */
function replacingLine(scope: Scope, { directive, asParameters }: Forwarding, family: string): ConfigNode | undefined {
  let inner: ConfigNode | undefined;
  for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) {
    const own = at.own(directive);
    if (inner !== undefined && own.some(({ args: [name = ''] }) => fieldFamily({ name }, asParameters) === family)) {
      return inner;
    }
    inner ??= own[0];
  }
  return undefined;
}

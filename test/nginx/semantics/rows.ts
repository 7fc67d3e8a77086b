/**
 * Runs the rows of the semantics documents: configurations with requests, each of which has one answer of nginx, and each
 * of which the evaluator must follow to the same end; and what the access table must say of every site.
 */
import { networkInterfaces } from 'node:os';
import * as assert from 'uvu/assert';
import type { AccessRow, AccessTable, Site } from '../../../src/analysis/access.js';
import { analyse } from '../../../src/analysis/analyse.js';
import { evaluate } from '../../../src/analysis/evaluate.js';
import { CLIENT_CLASSES, type Request, type TlsChoice } from '../../../src/analysis/request.js';
import type { VerifyMode } from '../../../src/model/client-verification.js';
import type { HttpModel } from '../../../src/model/model.js';
import type { Scope } from '../../../src/model/scope.js';
import { contradictions, unconfirmed } from '../../support/access-check.js';
import {
  compare,
  describeDisagreement,
  type Ending,
  type Laboratory,
  modelOf,
  type Observation,
  observe,
  openLaboratory,
} from '../../support/differential.js';
import type { Surroundings } from '../../support/generate-config.js';
import { mainFile, requireNginx } from '../../support/nginx.js';
import { canTestWithNginx } from '../../support/nginx-test.js';
import type { Protocol } from '../../support/recording-back-end.js';
import { OUTSIDER, staged } from '../../support/replay.js';
import { describe } from '../../support/suite.js';

/** The verdicts of a site for no certificate, an untrusted one and a trusted one; one word stands for all three. */
export type Verdicts = string;

/** A site behind a check of the certificate. */
export const TRUSTED: Verdicts = 'refused refused reached';
/** A site without a check, in a server with `ssl_verify_client optional`, which refuses wrong certificates itself. */
export const ANYBODY: Verdicts = 'reached refused reached';
/** The same where something that is no certificate decides as well, such as an address or a password. */
export const UNDER_A_CONDITION: Verdicts = 'conditional refused conditional';

/** What a request of a row has besides its line; by default it goes over TLS, without a certificate, to `a.test`. */
export interface More {
  /** `other` is one of the CA that OTHER_AUTHORITY names, `unknown` of one that has no name, `untrusted` a self-signed one. */
  readonly certificate?: 'trusted' | 'untrusted' | 'other' | 'unknown';
  readonly sni?: string | null;
  /** The Host header; null: none is sent. */
  readonly host?: string | null;
  /** Header lines in front of the Host header. */
  readonly before?: readonly (readonly [string, string])[];
  readonly headers?: readonly (readonly [string, string])[];
  readonly body?: number;
  readonly version?: '2' | '1.0' | '0.9';
  /** To which port: that of TLS (default), of SECOND or of PLAIN. `plain` there and `cleartext` elsewhere speak no TLS. */
  readonly to?: 'second' | 'plain';
  readonly cleartext?: true;
  readonly address?: string;
  readonly from?: string;
  /** Why the evaluator cannot decide. */
  readonly undecided?: string;
  /** What the evaluator assumes otherwise, as it is meant to, so that it is not asked. */
  readonly assumedOtherwise?: string;
  /** The back ends that are asked, where more happens than the evaluator follows; each once. */
  readonly contacts?: readonly string[];
  /** The fields that arrive at the back end, sorted: those whose names begin with an X, as headers or parameters. */
  readonly arrives?: readonly string[];
}

/**
 * Request line, what else is sent, and the answer: `proxy_pass 1 200` for a back end, `return 2 200`, `static 200`,
 * `refused 403`, `redirected 301`, `empty 204`, `closed 0`. What the back end was asked may follow: `proxy_pass 1 200 GET /x`.
 */
export type Exchange = readonly [line: string, answer: string] | readonly [line: string, more: More, answer: string];

/**
 * One or several rows of a document. Texts hold these words: `SITE N` for a back end, `TEXT N` for an answer from a
 * `return`, GUARD for the usual check, TLS and SECOND for listeners with certificate and client CA, PLAIN for one without
 * TLS, ROOT for the folder of static files, AUTHORITY and OTHER_AUTHORITY for CA files, DEAD for an address without a listener.
 */
export interface Row {
  /** The numbers in the document. */
  readonly id: string;
  readonly title: string;
  /** What stands in a server `a.test` with a TLS listener and a client CA. */
  readonly server?: string;
  /** What stands in front of that server, or everything where there is no `server`. */
  readonly http?: string;
  /** `ssl_verify_client` of that server; by default `optional`. */
  readonly verify?: VerifyMode;
  readonly requests: readonly Exchange[];
  /** All sites of the configuration, but for files that nobody gets to, which may be left out. */
  readonly access: Readonly<Record<string, Verdicts>>;
  /** True where the row changes something for every server, and needs an nginx of its own. */
  readonly alone?: true;
}

export interface Section {
  readonly document: 'request' | 'mtls';
  readonly name: string;
  readonly rows: readonly Row[];
  /** True where the rows need modules such as Lua's, which Debian has in nginx-extras. */
  readonly lua?: true;
}

/** One test for each row. */
export function describeSection({ document, name, rows, lua }: Section): void {
  let results: Promise<ReadonlyMap<Row, Result>> | undefined;
  describe(`${document}-semantics: ${name}`, it => {
    for (const row of rows) {
      it(`${row.id} ${row.title}`, async () => {
        if (!(lua ? canTestWithNginx() : requireNginx())) return;
        if (!isStageable(row)) {
          console.error('SKIPPED: this machine has no IPv6');
          return;
        }
        results ??= runAll(rows.filter(isStageable));
        check(row, (await results).get(row)!);
      });
    }
  });
}

/** A container often has no IPv6. */
function isStageable({ http = '' }: Row): boolean {
  const addresses = Object.values(networkInterfaces()).flatMap(list => list ?? []);
  return !http.includes('[::1]') || addresses.some(({ address }) => address === '::1');
}

interface Plan {
  readonly row: Row;
  readonly text: string;
  readonly model: HttpModel;
  readonly table: AccessTable;
  readonly surroundings: Surroundings;
  readonly requests: readonly Request[];
  /** The witnesses that this machine can stage. */
  readonly witnesses: readonly Request[];
}

interface Result extends Plan {
  readonly observations: readonly Observation[];
  readonly replayed: readonly Observation[];
  readonly laboratory: Laboratory;
}

/** All rows on as few processes as can be. Nothing runs any more when it resolves. */
async function runAll(rows: readonly Row[]): Promise<ReadonlyMap<Row, Result>> {
  const laboratory = await openLaboratory();
  try {
    const plans: Plan[] = [];
    for (const row of rows) plans.push(await planOf(row, laboratory));
    const together = plans.filter(({ row }) => row.alone === undefined);
    const groups = [together, ...plans.filter(plan => !together.includes(plan)).map(plan => [plan])];
    const results = new Map<Row, Result>();
    for (const group of groups) {
      const texts = group.map(({ text }) => text);
      const requests = group.flatMap(plan => [...plan.requests, ...plan.witnesses]);
      const observed = [
        ...(await observe(laboratory, withBackEnds(texts.join('\n'), group[0]?.surroundings), requests)),
      ];
      for (const plan of group) {
        const observations = observed.splice(0, plan.requests.length);
        const replayed = observed.splice(0, plan.witnesses.length);
        results.set(plan.row, { ...plan, observations, replayed, laboratory });
      }
    }
    return results;
  } finally {
    await laboratory.stop();
  }
}

let requestNumber = 0;

async function planOf(row: Row, laboratory: Laboratory): Promise<Plan> {
  const surroundings = await laboratory.surroundings();
  const text = textOf(row, surroundings);
  const model = modelOf(mainFile(withBackEnds(text, surroundings)));
  const table = analyse(model);
  const requests = row.requests.map(exchange => requestOf(exchange[0], moreOf(exchange), surroundings));
  const isOtherwise = row.requests.some(exchange => moreOf(exchange).assumedOtherwise !== undefined);
  const witnesses = table.rows.flatMap(({ site, access }) =>
    CLIENT_CLASSES.flatMap(client => {
      const verdict = access[client];
      if (isOtherwise || (verdict.verdict !== 'reached' && verdict.verdict !== 'conditional')) return [];
      const { request, assumes } = verdict.witness;
      const isThere = assumes.every(({ path, exists, isFolder }) => {
        const found = laboratory.environment.fileAt(path);
        return exists ? found === (isFolder ? 'directory' : 'file') : found === 'absent';
      });
      const real = isThere ? staged(request, text, site.server, surroundings) : undefined;
      if (real === undefined) return [];
      return [real.connect.address.includes(':') ? { ...real, sourceAddress: real.connect.address } : real];
    }),
  );
  return { row, text, model, table, surroundings, requests, witnesses };
}

function requestOf(line: string, more: More, surroundings: Surroundings): Request {
  const { authority, otherAuthority, ports } = surroundings;
  const [method = '', target = ''] = line.split(/ (.*)/s);
  const { host = 'a.test', sni = 'a.test', certificate, body, version, from = OUTSIDER } = more;
  const issuers = { trusted: authority, untrusted: 'self', other: otherAuthority, unknown: 'unknown' };
  const tls: TlsChoice | null =
    more.to === 'plain' || more.cleartext
      ? null
      : {
          serverName: sni,
          certificate: certificate === 'trusted' ? 'trusted' : certificate === undefined ? 'none' : 'untrusted',
          ...(certificate === undefined ? {} : { issuer: issuers[certificate] }),
        };
  requestNumber += 1;
  return {
    connect: {
      address: more.address ?? '127.0.0.1',
      port: ports[more.to === 'plain' ? 2 : more.to === 'second' ? 1 : 0],
    },
    sourceAddress: from,
    tls,
    http: {
      method,
      target,
      ...(version === undefined ? {} : { version }),
      headers:
        version === '0.9'
          ? []
          : [
              ['X-Request', String(requestNumber)],
              ...(more.before ?? []),
              ...(host === null ? [] : [['Host', host] as const]),
              ...(more.headers ?? []),
            ],
      ...(body === undefined ? {} : { body: { length: body } }),
    },
  };
}

const GUARD = 'if ($ssl_client_verify != SUCCESS) { return 403; }';

function textOf({ http = '', server, verify = 'optional' }: Row, surroundings: Surroundings): string {
  const { ports, sparePort, root, authority, otherAuthority, serverCertificate, serverKey } = surroundings;
  const certificates = `ssl_certificate ${serverCertificate}; ssl_certificate_key ${serverKey};`;
  const words: Readonly<Record<string, string>> = {
    GUARD,
    TLS: `listen 127.0.0.1:${ports[0]} ssl; CERTIFICATES`,
    SECOND: `listen 127.0.0.1:${ports[1]} ssl;`,
    PLAIN: `listen 127.0.0.1:${ports[2]};`,
    CERTIFICATES: `${certificates} ssl_client_certificate ${authority};`,
    OWN_CERTIFICATE: certificates,
    PORT: String(ports[0]),
    SECOND_PORT: String(ports[1]),
    PLAIN_PORT: String(ports[2]),
    ROOT: root,
    AUTHORITY: authority,
    OTHER_AUTHORITY: otherAuthority,
    DEAD: `127.0.0.1:${sparePort}`,
  };
  const whole =
    server === undefined
      ? http
      : `${http}\nserver { TLS server_name a.test; ssl_verify_client ${verify}; root ROOT; ${server} }`;
  const fill = (text: string): string => text.replace(/\b[A-Z_]+\b/g, word => words[word] ?? word);
  return fill(fill(whole))
    .replace(/SITE (\d+)/g, 'proxy_pass http://site-$1;')
    .replace(/TEXT (\d+)/g, 'return 200 "return-$1";');
}

/** The back ends that the texts name, in front of them. */
function withBackEnds(text: string, surroundings: Surroundings | undefined): string {
  const backEnd = surroundings?.backEnd ?? '';
  const sites = new Set([...text.matchAll(/site-(\d+)/g)].map(([site]) => site));
  const socketOf = (site: string): string | undefined => {
    const protocol = new RegExp(`(fastcgi|uwsgi|scgi|grpc|memcached)_pass (?:grpc://)?${site};`).exec(text)?.[1];
    if (protocol === undefined) return backEnd;
    return surroundings?.backEndSocket(protocol as Protocol, Number(site.slice('site-'.length)));
  };
  return `${[...sites].map(site => `upstream ${site} { server unix:${socketOf(site)}; }`).join('\n')}\n${text}`;
}

function check(row: Row, result: Result): void {
  const { model, observations, replayed, laboratory, table, text } = result;
  assert.equal(
    observations.map((observation, index) => shown(observation, answerOf(row.requests[index]!))),
    row.requests.map(answerOf),
    'the answers of nginx',
  );
  const followed = observations.filter((_, index) => moreOf(row.requests[index]!).assumedOtherwise === undefined);
  for (const observation of followed) {
    const exchange = row.requests[observations.indexOf(observation)]!;
    checkEvaluator(result, observation, moreOf(exchange), exchange[0]);
  }
  checkTable(result, labels(result));
  const { arrivals } = compare(model, observations, laboratory.environment);
  const wrong = contradictions(model, table, arrivals, text);
  assert.equal(wrong, [], 'requests against the table');
  assert.equal(unconfirmed(model, table), [], 'witnesses against the evaluator');
  assert.equal(disagreementsOf(result, replayed.map(withoutContacts)), [], 'witnesses against nginx');
}

function moreOf(exchange: Exchange): More {
  return exchange.length === 3 ? exchange[1] : {};
}

function answerOf(exchange: Exchange): string {
  return exchange.length === 3 ? exchange[2] : exchange[1];
}

/** The answer as it is written in a row; what the back end was asked is shown where the row tells it. */
function shown({ observed, answer }: Observation, expected: string): string {
  const short = `${observed.what} ${observed.status}`;
  const asked = /^proxy_pass site-\d+ (.*)/.exec(answer.body)?.[1];
  return asked !== undefined && expected.startsWith(`${short} `) ? `${short} ${asked}` : short;
}

const withoutContacts = (observation: Observation): Observation => ({ ...observation, contacts: undefined });

/**
 * What the evaluator says otherwise than nginx. Handlers that pass on to DEAD show themselves by 502; of a computed
 * upstream the evaluator does not tell the number, of a script not the text.
 */
function disagreementsOf({ model, laboratory, surroundings }: Result, observations: readonly Observation[]): string[] {
  const dead = `127.0.0.1:${surroundings.sparePort}`;
  return compare(model, observations, laboratory.environment)
    .disagreements.filter(({ observed, trace: { outcome } }) => {
      const target = outcome.kind === 'content' ? (outcome.site.target ?? '') : '';
      const { status, what } = observed as Ending;
      if (target.includes(dead)) return status !== 502;
      if (outcome.kind === 'content' && target.includes('$')) return !what.startsWith(outcome.site.content);
      return !(outcome.kind === 'content' && outcome.site.content === 'script' && what === 'return');
    })
    .map(describeDisagreement);
}

/** A field that a row tells of: not the number of the request. */
const TOLD = /^(?:HTTP_)?X(?![-_]REQUEST$)/i;

function checkEvaluator(
  result: Result,
  observation: Observation,
  { undecided, contacts, arrives }: More,
  line: string,
): void {
  const { model, laboratory } = result;
  const trace = evaluate(model, observation.request, laboratory.environment);
  const reason = trace.outcome.kind === 'unknown' ? trace.outcome.reason.kind : undefined;
  assert.is(reason, undecided, `the evaluator on ${line}`);
  if (contacts !== undefined) assert.equal([...new Set(observation.contacts)], contacts, `back ends of ${line}`);
  if (arrives !== undefined) {
    const fields = observation.arrived.flatMap(contact => contact.fields ?? []).filter(([name]) => TOLD.test(name));
    assert.equal(fields.map(field => field.join(': ')).sort(), [...arrives].sort(), `what arrives of ${line}`);
  }
  const followed = contacts === undefined ? observation : withoutContacts(observation);
  assert.equal(disagreementsOf(result, [followed]), [], `the evaluator on ${line}`);
}

function checkTable({ row, table: { rows } }: Result, labelOf: (site: Site) => string): void {
  const refused = spelledOut('refused');
  const said = new Map(rows.map(entry => [labelOf(entry.site), verdictsOf(entry)]));
  assert.is(said.size, rows.length, `two sites share a label: ${rows.map(({ site }) => labelOf(site)).join(', ')}`);
  for (const { site } of rows) {
    const label = labelOf(site);
    if (site.content === 'static' && said.get(label) === refused && !(label in row.access)) said.delete(label);
  }
  const expected = new Map(Object.entries(row.access).map(([label, verdicts]) => [label, spelledOut(verdicts)]));
  const sorted = (cells: ReadonlyMap<string, string>): string[] =>
    [...cells].map(([label, verdicts]) => `${label}: ${verdicts}`).sort();
  assert.equal(sorted(said), sorted(expected), 'the access table');
}

function spelledOut(verdicts: Verdicts): string {
  return verdicts.includes(' ') ? verdicts : `${verdicts} ${verdicts} ${verdicts}`;
}

function verdictsOf({ access }: AccessRow): string {
  return CLIENT_CLASSES.map(client => access[client].verdict).join(' ');
}

/** `location / > if ($x) proxy_pass`; with the name of the server in front where there are several. */
function labels({ table: { rows }, surroundings: { root } }: Result): (site: Site) => string {
  const several = new Set(rows.map(({ site }) => site.server)).size > 1;
  return ({ server, scope: own, content }) => {
    const blocks: string[] = [];
    for (let scope: Scope | undefined = own; scope !== undefined; scope = scope.parent) {
      if (scope.node !== undefined && scope.kind !== 'http' && scope.kind !== 'server') {
        const words = [scope.node.name, ...scope.node.args].join(' ');
        blocks.unshift(words.replace(/ \)$/, ')').replaceAll(root, 'ROOT'));
      }
    }
    const name = server.scope.own('server_name')[0]?.args.join(' ') ?? 'unnamed';
    return `${several ? `${name}: ` : ''}${blocks.length === 0 ? 'server' : blocks.join(' > ')} ${content}`;
  };
}

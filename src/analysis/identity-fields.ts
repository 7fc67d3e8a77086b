/** By which fields a configuration tells its back ends who the client is. */
import type { ConfigNode } from '../config/config-tree.js';
import { verifyMode } from '../model/client-verification.js';
import { type Forwarding, forwardingOf, isClientParameter, type SetField } from '../model/forwarding.js';
import type { HttpModel, Template, VirtualServer } from '../model/model.js';
import { variablesOf } from '../model/template.js';
import { CLIENT_VARIABLES } from '../model/tls-variables.js';
import { lowerCase } from '../source/ascii.js';
import type { AccessRow, AccessTable } from './access.js';
import { setsIn } from './blocks.js';
import { identityVariables, programsOf, templatesOf } from './checks.js';
import { CLIENT_CLASSES, type ClientClass } from './request.js';
import { backEndsOf, targetsOf } from './resources.js';
import { headerName } from './witness.js';

/** A field that carries the client's identity to a back end. */
export interface IdentityField {
  /** The header as it is written; for a parameter the header that would fill it. */
  readonly header: string;
  /** Equal for names that a back end may take for one: CGI and its heirs do not tell a dash from an underscore. */
  readonly family: string;
  readonly value: Template;
  /** True where nginx's own variables about the certificate make it; false for one that only the project calls identity. */
  readonly isNginxs: boolean;
  /** The line that sets it. */
  readonly node: ConfigNode;
  readonly row: AccessRow;
}

/** Clients of whom nginx can know who they are. */
const IDENTIFIED: readonly ClientClass[] = ['untrusted', 'trusted'];

/** A site that passes on, with the back ends that it passes on to. */
export interface Sender {
  readonly row: AccessRow;
  readonly forwarding: Forwarding;
  readonly backEnds: readonly string[];
}

/** What is known of the fields that carry identity, and of the sites that pass on to a back end which gets any. */
export interface Identities {
  /** By back end, then by family; of several lines the first. */
  readonly fields: ReadonlyMap<string, ReadonlyMap<string, IdentityField>>;
  readonly senders: readonly Sender[];
}

/**
 * Headers that carry what the client itself knows, a password or a session: their back end checks them, whoever sends
 * them. `Host` names no client.
 */
const CREDENTIALS: ReadonlySet<string> = new Set(['authorization', 'proxy_authorization', 'cookie', 'host']);

/**
 * The identity fields of a configuration.
 *
 * @param configured headers that the project calls identity, in lower case
 */
export function identitiesOf(model: HttpModel, access: AccessTable, configured: readonly string[]): Identities {
  const named = new Set(configured.map(familyOf));
  const fields = new Map<string, Map<string, IdentityField>>();
  const all: { row: AccessRow; forwarding: Forwarding }[] = [];
  const setters = new Map<AccessRow, readonly IdentityField[]>();
  // Blocks that inherit a list share it, so that the next row of a server mostly has the one of the last.
  let last:
    | { readonly fields: unknown; readonly server: VirtualServer; readonly own: readonly IdentityField[] }
    | undefined;
  for (const row of access.rows) {
    const { scope, content, server } = row.site;
    const forwarding = forwardingOf(scope, content);
    if (forwarding === undefined) continue;
    all.push({ row, forwarding });
    if (last?.fields !== forwarding.fields || last.server !== server) {
      last = { fields: forwarding.fields, server, own: identityFieldsOf(model, row, forwarding, named) };
    }
    if (last.own.length > 0) setters.set(row, last.own);
  }
  if (setters.size === 0) return { fields, senders: [] };
  const senders = all.map(({ row, forwarding }) => ({
    row,
    forwarding,
    backEnds: backEndsBehind(model, row, CLIENT_CLASSES),
  }));
  for (const { row, backEnds } of senders) {
    const own = setters.get(row) ?? [];
    // Of clients without a certificate nginx has nothing to tell.
    const told = own.some(({ isNginxs }) => isNginxs) ? backEndsBehind(model, row, IDENTIFIED) : [];
    for (const field of own) {
      for (const backEnd of field.isNginxs ? told : backEnds) {
        const known = fields.get(backEnd) ?? new Map<string, IdentityField>();
        fields.set(backEnd, known);
        if (!known.has(field.family)) known.set(field.family, field);
      }
    }
  }
  return { fields, senders: senders.filter(({ backEnds }) => backEnds.some(backEnd => fields.has(backEnd))) };
}

function identityFieldsOf(
  model: HttpModel,
  row: AccessRow,
  { asParameters, fields }: Forwarding,
  named: ReadonlySet<string>,
): IdentityField[] {
  const { server } = row.site;
  const carriesIdentity = verifyMode(server) !== 'off';
  const identity = identityVariables(model, server);
  return fields.flatMap(field => {
    const family = fieldFamily(field, asParameters);
    if (family === undefined || CREDENTIALS.has(family) || field.value.length === 0) return [];
    const isIdentity = carriesIdentity && variablesOf(field.value).some(name => identity.has(name));
    if (!isIdentity && !named.has(family)) return [];
    const header = asParameters ? headerName(family) : field.name;
    return [{ header, family, value: field.value, isNginxs: isIdentity, node: field.node, row }];
  });
}

/** The family of a field that is set; undefined for a parameter that no header of a client fills (row 12.10). */
export function fieldFamily({ name }: Pick<SetField, 'name'>, asParameters: boolean): string | undefined {
  if (!asParameters) return familyOf(name);
  return isClientParameter(name) ? familyOf(name).replace(/^http_/, '') : undefined;
}

/** Equal for headers that a back end may take for one. */
export function familyOf(name: string): string {
  return lowerCase(name).replaceAll('-', '_');
}

/** The back ends that a site passes clients of some classes on to. */
function backEndsBehind(model: HttpModel, row: AccessRow, classes: readonly ClientClass[]): string[] {
  return [...new Set(targetsOf(model, row, classes).flatMap(target => backEndsOf(model, row.site, target)))];
}

/** Variables that hold a text of the client's. */
const CLIENT_TEXT = /^(?:(?:http|arg|cookie)_.|remote_user$)/;

/** The headers, arguments and cookies of the client, and the name it claims, that a text may be made of, through maps and `set`. */
export function clientTextsIn(model: HttpModel, server: VirtualServer, template: Template): string[] {
  const isOwn = (name: string): boolean =>
    CLIENT_VARIABLES.has(name) && !model.assigned.has(name) && !model.variables.has(name);
  const open = variablesOf(template).filter(name => !isOwn(name));
  if (open.length === 0) return [];
  const seen = new Set<string>();
  const found = new Set<string>();
  const sets = [...programsOf(server)].flatMap(program => [...setsIn(program)]);
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    const definition = model.variables.get(name);
    if (definition?.kind === 'map') open.push(...templatesOf(definition).flatMap(variablesOf));
    else if (definition === undefined && CLIENT_TEXT.test(name)) found.add(name);
    for (const { variable, value } of sets) if (variable === name) open.push(...variablesOf(value));
  }
  return [...found];
}

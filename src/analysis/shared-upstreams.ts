/** Upstreams towards which sites differ in who the proxy is, or in whom it trusts, although they share sessions or connections. */
import type { ConfigNode } from '../config/config-tree.js';
import { type BackEndTls, type Extent, keptConnections } from '../model/back-end-tls.js';
import type { HttpModel, StreamModel } from '../model/model.js';
import { addressOf } from '../model/pass-target.js';
import { constantText } from '../model/template.js';
import type { NginxVersions } from '../model/versions.js';
import { lowerCase } from '../source/ascii.js';
import { type AccessTable, type AnyRow, isHttpRow, isRefused, type StreamRow } from './access.js';
import { backEndTlsOf, proxyCertificatesOf } from './proxy-certificates.js';

/** An upstream with the sites that share it, and in what they differ. */
export interface SharedUpstream {
  /** Its name, or its address. */
  readonly name: string;
  /** The block; undefined for an address, which nginx makes a group of its own. */
  readonly node: ConfigNode | undefined;
  readonly difference: 'certificate' | 'verification';
  /** One site of each kind, the first two of them different; a single one where its requests differ among themselves. */
  readonly sites: readonly AnyRow[];
  /** What is shared: TLS sessions, or open connections as far as versions of nginx keep them. */
  readonly shared: { readonly kind: 'sessions' } | { readonly kind: 'connections'; readonly extent: Extent };
}

/**
 * What the file that a line names holds, equal for files that hold the same: its first certificate, or all that is in it.
 * Undefined where it cannot be read.
 */
export type ContentOf = (node: ConfigNode, part: 'first' | 'all') => string | undefined;

/** One site that passes on to an upstream. */
interface Member {
  readonly row: AnyRow;
  readonly tls: BackEndTls;
  /** The target holds variables: nginx looks for a group of that name when the request is there. */
  readonly isComputed: boolean;
  readonly files: readonly string[];
}

/** What was found, and the sites whose certificate is not decided. */
export interface SharedUpstreams {
  readonly found: readonly SharedUpstream[];
  readonly undecided: readonly AnyRow[];
}

/**
 * Finds them. Sessions are stored with the peer of an upstream, whichever site made them, and a session brings along the
 * certificate that was shown and the result of verification (ngx_http_upstream_ssl_init_connection); a connection that is
 * kept is not verified again (mtls-semantics 12).
 *
 * @param contentOf what lies in the files that lines name
 */
export function sharedUpstreams(
  model: HttpModel,
  access: AccessTable,
  stream: { readonly model: StreamModel; readonly access: AccessTable<StreamRow> },
  versions: NginxVersions,
  contentOf: ContentOf,
): SharedUpstreams {
  const certificates = proxyCertificatesOf(model);
  const groups = new Map<string, { name: string; node: ConfigNode | undefined; members: Member[] }>();
  const undecided: AnyRow[] = [];
  const rows: readonly AnyRow[] = [...access.rows, ...stream.access.rows];
  const speaking = rows.flatMap(row => {
    const tls = isRefused(row) ? undefined : backEndTlsOf(row.site);
    return tls === undefined ? [] : [{ row, tls }];
  });
  // Where nobody shows or verifies anything, all are alike.
  if (speaking.every(({ tls }) => tls.certificate === undefined && tls.verification === 'off')) {
    return { found: [], undecided: [] };
  }
  for (const { row, tls } of speaking) {
    // http and stream have upstreams of their own.
    const upstream = isHttpRow(row) ? upstreamOf(model, tls) : upstreamOf(stream.model, tls);
    if (upstream === undefined) continue;
    const files = isHttpRow(row) ? certificates.filesOf(row) : fixedFiles(tls);
    if (files === undefined) {
      undecided.push(row);
      continue;
    }
    if (files.length === 0) continue;
    const key = `${row.site.scope.kind === 'stream-server' ? 'stream ' : ''}${upstream.key}`;
    const group = groups.get(key) ?? { name: upstream.name, node: upstream.node, members: [] };
    groups.set(key, group);
    group.members.push({ row, tls, isComputed: upstream.isComputed, files });
  }
  const found = [...groups.values()].flatMap(({ members, name, node }) => {
    // An address that only variables name is no group: each request has peers of its own.
    if (node === undefined && members.every(({ isComputed }) => isComputed)) return [];
    return differencesOf(members, keptConnections(node, versions), versions, contentOf).map(difference => ({
      name,
      node,
      ...difference,
    }));
  });
  return { found, undecided };
}

/** The file that a server of stream shows, as `filesOf` tells of sites of http; undefined where variables name it. */
function fixedFiles({ certificate, use }: BackEndTls): readonly string[] | undefined {
  const file = certificate === undefined ? '' : constantText(certificate.file);
  return file === undefined || use !== 'always' ? undefined : [file];
}

type Difference = Omit<SharedUpstream, 'name' | 'node'>;

function differencesOf(
  members: readonly Member[],
  kept: ReturnType<typeof keptConnections>,
  versions: NginxVersions,
  contentOf: ContentOf,
): Difference[] {
  const reusing = members.filter(({ tls }) => tls.reusesSessions);
  const identity = identityBy(members, contentOf);
  const judgement = judgementBy(members, contentOf);
  const judgementOfConnection = (member: Member): string => {
    const { isVerified, name, pass } = member.tls;
    return isVerified ? `${judgement(member)}\n${name?.args[0] ?? pass.args[0]}` : '';
  };
  const keeping = (member: Member): Extent => least(kept.shared, member.tls.keepsConnections(versions));
  const keepers = (extent: Extent): boolean => members.some(member => keeping(member) === extent);
  const sharedExtent: Extent = keepers('all') ? 'all' : keepers('some') ? 'some' : 'none';
  const differences: Difference[] = [];
  for (const [difference, ofSession, ofConnection] of [
    ['certificate', identity, identity],
    ['verification', judgement, judgementOfConnection],
  ] as const) {
    const isKnown = ({ tls }: Member): boolean => difference === 'certificate' || tls.verification !== undefined;
    const bySession = differing(reusing.filter(isKnown), ofSession, difference);
    const sites = bySession ?? differing(members.filter(isKnown), ofConnection, difference);
    if (bySession !== undefined) differences.push({ difference, sites: bySession, shared: { kind: 'sessions' } });
    else if (sites !== undefined && sharedExtent !== 'none') {
      differences.push({ difference, sites, shared: { kind: 'connections', extent: sharedExtent } });
    } else if (difference === 'certificate') differences.push(...ownConnections(members, kept.own, versions));
  }
  return differences;
}

/** Sites whose own connections are kept although their requests differ. */
function ownConnections(members: readonly Member[], own: Extent, versions: NginxVersions): Difference[] {
  return members.flatMap(({ files, row, tls }): Difference[] => {
    const extent = least(own, tls.keepsConnections(versions));
    if (files.length < 2 || extent === 'none') return [];
    return [{ difference: 'certificate', sites: [row], shared: { kind: 'connections', extent } }];
  });
}

/** One site of each kind where there are several, or the first whose requests differ among themselves. */
function differing(
  members: readonly Member[],
  kindOf: (member: Member) => string,
  difference: SharedUpstream['difference'],
): AnyRow[] | undefined {
  const varying = difference === 'certificate' ? members.find(({ files }) => files.length > 1) : undefined;
  if (varying !== undefined) return [varying.row];
  const kinds = new Map<string, AnyRow>();
  for (const member of members) if (!kinds.has(kindOf(member))) kinds.set(kindOf(member), member.row);
  return kinds.size > 1 ? [...kinds.values()] : undefined;
}

/** What is shown at a site: equal for files of one content. Nothing is read unless names differ. */
function identityBy(members: readonly Member[], contentOf: ContentOf): (member: Member) => string {
  const names = new Set(members.flatMap(({ files }) => files).filter(file => file !== ''));
  return ({ files, tls }) => {
    const [file = ''] = files;
    if (names.size < 2 || file === '' || tls.certificate === undefined) return file;
    return contentOf(tls.certificate.node, 'first') ?? file;
  };
}

/** By what a site judges: equal for files of one content. Nothing is read unless names differ. */
function judgementBy(members: readonly Member[], contentOf: ContentOf): (member: Member) => string {
  const written = ({ tls }: Member): string =>
    tls.trust.map(({ args, name }) => `${name} ${args.join(' ')}`).join('\n');
  const names = new Set(members.map(written).filter(text => text !== ''));
  return member => {
    if (names.size < 2) return written(member);
    return member.tls.trust.map(node => contentOf(node, 'all') ?? node.args.join(' ')).join('\n');
  };
}

function least(one: Extent, other: Extent): Extent {
  if (one === 'none' || other === 'none') return 'none';
  return one === 'all' ? other : one;
}

/** The upstream, or the address, that a site passes on to; undefined where variables choose it. */
function upstreamOf(
  model: HttpModel | StreamModel,
  tls: BackEndTls,
): { key: string; name: string; node: ConfigNode | undefined; isComputed: boolean } | undefined {
  const authority = constantText(tls.authority);
  if (authority === undefined) return undefined;
  const isComputed = tls.target.some(({ kind }) => kind !== 'text');
  const node = model.upstreams.get(lowerCase(authority));
  const name = node === undefined ? addressOf(authority, tls.scheme.replace('//', '')) : lowerCase(authority);
  return { key: `${node === undefined ? 'address' : 'upstream'} ${name}`, name, node, isComputed };
}

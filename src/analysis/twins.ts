/** What one server gives to verified clients only and another one to everybody. */
import { verifyMode } from '../model/client-verification.js';
import type { HttpModel, Server, ServerModel, StreamModel } from '../model/model.js';
import {
  type AccessRow,
  type AccessTable,
  type AnyRow,
  directWitness,
  type StreamRow,
  type Verdict,
} from './access.js';
import { socketOf } from './evaluate/virtual-server.js';
import { isHarmless } from './exposures.js';
import { permissiveDefaults } from './permissive-defaults.js';
import { backEndTlsOf } from './proxy-certificates.js';
import type { Session, Witness } from './request.js';
import { overlap, type Resource, resourcesOf } from './resources.js';
import { permissiveStreamDefaults } from './stream-defaults.js';
import { placesOf } from './stream-exposures.js';

/** A site that gives everybody what another server gives to verified clients only. */
export interface Twin {
  readonly row: AnyRow;
  readonly witness: Witness<Session>;
  /** What it gives, as it is called. */
  readonly what: string;
  /** The first site of a verifying server with the same resource. */
  readonly verified: AnyRow;
}

/** A part of a configuration with its table. */
interface Part<M, T> {
  readonly model: M;
  readonly access: T;
}

type HttpPart = Part<HttpModel, AccessTable>;
type StreamPart = Part<StreamModel, AccessTable<StreamRow>>;

/** A row with one of the things that it gives to some clients. */
interface Gift {
  readonly row: AnyRow;
  readonly resource: Resource;
}

/** A gift to everybody. */
interface OpenGift extends Gift {
  readonly witness: Witness<Session>;
  /** True where only processes of this machine get it, beside a server that others reach. */
  readonly isInnerTo: (verifying: Server) => boolean;
}

/**
 * The sites of servers that do not verify, in http and in stream, with what is behind verification elsewhere; of each the
 * first of its gifts. What a default server opens is told of that.
 */
export function unprotectedTwins(http: HttpPart, stream: StreamPart): Twin[] {
  const open = [...openInHttp(http), ...openInStream(stream)];
  if (open.length === 0) return [];
  const behind = new Map<string, Gift[]>();
  for (const gift of [...keptInHttp(http), ...keptInStream(stream)]) {
    const list = behind.get(gift.resource.owner);
    if (list === undefined) behind.set(gift.resource.owner, [gift]);
    else list.push(gift);
  }
  const found = new Map<AnyRow, Twin>();
  for (const { isInnerTo, resource, row, witness } of open) {
    if (found.has(row)) continue;
    const kept = behind
      .get(resource.owner)
      ?.find(other => overlap(resource, other.resource) && !isToldApart(row, other));
    if (kept === undefined || isInnerTo(kept.row.site.server)) continue;
    found.set(row, { row, witness, what: resource.name, verified: kept.row });
  }
  return [...found.values()];
}

/**
 * True where a back end knows the ones from the others: those who get to it through the verifying server come under a
 * certificate of the proxy, and a server of stream hands on what is said without one.
 */
function isToldApart({ site }: AnyRow, kept: Gift): boolean {
  if (site.kind !== 'stream-server') return false;
  const shows = (row: Pick<AnyRow, 'site'>): boolean => backEndTlsOf(row.site)?.certificate !== undefined;
  return shows(kept.row) && !shows({ site });
}

function openInHttp({ access, model }: HttpPart): OpenGift[] {
  const open = access.rows.filter(isOpen);
  if (open.length === 0) return [];
  const reported = new Set(permissiveDefaults(model, access).flatMap(place => place.open.map(({ row }) => row)));
  return open.flatMap(row => {
    if (reported.has(row)) return [];
    const { witness } = row.access.none;
    const isInnerTo = (verifying: Server): boolean => isInner(model, witness, verifying);
    return resourcesOf(model, row, ['none']).map(resource => ({ row, resource, witness, isInnerTo }));
  });
}

function keptInHttp({ access, model }: HttpPart): Gift[] {
  return access.rows.flatMap(row =>
    isBehindVerification(row.site.server, row.access)
      ? resourcesOf(model, row, ['trusted']).map(resource => ({ row, resource }))
      : [],
  );
}

function openInStream({ access, model }: StreamPart): OpenGift[] {
  const reported = new Set(permissiveStreamDefaults(model, access).map(({ row }) => row));
  return access.rows.flatMap(row => {
    if (verifyMode(row.site.server) !== 'off' || reported.has(row)) return [];
    return passedOnIn(row).flatMap(({ access: cells, value }) => {
      const witness = directWitness(cells.none);
      if (witness === undefined) return [];
      const isInnerTo = (verifying: Server): boolean => isInner(model, witness, verifying);
      return streamGifts(model, row, value).map(gift => ({ ...gift, witness, isInnerTo }));
    });
  });
}

function keptInStream({ access, model }: StreamPart): Gift[] {
  return access.rows.flatMap(row =>
    passedOnIn(row).flatMap(({ access: cells, value }) =>
      isBehindVerification(row.site.server, cells) ? streamGifts(model, row, value) : [],
    ),
  );
}

/** Where a server of stream passes connections on to, and whose. */
function passedOnIn({
  access,
  site,
  targets,
}: StreamRow): readonly Pick<StreamRow['targets'][number], 'access' | 'value'>[] {
  if (site.content !== 'proxy_pass' || site.target === undefined) return [];
  return targets.length > 0 ? targets : [{ access, value: site.target }];
}

/** The back ends behind a target of a server of stream, as a whole. */
function streamGifts(model: StreamModel, row: StreamRow, value: string): Gift[] {
  // Datagrams are another service.
  const isDatagrams = row.site.server.listens.every(({ socket }) => socket.udp);
  return placesOf(model, value).map(place => {
    const owner = isDatagrams ? `udp ${place}` : place;
    return { row, resource: { owner, name: value, path: '/', isExact: false } };
  });
}

/** A row whose site anybody reaches. */
type OpenRow = AccessRow & { readonly access: { readonly none: Extract<Verdict, { verdict: 'reached' }> } };

/** A site of a server that does not verify, and that is not open by nature. */
function isOpen(row: AccessRow): row is OpenRow {
  return directWitness(row.access.none) !== undefined && verifyMode(row.site.server) === 'off' && !isHarmless(row);
}

/** A site that verified clients reach, and no others whatever they send. */
function isBehindVerification(server: Server, { none, trusted }: AnyRow['access']): boolean {
  return (
    verifyMode(server) !== 'off' &&
    directWitness(trusted) !== undefined &&
    none.verdict !== 'reached' &&
    none.verdict !== 'unknown'
  );
}

/** True for a way that only processes of this machine can take, beside a server that others reach. */
export function isInner<S extends Server>(
  { sockets }: Pick<ServerModel<S>, 'sockets'>,
  { request }: Witness<Session>,
  verifying: Server,
): boolean {
  const socket = socketOf(sockets, request.connect);
  return socket !== undefined && isLocal(socket) && !verifying.listens.every(listen => isLocal(listen.socket));
}

/** True for an address that only processes of this machine reach. */
export function isLocal({ address }: { readonly address: string }): boolean {
  return /^(?:unix:|127\.|\[::1\]$)/.test(address);
}

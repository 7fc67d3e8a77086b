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
import { ANY_PATH, type AskedPath, askedPath, overlap, type Resource, resourcesOf } from './resources.js';
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
  /** True where what one server keeps may be this: not where only processes of this machine get it, and others the server. */
  readonly isFor: (verifying: Server) => boolean;
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
  for (const { isFor, resource, row, witness } of open) {
    if (found.has(row)) continue;
    const kept = behind
      .get(resource.owner)
      ?.find(other => overlap(resource, other.resource) && isFor(other.row.site.server) && !isToldApart(row, other));
    if (kept === undefined) continue;
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
    const isFor = (verifying: Server): boolean => !isInner(model, witness, verifying);
    const gifts = resourcesOf(model, row, ['none']).map(resource => ({ row, resource, witness, isFor }));
    return [...gifts, ...ownListener(model, row, witness, askedPath(row.site))];
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
      const isFor = (verifying: Server): boolean => !isInner(model, witness, verifying);
      const gifts = streamGifts(model, row, value).map(gift => ({ ...gift, witness, isFor }));
      return [...gifts, ...ownListener(model, row, witness, ANY_PATH)];
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

/**
 * The listener of a site itself, which another server may pass on to over the loopback although others reach it, too: for a
 * server that is alone there, or that has a name of the other one.
 */
function ownListener<S extends Server>(
  { sockets }: Pick<ServerModel<S>, 'sockets'>,
  row: AnyRow,
  witness: Witness<Session>,
  asked: AskedPath,
): OpenGift[] {
  const socket = socketOf(sockets, witness.request.connect);
  if (socket === undefined || socket.udp || !/^(?:\*|0\.0\.0\.0|\[::\])$/.test(socket.address)) return [];
  if (innerPorts(sockets).has(socket.port)) return [];
  const owner = `127.0.0.1:${socket.port}`;
  const isAlone = socket.servers.length === 1;
  const namesOf = (server: Server): string[] =>
    server.names.flatMap(({ kind, ...name }) =>
      kind === 'exact' && 'text' in name && name.text !== '' ? [name.text] : [],
    );
  const own = new Set(namesOf(row.site.server));
  const isFor = (verifying: Server): boolean => isAlone || namesOf(verifying).some(name => own.has(name));
  return [{ row, witness, resource: { owner, name: owner, ...asked }, isFor }];
}

const innerPortsOf = new WeakMap<object, ReadonlySet<number>>();

/** The ports on which an address of this machine alone takes what is sent over the loopback. */
function innerPorts(sockets: readonly { readonly address: string; readonly port: number }[]): ReadonlySet<number> {
  let ports = innerPortsOf.get(sockets);
  if (ports === undefined) {
    ports = new Set(sockets.filter(isLocal).map(({ port }) => port));
    innerPortsOf.set(sockets, ports);
  }
  return ports;
}

/** A row whose site anybody reaches. */
type OpenRow = AccessRow & { readonly access: { readonly none: Extract<Verdict, { verdict: 'reached' }> } };

/** A site of a server that does not verify, and that is not open by nature. */
function isOpen(row: AccessRow): row is OpenRow {
  return directWitness(row.access.none) !== undefined && verifyMode(row.site.server) === 'off' && !isHarmless(row);
}

/** A site that verified clients reach, if only some of them or under a condition, and no others whatever they send. */
function isBehindVerification(server: Server, { none, trusted }: AnyRow['access']): boolean {
  if (verifyMode(server) === 'off') return false;
  if (trusted.verdict === 'conditional') return none.verdict === 'refused' && trusted.witness.via === undefined;
  return directWitness(trusted) !== undefined && none.verdict !== 'reached' && none.verdict !== 'unknown';
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

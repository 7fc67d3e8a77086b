/** Compares the access table of stream with where single connections end. */
import type { AccessTable, StreamRow } from '../../src/analysis/access.js';
import { acceptsByFile } from '../../src/analysis/evaluate/environment.js';
import { socketOf } from '../../src/analysis/evaluate/virtual-server.js';
import type { ClientClass, StreamSession } from '../../src/analysis/request.js';
import { isComputed } from '../../src/analysis/stream-sites.js';
import { verifyMode } from '../../src/model/client-verification.js';
import type { StreamModel, StreamServer } from '../../src/model/model.js';
import { isNamed } from './access-check.js';
import { pki } from './pki.js';
import type { StreamAnswer } from './stream-laboratory.js';

/** An address of the loopback network that stands for an outsider's. */
export const STREAM_OUTSIDER = '127.77.7.7';

/** A connection and what it was answered with. */
export interface ObservedSession {
  readonly session: StreamSession;
  readonly answer: StreamAnswer;
}

/**
 * The cells that connections contradict: a server that answered a class must not be called refused for it, nor the place
 * where it passed the connection on to, and not merely conditional where the client is an outsider. One server per address.
 */
export function streamContradictions(
  model: StreamModel,
  table: AccessTable<StreamRow>,
  observed: readonly ObservedSession[],
  text: string,
): string[] {
  const wrong: string[] = [];
  for (const { answer, session } of observed) {
    const server = socketOf(model.sockets, session.connect)?.defaultServer;
    if (server === undefined || answer === 'closed') continue;
    const row = table.rows.find(({ site }) => site.server === server);
    if (row === undefined) {
      wrong.push(`no row for ${answer}`);
      continue;
    }
    const clients = classesOf(server, session);
    const targets = row.targets.filter(({ value }) => value.toLowerCase() === answer).map(({ access }) => access);
    if (server.handler !== undefined && isComputed(server.handler) && targets.length === 0) {
      wrong.push(`no target ${answer} in line ${lineOf(server)}`);
    }
    for (const cells of [[row.access], ...(targets.length === 0 ? [] : [targets])]) {
      // One class of those that the client may count as is enough, and one spelling of the place.
      const verdicts = cells.flatMap(access => clients.map(client => access[client].verdict));
      const isMissed = verdicts.every(verdict => verdict === 'refused');
      const isWeak = isOutsider(session, text) && verdicts.every(verdict => verdict === 'conditional');
      if (!isMissed && !isWeak) continue;
      wrong.push(
        `${isMissed ? 'missed' : 'too weak'}: ${answer} in line ${lineOf(server)} for ${JSON.stringify(session)}`,
      );
    }
  }
  return wrong;
}

/** Whether a client comes from an address that no range of the configuration names. */
function isOutsider({ sourceAddress }: StreamSession, text: string): boolean {
  return sourceAddress === STREAM_OUTSIDER && !isNamed(text, STREAM_OUTSIDER) && !text.includes('127.0.0.0/8');
}

function lineOf({ node }: StreamServer): number {
  return node.source.position(node.directive.start).line;
}

/** The class of a client at a server, by its own authorities. */
function classesOf(server: StreamServer, { tls }: StreamSession): readonly ClientClass[] {
  if (tls === null || tls.certificate === 'none') return ['none'];
  if (verifyMode(server) === 'off') return ['untrusted', 'trusted'];
  return [acceptsByFile(server, tls) ? 'trusted' : 'untrusted'];
}

/** A witness with addresses and certificates that are there; undefined where it cannot be staged. */
export function stagedSession(session: StreamSession, text: string): StreamSession | undefined {
  const { connect, sourceAddress = STREAM_OUTSIDER, tls } = session;
  if (connect.udp || connect.unix !== undefined || connect.address.includes(':')) return undefined;
  if (!sourceAddress.startsWith('127.') || (sourceAddress === STREAM_OUTSIDER && isNamed(text, sourceAddress))) {
    return undefined;
  }
  const from = { ...session, sourceAddress };
  // Nobody has the certificate with a fingerprint that a configuration made up.
  if (tls?.fingerprint !== undefined) return undefined;
  if (tls === null || tls.certificate === 'none' || tls.issuer === 'self') return from;
  return { ...from, tls: { ...tls, issuer: tls.issuer ?? pki().authority } };
}

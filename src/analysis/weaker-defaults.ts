import { verifyMode } from '../model/client-verification.js';
import type { HttpModel, ListenSocket, VirtualServer } from '../model/model.js';
import { type AccessRow, type AccessTable, directWitness } from './access.js';
import { witnessOf } from './counterfactual.js';
import { isHarmless } from './exposures.js';
import { asksForCertificates, rejectsHandshake } from './handshake.js';
import { type PolicyGap, policyGaps } from './policy-gaps.js';
import type { Request, Witness } from './request.js';
import { rowsOf } from './rows.js';
import { dialInstead } from './witness.js';

/** A place of a verifying server that clients reach because the default server of an address verifies less strictly. */
export interface WeaklyGuarded {
  /** The address. */
  readonly socket: ListenSocket;
  readonly row: AccessRow;
  readonly gap: PolicyGap;
  /** A request without SNI, with a certificate that the server itself refuses. */
  readonly witness: Witness;
  readonly isHarmless: boolean;
}

/** What the default servers of all addresses with TLS let by and the servers behind them do not, address by address. */
export function weakerDefaults(model: HttpModel, access: AccessTable): WeaklyGuarded[] {
  return model.sockets.flatMap(socket => {
    const { defaultServer, servers } = socket;
    if (!socket.ssl || rejectsHandshake(defaultServer) || !asksForCertificates(defaultServer)) return [];
    return servers.flatMap(server => guardedBy(model, access, socket, server));
  });
}

function guardedBy(
  model: HttpModel,
  access: AccessTable,
  socket: ListenSocket,
  server: VirtualServer,
): WeaklyGuarded[] {
  const { defaultServer } = socket;
  if (server === defaultServer || verifyMode(server) === 'off') return [];
  const gaps = policyGaps(defaultServer, server, model.trust);
  if (gaps.length === 0) return [];
  return rowsOf(access, server).flatMap(row => {
    // What is open to everybody is open for another reason.
    if (directWitness(row.access.none) !== undefined) return [];
    const known = directWitness(row.access.trusted) ?? directWitness(row.access.untrusted);
    if (known === undefined) return [];
    for (const gap of gaps) {
      const request = withoutName(known.request, socket, model, gap);
      if (request === undefined || admitsStrangers(model, request, row)) continue;
      if (witnessOf(model, request, row.site) === undefined) continue;
      return [
        {
          ...{ socket, row, gap, isHarmless: isHarmless(row) },
          // Of thousands of places one is shown: the ways of the others would only take up memory.
          get witness() {
            return witnessOf(model, request, row.site)!;
          },
        },
      ];
    }
    return [];
  });
}

/** A request to the address without SNI, with a certificate of the CA that makes the difference. */
function withoutName(
  { connect, tls, ...rest }: Request,
  socket: ListenSocket,
  model: HttpModel,
  { refuses, signer: { authority, file } }: PolicyGap,
): Request | undefined {
  if (tls === null) return undefined;
  return {
    ...rest,
    connect: dialInstead(connect, socket, model.sockets),
    tls: {
      serverName: null,
      // Who is revoked, or may be, has a certificate of a CA that the server accepts.
      certificate: refuses === 'all' ? 'untrusted' : 'trusted',
      issuer: file,
      ...(authority === undefined ? {} : { authority }),
      ...(tls.subject === undefined ? {} : { subject: tls.subject }),
    },
  };
}

/** Whether a certificate of a CA that nobody knows does as well. */
function admitsStrangers(model: HttpModel, request: Request, { site }: AccessRow): boolean {
  const tls = { serverName: null, certificate: 'untrusted', issuer: 'unknown' } as const;
  return witnessOf(model, { ...request, tls }, site) !== undefined;
}

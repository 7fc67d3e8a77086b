/** Where nginx itself decides by a header that says who the client is, although any client can send it. */
import type { ConfigNode } from '../config/config-tree.js';
import { verifyMode } from '../model/client-verification.js';
import type { HttpModel } from '../model/model.js';
import { type AccessRow, type AccessTable, directWitness } from './access.js';
import { socketOf } from './evaluate/virtual-server.js';
import { environmentOf, evaluate } from './evaluate.js';
import { familyOf } from './identity-fields.js';
import type { Request, Witness } from './request.js';
import { endsAt } from './sites.js';
import { isLocal } from './twins.js';
import { Trial } from './waivers.js';

/** A site that a client gets to by a header about its certificate. */
export interface BelievedHeader {
  readonly row: AccessRow;
  readonly witness: Witness;
  readonly header: string;
  /** The line that believes it. */
  readonly at: ConfigNode;
}

/**
 * Names under which proxies hand on what they know of a client's certificate, as families: those of nginx's own
 * variables, Envoy, Traefik, AWS, Azure, and RFC 9440.
 */
const KNOWN_NAMES =
  /^(?:(?:x_)?(?:forwarded_)?(?:(?:ssl|tls|mtls)_)?client_(?:verif(?:y|ied)|certs?|cert(?:ificate)?_\w+|certificate|s_dn\w*|i_dn\w*|dn\w*|subject\w*|issuer\w*|serial\w*|fingerprint\w*|cn)|x_(?:ssl|tls)_cert\w*|x_forwarded_tls_client_cert\w*|x_arr_clientcert|x_amzn_mtls_clientcert\w*)$/;

/**
 * The sites of servers that do not verify clients, to which a client gets by such a header and not without it. A server
 * that verifies is the business of `spoofable-exemption`, and a listener of this machine alone that of the proxy before it.
 *
 * @param configured headers that the project calls identity, in lower case
 */
export function believedHeaders(
  model: HttpModel,
  access: AccessTable,
  configured: readonly string[],
): BelievedHeader[] {
  const named = new Set(configured.map(familyOf));
  return access.rows.flatMap(row => {
    if (verifyMode(row.site.server) !== 'off') return [];
    const witness = directWitness(row.access.none);
    const socket = witness === undefined ? undefined : socketOf(model.sockets, witness.request.connect);
    if (witness === undefined || socket === undefined || isLocal(socket)) return [];
    for (const [header] of witness.request.http.headers) {
      const family = familyOf(header);
      if (!KNOWN_NAMES.test(family) && !named.has(family)) continue;
      const refused = without(witness.request, header);
      if (endsAt(evaluate(model, refused, environmentOf(witness)).outcome, row.site)) continue;
      const at = new Trial(model, access, row, witness).difference(witness.request, refused);
      return [{ row, witness, header, at: at ?? row.site.scope.node ?? row.site.server.node }];
    }
    return [];
  });
}

function without(request: Request, header: string): Request {
  const headers = request.http.headers.filter(([name]) => name !== header);
  return { ...request, http: { ...request.http, headers } };
}

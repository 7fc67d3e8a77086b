/** Where a back end is told whom a certificate names, but not whether anybody vouches for that. */
import type { ConfigNode } from '../config/config-tree.js';
import { verifyMode } from '../model/client-verification.js';
import { forwardingOf, type SetField } from '../model/forwarding.js';
import type { HttpModel } from '../model/model.js';
import { parseTemplate, variablesOf } from '../model/template.js';
import type { AccessRow, AccessTable } from './access.js';
import { certificateVariables, identityVariables, verifyVariables } from './checks.js';
import { environmentOf, evaluate } from './evaluate.js';
import type { Witness } from './request.js';
import { siteKey } from './sites.js';

/** A site that tells its back end of certificates that nobody vouches for. */
export interface UnverifiedIdentity {
  readonly row: AccessRow;
  readonly witness: Witness;
  /** The first line that tells of the certificate. */
  readonly line: ConfigNode;
  /** Every line that does. */
  readonly lines: readonly ConfigNode[];
  /** The line that hands on the certificate as a whole, which a back end can verify itself. */
  readonly certificate: ConfigNode | undefined;
}

/**
 * The sites under optional_no_ca that hand on something of a certificate, but not the verdict, and that clients with an
 * untrusted one reach (mtls-semantics 11).
 */
export function unverifiedIdentities(model: HttpModel, access: AccessTable): UnverifiedIdentity[] {
  return access.rows.flatMap(row => {
    const { site } = row;
    const { server } = site;
    const untrusted = row.access.untrusted;
    if (verifyMode(server) !== 'optional_no_ca' || untrusted.verdict !== 'reached') return [];
    const forwarding = forwardingOf(site.scope, site.content);
    if (forwarding === undefined || !forwarding.isWhole) return [];
    const telling = (names: ReadonlySet<string>): SetField[] =>
      forwarding.fields.filter(({ value }) => variablesOf(value).some(name => names.has(name)));
    const verdicts = verifyVariables(model, server);
    const target = variablesOf(parseTemplate(site.target ?? ''));
    // A back end that the verdict chooses knows it as well.
    if (telling(verdicts).length > 0 || target.some(name => verdicts.has(name))) return [];
    const told = telling(identityVariables(model, server));
    const [first] = told;
    if (first === undefined || !isToldOf(model, row, untrusted.witness, told)) return [];
    return [
      {
        row,
        witness: untrusted.witness,
        line: first.node,
        lines: told.map(({ node }) => node),
        certificate: telling(certificateVariables(model, server))[0]?.node,
      },
    ];
  });
}

/** Whether the lines say anything on the way of a witness: where the handshake asked for no certificate they are empty. */
function isToldOf(model: HttpModel, { site }: AccessRow, witness: Witness, told: readonly SetField[]): boolean {
  const nodes = new Set(told.map(({ node }) => node));
  const { passages } = evaluate(model, witness.request, environmentOf(witness), { passages: true });
  return passages.some(
    passage =>
      siteKey(passage.site) === siteKey(site) &&
      passage.fields?.some(({ setBy, text }) => setBy !== undefined && nodes.has(setBy) && text !== ''),
  );
}

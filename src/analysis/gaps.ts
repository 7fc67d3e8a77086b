import { type ConfigNode, type Gap, nodeSpan } from '../config/config-tree.js';
import type { Server, VirtualServer } from '../model/model.js';
import type { Scope } from '../model/scope.js';
import type { Span } from '../source/source-file.js';
import type { Reason, Site, Verdict } from './access.js';
import { rejectsHandshake } from './handshake.js';
import type { ClientClass, Session } from './request.js';

/** The blocks of a server in which something could not be read, by where they begin. */
export function gapsOf(server: Server): ReadonlyMap<string, ConfigNode> {
  const gaps = new Map<string, ConfigNode>();
  const visit = (node: ConfigNode): void => {
    if (node.gap !== undefined) gaps.set(placeOf(nodeSpan(node)), node);
    node.children?.forEach(visit);
  };
  visit(server.node);
  return gaps;
}

function placeOf(span: Span): string {
  return `${span.file.path}:${span.start}`;
}

/**
 * What remains of a verdict where blocks could not be read as a whole: a guard may be missing on the way, or a way that
 * leads past one. Nothing is called refused in a server with such a gap, and nothing reached on a way through one.
 */
export function withGaps<Q extends Session>(
  verdict: Verdict<Q>,
  site: Site<Server>,
  gaps: ReadonlyMap<string, ConfigNode>,
): Verdict<Q> {
  if (gaps.size === 0 || verdict.verdict === 'unknown') return verdict;
  const around = new Set<ConfigNode | undefined>();
  for (let scope: Scope | undefined = site.scope; scope !== undefined; scope = scope.parent) around.add(scope.node);
  let touched: readonly ConfigNode[];
  if (verdict.verdict === 'refused') {
    // Verification, or a guard in the site's own block, stands whatever a missing file elsewhere says; a syntax error may have eaten more.
    const verify = site.server.scope.setting('ssl_verify_client');
    const own = verdict.by.every(
      ({ span }) => isInside(span, site.scope) || (verify !== undefined && isAt(verify, span)),
    );
    touched = [...gaps.values()].filter(node => !own || node.directive.block?.broken === true || around.has(node));
  } else {
    const passed = new Set(verdict.witness.steps.map(step => placeOf(step.span)));
    touched = [...gaps.values()].filter(node => around.has(node) || passed.has(placeOf(nodeSpan(node))));
  }
  if (touched.length === 0) return verdict;
  const reasons = touched.flatMap(({ gap }) => (gap === undefined ? [] : [reasonOf(gap)]));
  return { verdict: 'unknown', reasons };
}

/**
 * What remains of a verdict over TLS where the block around all servers could not be read as a whole and may say for this
 * one whether clients are verified: those without a verified certificate may then be refused, and a trusted one may be asked
 * for, so that it passes a check. The servers of a fragment are judged as they stand, since the notice about it says so.
 */
export function withOpenMode<Q extends Session>(
  verdict: Verdict<Q>,
  server: Server,
  clientClass: ClientClass,
): Verdict<Q> {
  const gap = server.scope.parent?.node?.gap;
  if (gap === undefined || gap.isAroundFragment || verdict.verdict === 'unknown') return verdict;
  const isOpen =
    verdict.verdict === 'refused'
      ? clientClass === 'trusted' && server.listens.some(({ socket }) => socket.ssl)
      : clientClass !== 'trusted' && verdict.witness.request.tls !== null;
  if (!isOpen || server.scope.gapFor('ssl_verify_client') !== gap) return verdict;
  return { verdict: 'unknown', reasons: [reasonOf(gap)] };
}

function reasonOf({ span, text }: Gap): Reason {
  return { kind: 'incomplete', text, span };
}

/**
 * What remains of the verdict on untrusted certificates where the default server of an address is not known as a whole:
 * without SNI its client CAs decide, and those that are not read may be others (mtls-semantics 6). Whoever is refused with
 * a trusted certificate too is refused by something else.
 */
export function withOpenTrust(untrusted: Verdict, trusted: Verdict, server: VirtualServer): Verdict {
  if (untrusted.verdict !== 'refused' || trusted.verdict === 'refused') return untrusted;
  const defaults = server.listens.filter(({ socket }) => socket.ssl).map(({ socket }) => socket.defaultServer);
  const gaps = defaults.flatMap(other => (other === server || rejectsHandshake(other) ? [] : openTrust(other)));
  if (gaps.length === 0) return untrusted;
  return { verdict: 'unknown', reasons: gaps.map(reasonOf) };
}

/** What is not known of the client CAs of a server, a fragment's surroundings left out. */
function openTrust({ node, scope }: VirtualServer): readonly Gap[] {
  const gap = node.gap ?? scope.gapFor('ssl_client_certificate');
  return gap === undefined || gap.isAroundFragment ? [] : [gap];
}

/** True where a place stands in the block of a location, behind the line that opens it. */
function isInside(span: Span, scope: Scope): boolean {
  let location = scope;
  while (location.kind !== 'location' && location.parent !== undefined) location = location.parent;
  return location.node?.children?.some(child => isAt(child, span)) ?? false;
}

function isAt(node: ConfigNode, span: Span): boolean {
  const here = node.source === span.file && node.directive.start === span.start && node.name !== 'internal';
  return here || (node.name !== 'location' && (node.children?.some(child => isAt(child, span)) ?? false));
}

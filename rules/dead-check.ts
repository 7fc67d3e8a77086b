import { variableUses } from '../src/analysis/blocks.js';
import { hasChecks } from '../src/analysis/checks.js';
import { groupBy } from '../src/analysis/exposures.js';
import { type IgnoredName, ignoredNames } from '../src/analysis/ignored-names.js';
import { identityOfServer, listed, nameOfSocket, readable } from '../src/analysis/names.js';
import { policyGaps } from '../src/analysis/policy-gaps.js';
import { nodeSpan } from '../src/config/config-tree.js';
import { verifyMode } from '../src/model/client-verification.js';
import type { HttpModel, TrafficModel, VirtualServer } from '../src/model/model.js';
import { nearestStreamTlsVariable, nearestTlsVariable } from '../src/model/tls-variables.js';
import { defineRule, type RuleContext } from '../src/rule.js';

export default defineRule({
  id: 'dead-check',
  group: 'Hygiene',
  summary:
    'A check can never do what it says: it reads a variable, argument or header that nobody has, or stands in a server that nginx ignores.',
  level: 'warning',
  precision: 'very-high',
  securitySeverity: '5.3',
  since: '0.1.0',
  help: 'Write the variable as nginx spells it, and blanks around the operator: if ($name = text).',

  check({ model, report, stream }) {
    reportIgnoredServers(model, report);
    reportVariables(model, nearestTlsVariable, report);
    reportVariables(stream.model, nearestStreamTlsVariable, report);
  },
});

/** Variables that nothing defines, and comparisons that are read as one. */
function reportVariables(
  model: TrafficModel,
  nearest: (name: string) => string | undefined,
  report: RuleContext['report'],
): void {
  const reported = new Set<string>();
  for (const { name, node, isTruthTest } of variableUses(model)) {
    const { source, directive } = node;
    const place = `${source.path}:${directive.start}:${name}`;
    if (reported.has(place)) continue;
    // Variables of an open family accept any name: `$arg_x=abc` is the argument called `x=abc` (rows 4.13b, c).
    const written = isTruthTest ? node.args.join(' ').replace(/^\(\s*|\s*\)$/g, '') : '';
    const glued = /^(\$\w+)(!?[=~]\*?)(.*)$/s.exec(written);
    if (glued !== null) {
      reported.add(place);
      const [, variable, operator, text] = glued;
      const isOpen = /^(arg|http|cookie|sent_http|sent_trailer|upstream_http|upstream_cookie|upstream_trailer)_/.test(
        name,
      );
      const effect = isOpen
        ? 'takes all of it for the name of a variable, which is always empty'
        : 'refuses to load it';
      report({
        message: `if (${readable(written)}) does not compare: nginx ${effect}`,
        primary: { span: nodeSpan(node), text: 'no blanks around the operator' },
        help: `Write if (${readable(`${variable} ${operator} ${text}`)}).`,
        identity: ['glued', name],
      });
      continue;
    }
    if (model.variables.has(name) || model.assigned.has(name)) continue;
    const meant = nearest(name);
    if (meant === undefined) continue;
    reported.add(place);
    report({
      message: `$${readable(name)} does not exist: nginx refuses to load the configuration`,
      primary: { span: nodeSpan(node), text: `nothing defines $${readable(name)}` },
      help: `Write $${meant}, if that is what is meant.`,
      identity: ['undefined', name],
    });
  }
}

/** Servers that verify or check under names that nginx gives to an earlier server of the address (mtls-semantics 14). */
function reportIgnoredServers(model: HttpModel, report: RuleContext['report']): void {
  const guarding = ignoredNames(model).filter(({ owner, server }) => guardsMore(model, server, owner));
  for (const group of groupBy(guarding, ({ server }) => server)) {
    const [{ name, owner, server, socket }] = group;
    const texts = [...new Set(group.map(one => nameText(one.name)))];
    const owners = [...new Set(group.map(one => one.owner))];
    const verify = verifyMode(server) === 'off' ? undefined : server.scope.setting('ssl_verify_client');
    const why = verify === undefined ? 'its checks do' : `ssl_verify_client ${readable(verify.args[0] ?? '')} does`;
    report({
      message: `nginx ignores ${texts.length === 1 ? 'the name' : 'the names'} ${listed(texts, 'and')} of this server on ${nameOfSocket(socket)}, which an earlier server has: ${why} not apply to requests for ${texts.length === 1 ? 'it' : 'them'}`,
      primary: { span: nodeSpan(name.node ?? server.node), text: 'ignored' },
      related: [
        ...owners.map(one => ({ span: nodeSpan(one.node), text: 'answers instead' })),
        ...(verify === undefined ? [] : [{ span: nodeSpan(verify), text: 'does not apply' }]),
      ],
      help: 'Give each server of an address names of its own, or merge the two.',
      identity: ['ignored', identityOfServer(owner), ...texts],
    });
  }
}

/** Whether a server keeps clients out whom another one lets in. */
function guardsMore(model: HttpModel, server: VirtualServer, owner: VirtualServer): boolean {
  if (hasChecks(model, server) && !hasChecks(model, owner)) return true;
  if (verifyMode(server) === 'off') return false;
  return verifyMode(owner) !== verifyMode(server) || policyGaps(owner, server, model.trust).length > 0;
}

function nameText(name: IgnoredName['name']): string {
  return name.kind === 'leading' ? `*${name.text}` : name.kind === 'trailing' ? `${name.text}*` : name.text;
}

import { Admission, type Effect } from '../src/analysis/admission.js';
import { groupBy } from '../src/analysis/exposures.js';
import { WITH_SLASHES } from '../src/analysis/identity-languages.js';
import { type IdentityTest, identityTests } from '../src/analysis/identity-tests.js';
import { readable } from '../src/analysis/names.js';
import { type UnmatchableName, unmatchableNames } from '../src/analysis/unmatchable-names.js';
import { verifiesItself } from '../src/analysis/verifying-servers.js';
import { nodePlace, nodeSpan } from '../src/config/config-tree.js';
import type { TrafficModel } from '../src/model/model.js';
import { constantText, textOf } from '../src/model/template.js';
import { defineRule, type RuleContext } from '../src/rule.js';

export default defineRule({
  id: 'unmatchable-dn',
  group: 'Identity and authorization',
  summary:
    'The client certificate is compared with a name, serial number or fingerprint that nginx never shows in this form, so nobody matches.',
  level: 'error',
  precision: 'very-high',
  securitySeverity: '7.5',
  since: '0.1.0',
  help: 'Write the name as nginx itself shows it: log the variable once with a client that should match.',

  check(context) {
    const { access, model, stream, versions } = context;
    // Before 1.11.6 nginx showed names with slashes in every variable.
    if (versions.within(WITH_SLASHES) === 'all') return;
    reportPart(context, model, () => {
      const admission = new Admission(model, access);
      return test => effectOf(test, admission);
    });
    reportPart(context, stream.model, () => effectInStream);
  },
});

/** @param effects makes what tells the effect of a test, where there is one */
function reportPart(
  { report, trust }: RuleContext,
  model: TrafficModel,
  effects: () => (test: IdentityTest) => Effect,
): void {
  if (identityTests(model).length === 0) return;
  const authorities = trust === undefined ? [] : trust.subjectsAtHand([...model.servers].filter(verifiesItself));
  const found = unmatchableNames(model, authorities);
  const effect = effects();
  // A snippet that many servers include is one line to mend.
  for (const [first] of groupBy(found, ({ test }) => nodePlace(test.node))) {
    const { kind, meant, test, variable } = first;
    report({
      level: kind === 'order' ? 'note' : 'error',
      message: messageOf(first, effect(test)),
      primary: {
        span: nodeSpan(test.node),
        text: kind === 'order' ? 'an unusual order' : 'matches nobody',
      },
      ...(meant === undefined
        ? {}
        : {
            help: `Write ${readable(meant)}, ${kind === 'order' ? 'unless the certificate really is' : 'if that is who is'} meant.`,
          }),
      identity: [variable, test.node.name, ...test.node.args],
    });
  }
}

function messageOf({ kind, test, why }: UnmatchableName, effect: Effect): string {
  const { source, wanted } = test;
  const compared = readable(textOf(source));
  const what = wanted.kind === 'text' ? `"${readable(wanted.text)}"` : `matched by ${readable(wanted.pattern.source)}`;
  if (kind === 'order') return `few certificates make ${compared} ${what}: ${why}`;
  const result = effect === 'none' ? '' : `; ${RESULTS[effect]}`;
  return `${compared} is never ${what}: ${why}${result}`;
}

const RESULTS = {
  admits: 'whom this is to let in stays outside',
  refuses: 'whom this is to refuse gets in',
} as const;

/** The same in stream, where an empty value closes the connection (ngx_stream_proxy_handler). */
function effectInStream({ in: place }: IdentityTest): Effect {
  if (place.kind === 'if') return 'none';
  const { entry, map } = place;
  const [own, others] = [entry.value, map.default?.value ?? []].map(constantText);
  if (own === others) return 'none';
  return others === '' ? 'admits' : own === '' ? 'refuses' : 'none';
}

/** What the line would do for those that it names. */
function effectOf(test: IdentityTest, admission: Admission): Effect {
  if (test.in.kind === 'if') return admission.effectOfIf(test).effect;
  const { entry, map } = test.in;
  return admission.effectOfValue(map, entry.value, map.default?.value ?? []).effect;
}

import type { AccessRow } from '../src/analysis/access.js';
import { Admission, isCutOut } from '../src/analysis/admission.js';
import { groupBy } from '../src/analysis/exposures.js';
import { WITH_SLASHES } from '../src/analysis/identity-languages.js';
import { type IdentityTest, identityTests } from '../src/analysis/identity-tests.js';
import { inOtherCase, LooseNames, type OtherSubject } from '../src/analysis/loose-names.js';
import { placeOf, readable } from '../src/analysis/names.js';
import { nodePlace, nodeSpan } from '../src/config/config-tree.js';
import type { HttpModel } from '../src/model/model.js';
import { defineRule, type Report } from '../src/rule.js';

export default defineRule({
  id: 'loose-dn-match',
  group: 'Identity and authorization',
  summary:
    'A pattern lets in clients whose subject only looks like the one that is meant: it matches a part of the name, and another certificate has that part too.',
  level: 'warning',
  precision: 'high',
  securitySeverity: '6.5',
  since: '0.1.0',
  help: 'Compare the whole subject: a literal key of a map, or a pattern from ^ to $ in which nothing is left open.',

  check({ access, model, notice, report, versions }) {
    const tests = identityTests(model);
    // Before 1.11.6 nginx showed names with slashes in every variable.
    if (tests.length === 0 || versions.within(WITH_SLASHES) === 'all') return;
    const admission = new Admission(model, access);
    const loose = new LooseNames();
    const patterns = tests.filter(({ wanted }) => wanted.kind === 'pattern');
    // A snippet that many servers include is one line to mend.
    const written = groupBy(patterns, ({ node }) => nodePlace(node));
    const [firstLeftOut] = written[MAX_PATTERNS] ?? [];
    if (firstLeftOut !== undefined) {
      notice({
        kind: 'bound',
        text: `for ${written.length - MAX_PATTERNS} of ${written.length} patterns no subject was looked for that should not match`,
        span: nodeSpan(firstLeftOut.node),
        fatal: false,
      });
    }
    for (const [test] of written.slice(0, MAX_PATTERNS)) {
      const found = judge(model, admission, loose, test);
      if (found !== undefined) report(found);
    }
    const keys = tests.filter(test => test.wanted.kind === 'text' && test.in.kind === 'map');
    for (const group of groupBy(keys, test => test.in.kind === 'map' && test.in.map)) {
      const found = caseless(admission, group);
      if (found !== undefined) report(found);
    }
  },
});

/** Patterns of one configuration for which other subjects are looked for. */
const MAX_PATTERNS = 50;

/** What another subject gets by a pattern; undefined where there is none, or where meeting the pattern is no gain. */
function judge(model: HttpModel, admission: Admission, loose: LooseNames, test: IdentityTest): Report | undefined {
  const { in: place } = test;
  let row: AccessRow | undefined;
  if (place.kind === 'map' && isCutOut(model, place.entry.value)) {
    const through = admission.throughCut(place.map);
    const subject = through?.witness.request.tls?.subject;
    const captured = subject === undefined ? undefined : loose.cutOut(test, subject);
    const other = captured === undefined ? undefined : loose.find(test, captured);
    const witness = other === undefined ? undefined : admission.withSubject(through!.row, other.subject);
    if (witness !== undefined) return reportOf(test, other!, through!.row, admission);
  } else {
    const { effect, row: decided } =
      place.kind === 'if'
        ? admission.effectOfIf(test)
        : admission.effectOfValue(place.map, place.entry.value, place.map.default?.value ?? []);
    if (effect === 'refuses') return undefined;
    row = decided;
  }
  const other = loose.find(test);
  return other === undefined ? undefined : reportOf(test, other, row, admission);
}

function reportOf(
  { node, source, wanted }: IdentityTest,
  { meant, subject, why }: OtherSubject,
  row: AccessRow | undefined,
  admission: Admission,
): Report {
  const pattern = wanted.kind === 'pattern' ? readable(wanted.pattern.source) : '';
  const isOfSubject = source.some(piece => piece.kind === 'variable' && piece.name === 'ssl_client_s_dn');
  const witness = row !== undefined && isOfSubject ? admission.withSubject(row, subject) : undefined;
  const gain = row === undefined ? 'matches this pattern' : `gets to ${placeOf(row.site)} by this pattern`;
  return {
    level: row === undefined ? 'note' : 'warning',
    message: `the subject ${subject} ${gain}, which is for subjects like ${meant}: ${why}`,
    primary: { span: nodeSpan(node), text: `matches ${subject}` },
    ...(row === undefined
      ? {}
      : {
          related: [{ span: nodeSpan(row.site.scope.node ?? row.site.server.node), text: 'decided by this pattern' }],
        }),
    ...(witness === undefined ? {} : { witness }),
    identity: [pattern, node.name],
  };
}

/** Literal keys that let clients in ignore case: the first of a map for which that makes a difference. */
function caseless(admission: Admission, group: readonly IdentityTest[]): Report | undefined {
  for (const { in: place, node, source, wanted } of group) {
    if (place.kind !== 'map' || wanted.kind !== 'text') continue;
    const { entry, map } = place;
    const [only, ...others] = source;
    if (only?.kind !== 'variable' || others.length > 0 || !/^ssl_client_[si]_dn$/.test(only.name)) continue;
    const subject = inOtherCase(wanted.text);
    if (subject === undefined) continue;
    const { effect, row } = admission.effectOfValue(map, entry.value, map.default?.value ?? []);
    if (effect !== 'admits' || row === undefined) continue;
    return {
      level: 'note',
      message: `the keys of the map $${readable(map.name)} ignore case: ${subject} is ${wanted.text} to it, and gets to ${placeOf(row.site)}`,
      primary: { span: nodeSpan(node), text: `also means ${subject}` },
      help: 'Let no CA issue names that differ in case alone, or compare with a pattern from ^ to $.',
      identity: ['case', map.name],
    };
  }
  return undefined;
}

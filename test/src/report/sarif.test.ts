import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  accessSync,
  chmodSync,
  constants,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { rules } from '../../../rules/index.js';
import type { Finding } from '../../../src/finding.js';
import { lint } from '../../../src/lint.js';
import type { LintResult } from '../../../src/report/result.js';
import { reportSarif, type SarifOptions } from '../../../src/report/sarif.js';
import { SourceFile } from '../../../src/source/source-file.js';
import { isStreamBlock } from '../../support/lint.js';
import { MemoryHost } from '../../support/memory-host.js';
import { PAGE_FILES } from '../../support/page-files.js';
import { rulePages } from '../../support/rule-page.js';
import { describe } from '../../support/suite.js';
import { matchesGolden } from './golden.js';
import { APP, CLEAN, MAIN, RESULT, RULES, SNIPPET, spanOf } from './sample.js';

const MULTITOOL = resolve('node_modules/@microsoft/sarif-multitool-linux');

const options: SarifOptions = {
  level: 'note',
  rules: RULES.map(meta => ({ meta, page: `# ${meta.id}\n\n${meta.summary}\n\n## Fix\n\n${meta.help}\n` })),
};

// The schema's formats (uri, date-time …) are checked by the multitool below.
const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(
  JSON.parse(readFileSync(join(MULTITOOL, 'sarif-2.1.0.json'), 'utf8')),
);

function assertValid(text: string): void {
  assert.ok(validate(JSON.parse(text)), JSON.stringify(validate.errors?.slice(0, 3)));
}

function runOf(result: LintResult, more: Partial<SarifOptions> = {}) {
  return JSON.parse(reportSarif(result, { ...options, ...more })).runs[0];
}

describe('SARIF report', it => {
  it('is valid by the official schema', () => {
    for (const result of [RESULT, CLEAN, { ...RESULT, tables: [], roots: [] }])
      assertValid(reportSarif(result, options));
  });

  it('is refused by that schema when it is broken', () => {
    const document = JSON.parse(reportSarif(RESULT, options));
    document.runs[0].results[0].level = 'fatal';
    assert.not.ok(validate(document));
  });

  it('gives a result the properties that GitHub reads', () => {
    const text = reportSarif(RESULT, options);
    matchesGolden('lint.sarif', text);
    const [result, bytes, note] = JSON.parse(text).runs[0].results;
    assert.is(result.ruleId, 'unverified-location');
    assert.is(result.ruleIndex, 0);
    assert.is(result.level, 'error');
    assert.equal(result.locations[0].physicalLocation, {
      artifactLocation: { uri: 'conf.d/app.conf', uriBaseId: '%SRCROOT%' },
      region: { startLine: 10, startColumn: 9, endLine: 10, endColumn: 35 },
    });
    assert.equal(result.partialFingerprints, { 'nginxMtlsLint/v1': RESULT.findings[0]!.fingerprint });
    assert.is(result.relatedLocations.length, 3);
    assert.match(result.message.text, /^proxy_pass in .* See: \[the certificate is optional here\]\(1\), \[no check /);
    assert.is(result.codeFlows[0].threadFlows[0].locations.length, 4);
    // Three bytes of a character are one column, and so is a tab.
    assert.equal(bytes.locations[0].physicalLocation.region, {
      startLine: 19,
      startColumn: 3,
      endLine: 19,
      endColumn: 16,
    });
    assert.is(bytes.codeFlows, undefined);
    assert.is(note.ruleIndex, 1);
  });

  it('lists every rule with its page, whether it fired or not', () => {
    const { driver } = runOf(CLEAN).tool;
    assert.equal(
      driver.rules.map((rule: { id: string }) => rule.id),
      RULES.map(rule => rule.id),
    );
    const [rule] = driver.rules;
    assert.match(rule.help.markdown, /^# unverified-location\n/);
    assert.is(rule.properties['security-severity'], '8.1');
    assert.is(rule.properties.precision, 'very-high');
    assert.ok(rule.properties.tags.includes('security'));
    assert.ok(rule.properties.tags.length <= 10);
    assert.match(rule.helpUri, /docs\/rules\/unverified-location\.md$/);
  });

  it('names the run, so that GitHub keeps its alerts apart', () => {
    assert.equal(runOf(CLEAN).automationDetails, { id: 'nginx-mtls-lint/' });
    assert.equal(runOf(CLEAN, { category: 'edge' }).automationDetails, { id: 'edge/' });
    assert.is(runOf(CLEAN).columnKind, 'unicodeCodePoints');
  });

  it('gives notices as notifications, and says whether the run could do its work', () => {
    const [invocation] = runOf(RESULT).invocations;
    assert.is(invocation.executionSuccessful, true);
    assert.equal(
      invocation.toolExecutionNotifications.map((one: { descriptor: { id: string } }) => one.descriptor.id),
      ['not-modelled', 'missing-file'],
    );
    const { driver } = runOf(RESULT).tool;
    const [notification] = invocation.toolExecutionNotifications;
    assert.is(driver.notifications[notification.descriptor.index].id, 'not-modelled');
    const fatal = { ...RESULT, notices: [{ ...RESULT.notices[0]!, fatal: true }] };
    assert.is(runOf(fatal).invocations[0].executionSuccessful, false);
    assert.is(runOf(fatal).invocations[0].toolExecutionNotifications[0].level, 'error');
  });

  it('encodes paths: relative ones below %SRCROOT%, absolute ones as file URIs', () => {
    const uriOf = (path: string): object => {
      const span = spanOf(new SourceFile(path, 'x'), 'x');
      const finding: Finding = { ...RESULT.findings[0]!, primary: { span, text: '' } };
      return runOf({ ...RESULT, findings: [finding] }).results[0].locations[0].physicalLocation.artifactLocation;
    };
    assert.equal(uriOf('a b/c#d?e%f:g.conf'), { uri: 'a%20b/c%23d%3Fe%25f%3Ag.conf', uriBaseId: '%SRCROOT%' });
    assert.equal(uriOf('/etc/nginx/\xc3\xa9.conf'), { uri: 'file:///etc/nginx/%C3%A9.conf' });
    assert.equal(uriOf('日.conf'), { uri: '%E6%97%A5.conf', uriBaseId: '%SRCROOT%' });
    assert.equal(uriOf('a\nb\x1b.conf'), { uri: 'a%0Ab%1B.conf', uriBaseId: '%SRCROOT%' });
  });

  it('escapes brackets and backslashes, which would make links', () => {
    const message = 'location ~ ^/[a-z](1)\\.php$ is open';
    const [result] = runOf({ ...RESULT, findings: [{ ...RESULT.findings[0]!, message, related: [] }] }).results;
    assert.match(result.message.text, /^Location ~ \^\/\\\[a-z\\\]\(1\)\\\\\.php\$ is open\./);
  });

  it('lists findings from the level on', () => {
    assert.is(runOf(RESULT, { level: 'error' }).results.length, 1);
  });

  it('drops the mildest results over the limit of GitHub, and says so', () => {
    const note: Finding = { ...RESULT.findings[2]!, witness: undefined };
    const error: Finding = { ...RESULT.findings[0]!, witness: undefined, related: [] };
    const findings = [...Array.from({ length: 5010 }, () => note), error];
    const run = runOf({ ...RESULT, findings });
    assert.is(run.results.length, 5000);
    assert.is(run.results.at(-1).level, 'error');
    const last = run.invocations[0].toolExecutionNotifications.at(-1);
    assert.is(last.descriptor.id, 'results-dropped');
    assert.match(last.message.text, /^11 results left out/);
  });

  it('drops the mildest results of a file that is too large, and says so', () => {
    const error: Finding = { ...RESULT.findings[0]!, witness: undefined, related: [] };
    const findings = Array.from({ length: 400 }, (_, index): Finding => {
      // Text that does not compress, as fingerprints are.
      const fingerprint = createHash('sha256').update(String(index)).digest('hex').slice(0, 32);
      return { ...error, level: index % 2 === 0 ? 'note' : 'error', fingerprint };
    });
    const largest = 12_000;
    const text = reportSarif({ ...RESULT, findings }, { ...options, largest });
    assert.ok(gzipSync(text).length <= largest);
    const [run] = JSON.parse(text).runs;
    assert.ok(run.results.length > 100 && run.results.length < 400, String(run.results.length));
    const levels = new Set(run.results.map(({ level }: { level: string }) => level));
    assert.ok(run.results.length > 200 ? levels.has('error') : !levels.has('note'));
    const last = run.invocations[0].toolExecutionNotifications.at(-1);
    assert.is(last.descriptor.id, 'results-dropped');
    assert.match(last.message.text, `${400 - run.results.length} results left out`);
    assert.is(JSON.parse(reportSarif({ ...RESULT, findings }, { ...options, largest: 100 })).runs[0].results.length, 0);
  });

  it('leaves suppressed findings out, unless they are asked for', () => {
    const [first, ...findings] = RESULT.findings;
    const suppression = { reason: 'accepted', file: 'nginx.conf', line: 3 };
    const result = { ...RESULT, findings, suppressed: [{ ...first!, suppression }] };
    assert.is(runOf(result).results.length, 2);
    const [suppressed, kept] = runOf(result, { withSuppressed: true }).results;
    assert.equal(suppressed.suppressions[0].kind, 'inSource');
    assert.is(suppressed.suppressions[0].justification, 'accepted');
    assert.is(kept.suppressions, undefined);
    assertValid(reportSarif(result, { ...options, withSuppressed: true }));
  });

  it('keeps within the limits of places, steps and text', () => {
    const label = { span: spanOf(APP, 'root html;'), text: 'open too' };
    const [first] = RESULT.findings;
    const witness = { ...first!.witness!, steps: Array.from({ length: 1200 }, () => first!.witness!.steps[0]!) };
    const finding = {
      ...first!,
      message: 'x'.repeat(5000),
      related: Array.from({ length: 130 }, () => label),
      witness,
    };
    const text = reportSarif({ ...RESULT, findings: [finding] }, options);
    assertValid(text);
    const [result] = JSON.parse(text).runs[0].results;
    assert.is(result.relatedLocations.length, 100);
    assert.match(result.message.text, /30 more places\.$/);
    assert.is(result.codeFlows[0].threadFlows[0].locations.length, 1000);
    assert.ok(result.message.text.length < 5000);
  });

  it('stays valid and harmless whatever the text holds', () => {
    const byte = fc.integer({ min: 0, max: 255 }).map(code => String.fromCharCode(code));
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: byte }), fc.string({ unit: 'binary' })), text => {
        const span = spanOf(new SourceFile(text, `a ${text}`), text);
        const label = { span, text };
        const finding: Finding = {
          ...RESULT.findings[0]!,
          message: text,
          help: text,
          primary: label,
          related: [label],
        };
        const notice = { kind: 'bound', text, span, help: text, fatal: false } as const;
        const report = reportSarif({ ...RESULT, findings: [finding], notices: [notice] }, options);
        assertValid(report);
        assert.not.match(report.replaceAll('\n', ''), /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      }),
      { numRuns: 100 },
    );
  });
});

/** The report of the first flagged example of a rule's page. */
async function reportOfPage(id: string): Promise<{ name: string; source: string; report: string }> {
  const page = rulePages().find(one => one.id === id)!;
  const source = page.fences.find(({ tag }) => tag === 'nginx flagged')!.text;
  const name = `${id}.conf`;
  const text = isStreamBlock(source) ? `events { }\n${source}\n` : `events { }\nhttp {\n${source}\n}\n`;
  const host = new MemoryHost({ [name]: text, ...PAGE_FILES });
  const run = { paths: [name], prefix: undefined, now: new Date('2026-11-23T00:00:00Z') };
  const services = { rules: rules.filter(rule => rule.id === id), tool: { name: 'nginx-mtls-lint', version: '0' } };
  const result = await lint(run, host, services);
  const table = rules.map(meta => ({ meta, page: readFileSync(`docs/rules/${meta.id}.md`, 'utf8') }));
  return {
    name,
    source: text,
    report: reportSarif(result, { level: 'note', rules: table }),
  };
}

describe('SARIF report of each rule', it => {
  for (const { id } of rules) {
    it(`${id}: valid, and as before`, async () => {
      const { report } = await reportOfPage(id);
      assertValid(report);
      const [run] = JSON.parse(report).runs;
      assert.ok(run.results.length > 0);
      for (const result of run.results) assert.is(run.tool.driver.rules[result.ruleIndex].id, id);
      // Where a rule stands in the table changes with every new one.
      const results = run.results.map(({ ruleIndex, ...rest }: { ruleIndex: number }) => rest);
      matchesGolden(`rules/${id}.json`, `${JSON.stringify(results, undefined, 2)}\n`);
    });
  }

  it("meets the rules of SARIF and of GitHub's advanced security", async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sarif-report-'));
    try {
      // One file with the results of all rules, since the multitool takes a second for each.
      const reports = await Promise.all(rules.map(({ id }) => reportOfPage(id)));
      const documents = reports.map(({ report }) => JSON.parse(report));
      for (const { name, source } of reports) writeFileSync(join(folder, name), source, 'latin1');
      documents[0].runs[0].results = documents.flatMap(({ runs }) => runs[0].results);
      writeFileSync(join(folder, 'all.sarif'), JSON.stringify(documents[0]));
      assert.equal(
        multitoolLevels(folder, 'all.sarif').filter(({ level }) => level === 'error'),
        [],
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('SARIF report in the multitool', it => {
  it("meets the rules of SARIF and of GitHub's advanced security", () => {
    const folder = mkdtempSync(join(tmpdir(), 'sarif-report-'));
    try {
      for (const file of [MAIN, APP, SNIPPET]) {
        mkdirSync(join(folder, dirname(file.path)), { recursive: true });
        writeFileSync(join(folder, file.path), file.text, 'latin1');
      }
      writeFileSync(join(folder, 'report.sarif'), reportSarif(RESULT, options));
      const levels = multitoolLevels(folder, 'report.sarif');
      assert.equal(
        levels.filter(({ level }) => level === 'error'),
        [],
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('would be told of a fault, although the multitool exits with 0', () => {
    const folder = mkdtempSync(join(tmpdir(), 'sarif-report-'));
    try {
      const document = JSON.parse(reportSarif(RESULT, options));
      document.runs[0].results[0].locations = [];
      writeFileSync(join(folder, 'broken.sarif'), JSON.stringify(document));
      assert.ok(multitoolLevels(folder, 'broken.sarif').some(({ level }) => level === 'error'));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

/** What the multitool says of a file: it writes its own SARIF and always exits with 0. */
function multitoolLevels(folder: string, file: string): { rule: string; level: string; text: string }[] {
  let program = join(MULTITOOL, 'Sarif.Multitool');
  try {
    accessSync(program, constants.X_OK);
  } catch {
    // npm installs the program without the right to run it for everybody but the owner.
    program = join(folder, 'Sarif.Multitool');
    copyFileSync(join(MULTITOOL, 'Sarif.Multitool'), program);
    chmodSync(program, 0o755);
  }
  execFileSync(
    program,
    [
      'validate',
      file,
      '--rule-kind',
      'Sarif;Ghas',
      '--level',
      'Error;Warning;Note',
      '-o',
      'said.sarif',
      '--log',
      'ForceOverwrite',
    ],
    { cwd: folder, timeout: 60_000, stdio: 'pipe', env: { ...process.env, DOTNET_BUNDLE_EXTRACT_BASE_DIR: folder } },
  );
  const [run] = JSON.parse(readFileSync(join(folder, 'said.sarif'), 'utf8')).runs;
  const results: { ruleId: string; level?: string; message: { text?: string; arguments?: string[] } }[] = run.results;
  return results.map(({ level = 'warning', message, ruleId }) => ({
    rule: ruleId,
    level,
    text: message.text ?? (message.arguments ?? []).join(' | '),
  }));
}

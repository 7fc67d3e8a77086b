import fc from 'fast-check';
import * as assert from 'uvu/assert';
import type { Finding } from '../../../src/finding.js';
import { reportAccessJson } from '../../../src/report/access-json.js';
import { reportAccessText } from '../../../src/report/access-text.js';
import { widthOf } from '../../../src/report/display.js';
import { reportGithub } from '../../../src/report/github.js';
import { reportJson } from '../../../src/report/json.js';
import type { LintResult } from '../../../src/report/result.js';
import { reportText } from '../../../src/report/text.js';
import { SourceFile } from '../../../src/source/source-file.js';
import { describe } from '../../support/suite.js';
import { matchesGolden } from './golden.js';
import { APP, CLEAN, RESULT, ROWS, requestOf, spanOf } from './sample.js';

const plain = { isColoured: false, level: 'warning' } as const;

describe('text report', it => {
  it('shows place, level, rule, message, source, request, way, help and page', () => {
    const text = reportText(RESULT, plain);
    matchesGolden('lint.txt', text);
    assert.match(text, /^conf\.d\/app\.conf:10:9 error unverified-location proxy_pass in location \/api\/ of\n/);
    assert.match(text, /\n 10 \| {9}proxy_pass http:\/\/backend;\n {4}\| {9}\^{26} reached without a certificate\n/);
    assert.match(text, /--> snippets\/auth\.conf:1:1\n/);
    assert.match(text, /https:\/\/app\.test:8443\/api\/\n/);
    assert.match(text, /conf\.d\/app\.conf:6 the handshake succeeds without a certificate\n/);
    assert.match(text, /help: Refuse unless \$ssl_client_verify is SUCCESS/);
    assert.match(text, /docs\/rules\/unverified-location\.md\n/);
  });

  it('counts what is below the level instead of printing it', () => {
    const text = reportText(RESULT, plain);
    assert.not.match(text, /unsafe-if/);
    assert.match(
      text,
      /\n1 error, 1 warning in nginx\.conf, 2 notices about what was not checked\n1 finding below warning hidden/,
    );
    assert.match(reportText(RESULT, { ...plain, level: 'note' }), /app\.conf:26:13 note unsafe-if/);
  });

  it('ends with the closing line of the access table', () => {
    assert.match(
      reportText(RESULT, plain),
      /\n6 sites: 3 proved closed, 1 open, 1 open under a condition, 1 undecided \(Lua,\n {2}conf\.d\/app\.conf:23\)\n$/,
    );
  });

  it('says "no findings" with what was examined', () => {
    assert.is(
      reportText(CLEAN, plain),
      'No findings of level warning or above in nginx.conf (3 sites examined)\n3 sites: 3 proved closed, 0 open\n',
    );
    assert.match(reportText(CLEAN, { ...plain, level: 'note' }), /^No findings in nginx\.conf/);
  });

  it('never says "no findings" without what is undecided or was not checked', () => {
    const text = reportText({ ...RESULT, findings: [] }, plain);
    assert.match(
      text.replaceAll(/\n */g, ' '),
      /No findings .* \(6 sites examined, 1 of them undecided, 2 notices about what was not checked\)/,
    );
  });

  it('never says "no findings" where a named input could not be read', () => {
    const source = new SourceFile('broken.conf', 'server {\n  listen 80\n}\n');
    const notice = {
      kind: 'syntax',
      text: 'unexpected "}"',
      span: spanOf(source, '}'),
      fatal: true,
    } as const;
    const text = reportText({ ...CLEAN, notices: [notice] }, plain);
    assert.not.match(text, /No findings/);
    assert.match(text, /^broken\.conf:3:1 error syntax unexpected "}"\n 3 \| }\n {3}\| \^\n/);
    assert.match(text, /\nNot everything could be read: nothing is said about nginx\.conf/);
  });

  it('says of nothing that it is closed where nothing was analysed', () => {
    const notice = { kind: 'missing-file', text: 'x cannot be read', span: undefined, fatal: true } as const;
    const text = reportText({ ...CLEAN, roots: [], tables: [], models: [], notices: [notice] }, plain);
    assert.is(text, 'error missing-file x cannot be read\n\nNothing was analysed\n');
  });

  it('counts apart what could not be read, and leaves its own comments out', () => {
    const [notice] = RESULT.notices;
    const notices = [
      { ...notice!, fatal: true },
      { ...notice!, fatal: false },
      { ...notice!, kind: 'suppression', fatal: false } as const,
    ];
    assert.match(
      reportText({ ...RESULT, notices }, { ...plain, width: 200 }),
      'in nginx.conf, 1 place that could not be read, 1 notice about what was not checked\n',
    );
  });

  it('gives the same help for several notices in a row once', () => {
    const notices = ['a', 'b', 'c'].map(text => ({
      kind: 'not-checked' as const,
      text,
      span: undefined,
      help: text === 'c' ? 'other.' : 'do so.',
      fatal: false,
    }));
    assert.match(
      reportText({ ...CLEAN, notices }, plain),
      /^notice not-checked a\nnotice not-checked b\n {2}help: do so\.\nnotice not-checked c\n {2}help: other\.\n/,
    );
  });

  it('paints all lines of the sentence that sums up', () => {
    const text = reportText(RESULT, { ...plain, isColoured: true, width: 40 });
    assert.match(text, /\x1b\[1m1 error, 1 warning in nginx\.conf, 2\x1b\[22m\n\x1b\[1mnotices about/);
  });

  it('lists the first of many places, steps and notices and counts the others', () => {
    const places = Array.from({ length: 30 }, () => ({ span: spanOf(APP, 'root html;'), text: 'open too' }));
    const finding = { ...RESULT.findings[0]!, related: places };
    const notices = Array.from({ length: 15 }, () => RESULT.notices[0]!);
    const text = reportText({ ...RESULT, findings: [finding], notices }, plain);
    assert.match(text, / {2}and 24 more places:\n {4}conf\.d\/app\.conf:29 open too\n/);
    assert.match(text, / {4}\.\.\. 18 not listed \(--verbose does\)\n/);
    assert.match(text, /\n\.\.\. 5 more notices \(--verbose lists them\)\n/);
    const verbose = reportText({ ...RESULT, findings: [finding], notices }, { ...plain, isVerbose: true });
    assert.not.match(verbose, /more places|more notices/);
  });

  it('says the same with and without colour', () => {
    const coloured = reportText(RESULT, { ...plain, isColoured: true });
    assert.match(coloured, /\x1b\[31m/);
    assert.is(coloured.replaceAll(/\x1b\[\d+m/g, ''), reportText(RESULT, plain));
  });

  it('says which certificate a request needs where it matters', () => {
    const [first] = RESULT.findings;
    const tls = {
      serverName: 'app.test',
      certificate: 'trusted',
      subject: 'CN=caf\\C3\\A9',
      issuer: 'Example CA',
    } as const;
    const witness = { ...first!.witness!, request: requestOf({ tls }) };
    const text = reportText({ ...RESULT, findings: [{ ...first!, witness }] }, plain);
    assert.match(text, /\n {2}certificate: subject CN=caf\\C3\\A9, issuer Example CA\n/);
  });

  it('keeps to the width except for what is there to be copied', () => {
    for (const width of [60, 80, 120]) {
      for (const line of reportText(RESULT, { ...plain, level: 'note', isVerbose: true, width }).split('\n')) {
        assert.ok(widthOf(line) <= width || /https?:\/\//.test(line), line);
      }
    }
  });

  it('is the same byte for byte when it is made twice', () => {
    assert.is(reportText(RESULT, plain), reportText(RESULT, plain));
  });
});

/** A result in which every text of the input is hostile. */
function hostileResult(text: string): LintResult {
  const source = new SourceFile(text, `${text}\nserver ${text};\n`);
  const span = { file: source, start: 0, end: source.text.length };
  const label = { span, text };
  const finding: Finding = {
    ...RESULT.findings[0]!,
    message: text,
    primary: label,
    related: [label, label],
    help: text,
    witness: {
      request: requestOf({
        connect: { address: '::1', port: 1 },
        tls: { serverName: text, certificate: 'trusted' },
        http: { method: text, target: text, headers: [[text, text]] },
      }),
      assumes: [{ path: text, exists: true }],
      steps: [{ span, text }],
    },
  };
  const row = ROWS[3]!;
  const site = { ...row.site, content: text, target: text };
  const unknown = { verdict: 'unknown', reasons: [{ kind: text, text, span }] } as const;
  const reached = { verdict: 'reached', witness: finding.witness! } as const;
  return {
    ...RESULT,
    roots: [text],
    findings: [finding],
    notices: [{ kind: 'not-checked', text, span, help: text, fatal: true }],
    tables: [{ rows: [{ site, access: { none: unknown, untrusted: reached, trusted: unknown } }] }],
  };
}

describe('any report of hostile input', it => {
  it('holds no character that steers a terminal', () => {
    const byte = fc.integer({ min: 0, max: 255 }).map(code => String.fromCharCode(code));
    const texts = fc.oneof(
      fc.string({ unit: byte }),
      fc.string({ unit: 'binary' }),
      fc.constantFrom('\x1b]0;x\x07', '\u202e', '\x9b31m'),
    );
    fc.assert(
      fc.property(texts, text => {
        const result = hostileResult(text);
        for (const report of [
          reportText(result, { isColoured: false, level: 'note', isVerbose: true }),
          reportAccessText(result, { isColoured: false, isVerbose: true }),
          reportGithub(result, { level: 'note' }),
          reportJson(result, { level: 'note' }),
          reportAccessJson(result),
        ]) {
          assert.not.match(report.replaceAll('\n', ''), /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
        }
      }),
      { numRuns: 300 },
    );
  });
});

import { readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { parseConfig } from '../../grammar/index.js';
import rule from '../../rules/incomplete-crl-chain.js';
import { Trust } from '../../src/analysis/trust.js';
import type { ConfigNode } from '../../src/config/config-tree.js';
import { expand } from '../../src/config/expand.js';
import { ConfigReader } from '../../src/config/reader.js';
import { resolve } from '../../src/model/resolve.js';
import { resolveStream } from '../../src/model/resolve-stream.js';
import { NginxVersions, type VersionText } from '../../src/model/versions.js';
import type { Notice } from '../../src/notice.js';
import { readPem } from '../../src/pki/pem.js';
import type { Report } from '../../src/rule.js';
import { DEFAULT_SETTINGS } from '../../src/settings.js';
import {
  certificatePem,
  commonName,
  crlPem,
  extension,
  integer,
  keyOf,
  makeAuthority,
  makeCertificate,
  makeCrl,
} from '../support/certificates.js';
import { MemoryHost } from '../support/memory-host.js';
import { describe } from '../support/suite.js';

const NOW = new Date('2030-06-01T00:00:00Z');

const root = makeAuthority(commonName('Root'), keyOf('p256'));
const issuing = makeAuthority(commonName('Issuing'), keyOf('p256', 1), root);
const other = makeAuthority(commonName('Other'), keyOf('p256', 2));
const rootCrl = crlPem(makeCrl({ issuer: root.name, signer: root.key }));
const issuingCrl = crlPem(makeCrl({ issuer: issuing.name, signer: issuing.key }));

const FILES: Readonly<Record<string, string>> = {
  'ca.pem': certificatePem(root.certificate) + certificatePem(issuing.certificate),
  'other.pem': certificatePem(other.certificate),
  'intermediate.pem': certificatePem(issuing.certificate),
  'both.pem': rootCrl + issuingCrl,
  'issuing.pem': issuingCrl,
  'root.pem': rootCrl,
};

interface Outcome {
  readonly reports: readonly Report[];
  readonly notices: readonly Notice[];
  readonly reads: ReadonlyMap<string, number>;
}

/** Runs the rule over the content of an http block. */
function check(http: string, more: Readonly<Record<string, string>> = {}, version?: VersionText): Outcome {
  const host = new MemoryHost({ ...FILES, ...more, 'nginx.conf': `http {\n${http}\n}` });
  const tree = expand('/work/nginx.conf', new ConfigReader(host, parseConfig));
  assert.equal(tree.notices, []);
  const reports: Report[] = [];
  const notices: Notice[] = [];
  const files = new Map<string, ReturnType<typeof readPem>>();
  const versions = version === undefined ? NginxVersions.admitting([]) : NginxVersions.exactly(version);
  const pem = (node: ConfigNode, argument = 0) => {
    const path = node.args[argument]!;
    const read = host.read(`/work/${path}`);
    if (read.problem !== undefined) return undefined;
    const file = files.get(path) ?? readPem(path, Buffer.from(read.text, 'latin1'));
    files.set(path, file);
    return file;
  };
  const model = resolve(tree.nodes);
  rule.check({
    model,
    access: { rows: [] },
    stream: { model: resolveStream(tree.nodes), access: { rows: [] } },
    servers: model.servers,
    isFragment: false,
    settings: DEFAULT_SETTINGS,
    directives: () => [],
    directiveProblems: () => [],
    pem,
    trust: new Trust(pem, NOW, versions),
    permissions: () => undefined,
    versions,
    now: NOW,
    report: report => reports.push(report),
    notice: notice => notices.push(notice),
  });
  return { reports, notices, reads: host.reads };
}

const server = (lines: string): string => `
  server {
    listen 443 ssl;
    server_name app.test;
    ssl_certificate server.pem;
    ssl_certificate_key server.key;
    ${lines}
  }`;

function onlyReport(outcome: Outcome): Report {
  assert.is(outcome.reports.length, 1);
  assert.equal(outcome.notices, []);
  return outcome.reports[0]!;
}

function accepts(http: string, more: Readonly<Record<string, string>> = {}): void {
  const { reports, notices } = check(http, more);
  assert.equal(reports, []);
  assert.equal(notices, []);
}

const VERIFYING = 'ssl_client_certificate ca.pem; ssl_verify_client on;';

describe('incomplete-crl-chain', it => {
  it('flags a missing CRL of the root: everybody is refused', () => {
    const report = onlyReport(check(server(`${VERIFYING} ssl_crl issuing.pem;`)));
    assert.is(
      report.message,
      'nginx refuses every client certificate issued by "CN=Root" or "CN=Issuing": ssl_crl issuing.pem of server app.test holds no CRL that serves for "CN=Root"',
    );
    assert.is(report.level, 'error');
    const { file, start, end } = report.primary.span;
    assert.is(file.text.slice(start, end), 'ssl_crl issuing.pem;');
    assert.equal(
      report.related!.map(({ text }) => text),
      ['"CN=Root" (ca.pem line 1) has no CRL here', 'server app.test refuses these clients'],
    );
    assert.equal(report.identity, ['ssl_crl', 'issuing.pem', 'CN=Root']);
  });

  it('flags a missing CRL of an intermediate: its clients alone are refused', () => {
    const report = onlyReport(check(server(`${VERIFYING} ssl_crl root.pem;`)));
    assert.match(report.message, /^nginx refuses every client certificate issued by "CN=Issuing": /);
    assert.equal(report.identity.slice(2), ['CN=Issuing']);
  });

  it('accepts CRLs of every CA up to the root, CRLs of strangers beside them included', () => {
    accepts(server(`${VERIFYING} ssl_crl both.pem;`));
    const foreign = crlPem(makeCrl({ issuer: other.name, signer: other.key }));
    accepts(server(`${VERIFYING} ssl_crl all.pem;`), { 'all.pem': rootCrl + foreign + issuingCrl });
  });

  it('counts the CAs of ssl_trusted_certificate, which nginx trusts as well', () => {
    const report = onlyReport(check(server(`${VERIFYING} ssl_trusted_certificate other.pem; ssl_crl both.pem;`)));
    assert.match(report.message, /issued by "CN=Other": /);
    accepts(
      `ssl_trusted_certificate other.pem; ${server(`${VERIFYING} ssl_trusted_certificate ""; ssl_crl both.pem;`)}`,
    );
  });

  it('flags every verifying mode, and accepts a server that verifies nobody', () => {
    for (const mode of ['on', 'optional', 'optional_no_ca']) {
      const config = server(`ssl_client_certificate ca.pem; ssl_verify_client ${mode}; ssl_crl root.pem;`);
      onlyReport(check(config));
    }
    accepts(server('ssl_client_certificate ca.pem; ssl_crl root.pem;'));
    accepts(server(`${VERIFYING} ssl_crl root.pem;`).replace('443 ssl', '80'));
    accepts(server(`${VERIFYING} ssl_crl root.pem; ssl_reject_handshake on;`));
    accepts(server(`${VERIFYING} ssl_crl root.pem;`).replace('ssl_certificate server.pem;', ''));
    accepts(`ssl_crl root.pem; ${server(`${VERIFYING} ssl_crl "";`)}`);
    accepts(server(VERIFYING));
  });

  it('does not count a CRL of another key as present', () => {
    const foreign = crlPem(makeCrl({ issuer: root.name, signer: other.key }));
    const namesake = onlyReport(check(server(`${VERIFYING} ssl_crl crl.pem;`), { 'crl.pem': foreign + issuingCrl }));
    assert.match(namesake.related![0]!.text, /only one of another key in its name/);
  });

  it('leaves CRLs that do not serve and CAs that accept nobody anyway to other rules', () => {
    const forged = crlPem(makeCrl({ issuer: root.name, signer: root.key, tamper: true }));
    accepts(server(`${VERIFYING} ssl_crl crl.pem;`), { 'crl.pem': forged + issuingCrl });
    const expired = crlPem(
      makeCrl({ issuer: root.name, signer: root.key, nextUpdate: new Date('2030-01-01T00:00:00Z') }),
    );
    accepts(server(`${VERIFYING} ssl_crl crl.pem;`), { 'crl.pem': expired + issuingCrl });
    accepts(server('ssl_client_certificate intermediate.pem; ssl_verify_client on; ssl_crl root.pem;'));
  });

  it("flags a client's own self-signed certificate, which would need a CRL of its own", () => {
    const key = keyOf('p256', 3);
    const name = commonName('kim');
    const own = makeCertificate({ subject: name, issuer: name, key, signer: key, isAuthority: false });
    const config = server('ssl_client_certificate kim.pem; ssl_verify_client on; ssl_crl both.pem;');
    const report = onlyReport(check(config, { 'kim.pem': certificatePem(own) }));
    assert.match(report.message, /^nginx refuses the client certificate "CN=kim": /);
  });

  it('reports one line once, with every server that inherits it, and reads no file twice', () => {
    const servers = Array.from({ length: 40 }, (_, index) => server('').replace('app.test', `app-${index}.test`));
    const outcome = check(`${VERIFYING} ssl_crl root.pem; ${servers.join('\n')}`);
    const report = onlyReport(outcome);
    assert.match(report.message, /ssl_crl root\.pem of 40 servers/);
    assert.is(report.related!.length, 1 + 40);
    assert.is(report.related![40]!.text, 'server app-39.test refuses these clients');
  });

  it('reports two lines apart', () => {
    const { reports } = check(
      server(`${VERIFYING} ssl_crl root.pem;`) + server(`${VERIFYING} ssl_crl issuing.pem;`).replace('app', 'api'),
    );
    assert.is(reports.length, 2);
  });

  it('lists a few names in the message and all of them beside it', () => {
    const many = Array.from({ length: 9 }, (_, index) =>
      makeAuthority(commonName(`Root ${index}`), keyOf('p256', index)),
    );
    const bundle = many.map(({ certificate }) => certificatePem(certificate)).join('');
    const config = server('ssl_client_certificate many.pem; ssl_verify_client on; ssl_crl root.pem;');
    const report = onlyReport(check(config, { 'many.pem': bundle }));
    assert.match(report.message, /issued by "CN=Root 0", "CN=Root 1", "CN=Root 2" or 6 more: /);
    assert.is(report.related!.length, 9 + 1);
  });

  it('warns where only nginx before 1.27.2 finds the CRL, in the CA file', () => {
    const config = server(`${VERIFYING.replace('ca.pem', 'mixed.pem')} ssl_crl issuing.pem;`);
    const report = onlyReport(check(config, { 'mixed.pem': FILES['ca.pem']! + rootCrl }));
    assert.is(report.level, 'warning');
    assert.match(report.message, /^nginx from 1\.27\.2 on refuses /);
    const files = { 'mixed.pem': FILES['ca.pem']! + rootCrl };
    assert.is(onlyReport(check(config, files, '1.27.2')).level, 'error');
    assert.equal(check(config, files, '1.27.1').reports, []);
  });

  it('reports nothing where VerifyCAFile puts ssl_crl out of force', () => {
    accepts(server(`${VERIFYING} ssl_crl root.pem; ssl_conf_command verifyCAfile ca.pem;`));
  });

  it('warns where only OpenSSL before 3.0.22 is content, with a delta CRL', () => {
    const extraExtensions = [extension('2.5.29.27', integer(1), true)];
    const delta = crlPem(makeCrl({ issuer: root.name, signer: root.key, extraExtensions }));
    const config = server(`${VERIFYING} ssl_crl crl.pem;`);
    const report = onlyReport(check(config, { 'crl.pem': delta + issuingCrl }));
    assert.is(report.level, 'warning');
    assert.match(report.message, /^nginx with OpenSSL 3\.0\.22 or later refuses /);
    assert.match(report.related![0]!.text, /has only a delta CRL here that serves; OpenSSL before 3\.0\.22 took it/);
    const rest = onlyReport(check(config, { 'crl.pem': delta }));
    assert.is(rest.level, 'error');
    const early = {
      issuer: root.name,
      signer: root.key,
      extraExtensions,
      thisUpdate: new Date('2031-01-01T00:00:00Z'),
    };
    const future = onlyReport(check(config, { 'crl.pem': crlPem(makeCrl(early)) + issuingCrl }));
    assert.is(future.level, 'error');
    assert.match(future.related![0]!.text, /has no complete CRL here/);
    accepts(config, { 'crl.pem': delta + rootCrl + issuingCrl });
  });

  it('stays silent where a file cannot be read or is broken', () => {
    accepts(server(`${VERIFYING} ssl_crl gone.pem;`));
    accepts(server(`ssl_client_certificate gone.pem; ssl_verify_client on; ssl_crl root.pem;`));
    accepts(server(`${VERIFYING} ssl_crl crl.pem;`), { 'crl.pem': `${rootCrl}-----BEGIN X509 CRL-----\n` });
  });

  it('finds the gap in the certificates of its page, and none in their complete form', () => {
    const fixture = (name: string): string => readFileSync(`test/fixtures/pki/${name}`, 'latin1');
    const files = {
      'clients-ca.pem': fixture('clients-ca.pem'),
      'some.pem': fixture('clients-crl-issuing.pem'),
      'all.pem': fixture('clients-crl.pem'),
    };
    const config = server('ssl_client_certificate clients-ca.pem; ssl_verify_client on; ssl_crl some.pem;');
    assert.equal(onlyReport(check(config, files)).identity.slice(2), ['CN=Example Client Root,O=Example']);
    accepts(config.replace('some.pem', 'all.pem'), files);
  });
});

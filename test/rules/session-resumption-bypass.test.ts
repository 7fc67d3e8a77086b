import * as assert from 'uvu/assert';
import type { VersionText } from '../../src/model/versions.js';
import { describe } from '../support/suite.js';
import { certificates, crlOf, findingsOfRule, root, type Situation, server } from '../support/trust-laboratory.js';

const RULE = 'session-resumption-bypass';
const TLS13 = 'ssl_protocols TLSv1.2 TLSv1.3;';
const CLIENTS_OF = (file: string) => `ssl_client_certificate ${file}; ssl_verify_client on;`;

/** A server for clients of Root and one for clients of Partner on one address. */
const two = (shared: string, more = ''): string =>
  [shared, more, server(CLIENTS_OF('root.pem'), 'a.test'), server(CLIENTS_OF('partner.pem'), 'b.test')].join('\n');

async function levels(http: string, version?: VersionText, files: Situation['files'] = {}): Promise<string[]> {
  const findings = await findingsOfRule(RULE, { http, files, ...(version && { version }) });
  return findings.map(({ level }) => level);
}

describe(RULE, it => {
  it('flags servers of one address that accept different clients, in the versions that are affected', async () => {
    const http = two(TLS13);
    for (const version of ['1.13.0', '1.22.1', '1.26.2', '1.27.0', '1.27.3'] as const) {
      assert.equal(await levels(http, version), ['error', 'error'], version);
    }
    for (const version of ['1.11.3', '1.26.3', '1.26.4', '1.27.4', '1.28.0', '1.31.4'] as const) {
      assert.equal(await levels(http, version), [], version);
    }
    const [finding] = await findingsOfRule(RULE, { http, version: '1.26.2' });
    assert.is(
      finding!.message,
      'server a.test takes TLS 1.3 sessions that clients made with b.test, which accepts others, and does not verify again (CVE-2025-23419) in nginx 1.26.2, unless your build carries the fix',
    );
  });

  it('warns where the version is not known, and not where the directives leave no affected one', async () => {
    assert.equal(await levels(two(TLS13)), ['warning', 'warning']);
    const [finding] = await findingsOfRule(RULE, { http: two(TLS13) });
    assert.match(
      finding!.message,
      /before nginx 1\.26\.3 and, of 1\.27, before 1\.27\.4, unless your build carries the fix$/,
    );
    assert.equal(await levels(two(`${TLS13} ssl_certificate_compression on;`)), []);
  });

  it('looks at the protocols of the default server, which chooses', async () => {
    assert.equal(await levels(two('ssl_protocols TLSv1.2;'), '1.26.2'), []);
    assert.equal(await levels(two(''), '1.26.2'), ['error', 'error']);
    // TLS 1.3 is not on by default before 1.23.4.
    assert.equal(await levels(two(''), '1.22.1'), []);
    const old = `${TLS13} ${server('ssl_protocols TLSv1.2;', 'default.test', '443 ssl default_server')}`;
    assert.equal(await levels(two(old), '1.26.2'), []);
    assert.equal(await levels(two(`${TLS13} ssl_conf_command MaxProtocol TLSv1.2;`), '1.26.2'), []);
    assert.equal(await levels(two(`${TLS13} ssl_conf_command MaxProtocol TLSv1.3;`), '1.26.2'), ['error', 'error']);
  });

  it('knows the commands of OpenSSL that give and take TLS 1.3', async () => {
    for (const [settings, flagged] of [
      ['ssl_conf_command MaxProtocol None;', true],
      ['ssl_conf_command Protocol -TLSv1.3;', false],
      ['ssl_conf_command Protocol -ALL,TLSv1.2;', false],
      ['ssl_protocols TLSv1.2; ssl_conf_command Protocol TLSv1.3;', true],
      ['ssl_protocols TLSv1.2; ssl_conf_command MaxProtocol TLSv1.3;', false],
    ] as const) {
      assert.equal(await levels(two(settings), '1.26.2'), flagged ? ['error', 'error'] : [], settings);
    }
  });

  it('looks at the tickets and the cache of the default server, and at the tickets of the server that makes a session', async () => {
    const off = 'ssl_session_tickets off;';
    const cache = 'ssl_session_cache shared:x:1m;';
    const settings = (ofDefault: string, ofOther: string): string =>
      [
        TLS13,
        server(`${CLIENTS_OF('root.pem')} ${ofDefault}`, 'a.test'),
        server(`${CLIENTS_OF('partner.pem')} ${ofOther}`, 'b.test'),
      ].join('\n');
    // Sessions of the default server alone, which the other one takes up.
    assert.equal(await levels(settings('', off), '1.26.2'), ['error']);
    assert.equal(await levels(settings(off, ''), '1.26.2'), []);
    assert.equal(await levels(settings(`${off} ${cache}`, off), '1.26.2'), ['error', 'error']);
    assert.equal(await levels(settings(off, `${off} ${cache}`), '1.26.2'), []);
    assert.equal(await levels(settings('ssl_conf_command Options -SessionTicket;', ''), '1.26.2'), []);
  });

  it('accepts a default server that rejects handshakes', async () => {
    const reject = 'server { listen 443 ssl default_server; ssl_reject_handshake on; }';
    assert.equal(await levels(two(TLS13, reject), '1.26.2'), []);
    const open = server('', 'default.test', '443 ssl default_server');
    assert.equal(await levels(two(TLS13, open), '1.26.2'), ['error', 'error']);
  });

  it('accepts an address without session tickets and caches', async () => {
    for (const cache of ['', 'ssl_session_cache off;', 'ssl_session_cache none;']) {
      assert.equal(await levels(two(`${TLS13} ssl_session_tickets off; ${cache}`), '1.26.2'), []);
    }
    for (const kept of ['ssl_session_cache off;', 'ssl_session_tickets off; ssl_session_cache shared:x:1m;']) {
      assert.equal(await levels(two(`${TLS13} ${kept}`), '1.26.2'), ['error', 'error']);
    }
  });

  it('compares CAs by content, and accepts servers that accept the same clients', async () => {
    const same = [TLS13, server(CLIENTS_OF('root.pem'), 'a.test'), server(CLIENTS_OF('copy.pem'), 'b.test')].join('\n');
    const copy = { 'copy.pem': `# the same\n${certificates(root)}` };
    assert.equal(await levels(same, '1.26.2', copy), []);
    // Without the files only their names can be compared.
    const unread = [TLS13, server(CLIENTS_OF('x.pem'), 'a.test'), server(CLIENTS_OF('y.pem'), 'b.test')].join('\n');
    assert.equal(await levels(unread, '1.26.2'), ['error', 'error']);
    assert.equal(await levels(unread.replace('y.pem', 'x.pem'), '1.26.2'), []);
  });

  it('reports the stricter server of two alone', async () => {
    const stricter = [
      TLS13,
      server(CLIENTS_OF('root.pem'), 'a.test'),
      server(`${CLIENTS_OF('root.pem')} ssl_crl list.pem;`, 'b.test'),
    ].join('\n');
    const findings = await findingsOfRule(RULE, {
      http: stricter,
      files: { 'list.pem': crlOf(root) },
      version: '1.26.2',
    });
    assert.equal(
      findings.map(({ message }) => message.split(' ')[1]),
      ['b.test'],
    );
  });

  it('accepts a server that shares its address with servers that verify nobody', async () => {
    const http = [TLS13, server('', 'open.test'), server(CLIENTS_OF('root.pem'), 'a.test')].join('\n');
    assert.equal(await levels(http, '1.26.2'), []);
  });

  it('accepts servers on addresses of their own', async () => {
    const http = [
      TLS13,
      server(CLIENTS_OF('root.pem'), 'a.test'),
      server(CLIENTS_OF('partner.pem'), 'b.test', '8443 ssl'),
    ].join('\n');
    assert.equal(await levels(http, '1.26.2'), []);
  });
});

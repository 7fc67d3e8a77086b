import * as assert from 'uvu/assert';
import { lintSnippet } from '../support/lint.js';
import { findingsFor } from '../support/proxy-laboratory.js';
import { describe } from '../support/suite.js';

const RULE = 'shared-upstream-identity';

const shows = (name: string) => `proxy_ssl_certificate ${name}.pem; proxy_ssl_certificate_key ${name}.key;`;
const verifies = (file: string) =>
  `proxy_ssl_verify on; proxy_ssl_trusted_certificate ${file}; proxy_ssl_name back.test;`;
const PASS = 'proxy_pass https://ledger;';
const two = (first: string, second: string, upstream = 'upstream ledger { server 127.0.0.1:9443; }') => `${upstream}
server { listen 80; server_name app.test;
location /1 { ${first}
${PASS} }
location /2 { ${second}
${PASS} } }`;

describe(RULE, it => {
  it('names the upstream and the sites, and shows no request', async () => {
    const [found, ...others] = await findingsFor(RULE, two(shows('proxy'), shows('reports-proxy')), '1.22.1');
    assert.equal(others, []);
    assert.is(
      found!.message,
      'sites show 2 different certificates to ledger while TLS sessions are reused: requests can arrive under the certificate of another site',
    );
    assert.is(found!.witness, undefined);
    assert.is(found!.primary.text, 'shows this certificate');
    const { file, start } = found!.primary.span;
    assert.is(file.position(start).line, 6);
  });

  it('accepts one certificate under two names, and flags two files that cannot be read', async () => {
    assert.equal(await findingsFor(RULE, two(shows('proxy'), shows('./proxy')), '1.22.1'), []);
    assert.is((await findingsFor(RULE, two(shows('a'), shows('b')), '1.22.1')).length, 1);
  });

  it('accepts CAs in two files that hold the same, and flags a CRL on one side', async () => {
    const alike = two(verifies('backend-ca.pem'), verifies('./backend-ca.pem'));
    assert.equal(await findingsFor(RULE, alike, '1.22.1'), []);
    const revoking = `${verifies('backend-ca.pem')} proxy_ssl_crl clients-crl.pem;`;
    const [found] = await findingsFor(RULE, two(verifies('backend-ca.pem'), revoking), '1.22.1');
    assert.match(found!.message, /^sites verify ledger in 2 different ways while TLS sessions are reused/);
  });

  it('tells differences of certificates and of verification apart', async () => {
    const both = await findingsFor(RULE, two(shows('proxy'), verifies('backend-ca.pem')), '1.22.1');
    assert.equal(both.map(({ message }) => /certificates|different ways/.exec(message)?.[0]).sort(), [
      'certificates',
      'different ways',
    ]);
  });

  const off = 'proxy_ssl_session_reuse off;';
  const varying = `map $arg_as $file { default ""; ~. $arg_as.pem; } server { listen 80; location / { ${off} proxy_pass https://127.0.0.1:9443;
    proxy_ssl_certificate $file; proxy_ssl_certificate_key $file; } }`;

  it('says from which version on connections are kept by default', async () => {
    const levels = async (snippet: string, version: '1.22.1' | '1.29.7') =>
      (await findingsFor(RULE, snippet, version)).map(({ level }) => level);
    assert.equal(await levels(varying, '1.22.1'), []);
    assert.equal(await levels(varying, '1.29.7'), ['error']);
    assert.equal(await levels(varying.replace(off, `${off} proxy_set_header Connection close;`), '1.29.7'), []);
    const group = 'upstream ledger { server 127.0.0.1:9443; keepalive 0; }';
    const named = varying.replace('https://127.0.0.1:9443', 'https://ledger');
    assert.equal(await levels(`${group} ${named}`, '1.29.7'), []);
    assert.equal(await levels(`${group.replace('0;', '2 local;')} ${named}`, '1.29.7'), ['error']);
    // Different locations share what is kept only where it is asked for.
    const two_ = two(shows('proxy') + off, shows('reports-proxy') + off);
    assert.equal(await levels(two_, '1.29.7'), []);
    assert.equal(await levels(two_.replace('9443;', '9443; keepalive 2;'), '1.29.7'), ['error']);
    assert.equal(await levels(two_.replace('9443;', '9443; keepalive 2 local;'), '1.29.7'), []);
  });

  it('is a note where only some of the versions that it can be for keep connections', async () => {
    const { findings } = await lintSnippet(varying);
    const own = findings.filter(({ rule }) => rule === RULE);
    assert.equal(
      own.map(({ level }) => level),
      ['note'],
    );
    assert.match(own[0]!.message, /from nginx 1\.29\.7 on/);
  });

  it('gives a notice where a script names the certificate', async () => {
    const script = two(
      shows('proxy'),
      'set_by_lua_block $file { return "x" } proxy_ssl_certificate $file; proxy_ssl_certificate_key k;',
    );
    const { findings, notices } = await lintSnippet(script);
    assert.equal(
      findings.filter(({ rule }) => rule === RULE),
      [],
    );
    assert.ok(notices.some(({ kind, text }) => kind === 'not-checked' && /^which certificate location \/2/.test(text)));
  });
});

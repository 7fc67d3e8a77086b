/** Compares which servers of `mail` verify clients, and in which modes, with what `nginx -t` reads of their files. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { parseFile } from '../../grammar/index.js';
import { verifiesItself } from '../../src/analysis/verifying-servers.js';
import { expand } from '../../src/config/expand.js';
import { ConfigReader } from '../../src/config/reader.js';
import { resolveMail } from '../../src/model/resolve-stream.js';
import { findingsOf } from '../support/lint.js';
import { MemoryHost } from '../support/memory-host.js';
import { requireNginx } from '../support/nginx.js';
import { MODULES, NginxTester } from '../support/nginx-test.js';
import { pki } from '../support/pki.js';
import { describe } from '../support/suite.js';

const MODULE = join(MODULES, 'ngx_mail_module.so');
const MISSING = 'ssl_client_certificate missing.pem;';

/** Whether nginx with the module for mail can be run. */
function requireMail(): boolean {
  if (!requireNginx()) return false;
  if (existsSync(MODULE)) return true;
  if (process.env['REQUIRE_NGINX'] === '1') throw new Error(`${MODULE} is not installed`);
  console.error(`SKIPPED: ${MODULE} is not installed`);
  return false;
}

function mailBlock(own: string, outer = ''): string {
  const { serverCertificate, serverKey } = pki();
  const pair = `ssl_certificate ${serverCertificate}; ssl_certificate_key ${serverKey};`;
  return `mail { auth_http 127.0.0.1:1/; server_name mail.test; ${outer}
server { protocol imap; ${own.replace('PAIR', pair)} } }`;
}

/** A server, and whether it verifies clients: nginx then reads the file of client CAs, which is missing. */
const SERVERS: readonly (readonly [server: string, verifies: boolean, outer?: string])[] = [
  ['listen 127.0.0.1:1993 ssl; PAIR ssl_verify_client on;', true],
  ['listen 127.0.0.1:1993 ssl; PAIR ssl_verify_client optional;', true],
  ['listen 127.0.0.1:1993 ssl; PAIR ssl_verify_client optional_no_ca;', true],
  ['listen 127.0.0.1:1993 ssl; PAIR ssl_verify_client off;', false],
  ['listen 127.0.0.1:1993 ssl; PAIR', false],
  ['listen 127.0.0.1:1993; PAIR ssl_verify_client on;', false],
  ['listen 127.0.0.1:1993; PAIR starttls on; ssl_verify_client on;', true],
  ['listen 127.0.0.1:1993; PAIR starttls only; ssl_verify_client optional;', true],
  ['listen 127.0.0.1:1993; PAIR starttls off; ssl_verify_client on;', false],
  ['listen 127.0.0.1:1993; PAIR ssl on; ssl_verify_client on;', true],
  ['listen 127.0.0.1:1993; PAIR ssl off; ssl_verify_client on;', false],
  ['listen 127.0.0.1:1993 ssl; listen 127.0.0.1:1143; PAIR ssl_verify_client on;', true],
  ['listen 127.0.0.1:1993 ssl; PAIR', true, 'ssl_verify_client on;'],
  ['listen 127.0.0.1:1993; PAIR', false, 'ssl_verify_client on;'],
  ['listen 127.0.0.1:1993; PAIR', true, 'ssl_verify_client on; starttls on;'],
  ['listen 127.0.0.1:1993 ssl; PAIR ssl_verify_client off;', false, 'ssl_verify_client on;'],
];

describe('servers of mail', it => {
  it('verify clients where nginx reads their client CAs', async () => {
    const tester = requireMail() ? new NginxTester() : undefined;
    for (const [own, verifies, outer = ''] of SERVERS) {
      const block = mailBlock(own, `${outer} ${MISSING}`);
      const host = new MemoryHost({ '/nginx/nginx.conf': block });
      const { servers } = resolveMail(expand('/nginx/nginx.conf', new ConfigReader(host, parseFile)).nodes);
      assert.equal(servers.map(verifiesItself), [verifies], block);
      if (tester === undefined) continue;
      const { accepted, reason } = await tester.test(`load_module ${MODULE};\nevents { }\n${block}`);
      assert.is(accepted, !verifies, `${block}\n${reason}`);
      if (verifies) assert.match(reason!, /missing\.pem/, block);
    }
    tester?.close();
  });

  it('have values and places of their own that nginx refuses', async () => {
    const tester = requireMail() ? new NginxTester() : undefined;
    for (const [own, refused] of [
      ['listen 127.0.0.1:1993 ssl; PAIR ssl_verify_client require;', 'misplaced-verification'],
      ['listen 127.0.0.1:1993 ssl; PAIR ssl_verify_client on optional;', 'unloadable-directive'],
      ['listen 127.0.0.1:1993 ssl; PAIR ssl_ocsp on;', 'misplaced-verification'],
      ['listen 127.0.0.1:1993 ssl; PAIR ssl_reject_handshake on;', 'unloadable-directive'],
      ['listen 127.0.0.1:1993 ssl; PAIR ssl_verify_client optional_no_ca;', undefined],
    ] as const) {
      const block = mailBlock(own);
      const found = (await findingsOf(`stream { }\n${block}`)).map(({ rule }) => rule);
      const told = found.filter(rule => rule === 'misplaced-verification' || rule === 'unloadable-directive');
      assert.equal(told, refused === undefined ? [] : [refused], block);
      const verdict = await tester?.test(`load_module ${MODULE};\nevents { }\n${block}`);
      assert.is(verdict?.accepted ?? refused === undefined, refused === undefined, block);
    }
    tester?.close();
  });
});

import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import rule from '../../rules/exposed-private-key.js';
import { nodeHost } from '../../src/config/host.js';
import type { Finding } from '../../src/finding.js';
import { lint } from '../../src/lint.js';
import { temporaryFolder } from '../support/nginx.js';
import { describe } from '../support/suite.js';

const CONFIG = `events {}
http {
  server {
    listen 443 ssl;
    ssl_certificate server.pem;
    ssl_certificate_key keys/server.key;
  }
}
`;

/** Lints a configuration with these permissions in a folder of its own. */
async function check(
  modes: { readonly key?: number; readonly keys?: number; readonly config?: number; readonly folder?: number },
  prepare: (folder: string) => void = () => {},
  config = CONFIG,
): Promise<readonly Finding[]> {
  const folder = temporaryFolder({ 'nginx.conf': config, 'keys/server.key': 'a key' });
  prepare(folder);
  chmodSync(join(folder, 'keys', 'server.key'), modes.key ?? 0o600);
  chmodSync(join(folder, 'keys'), modes.keys ?? 0o755);
  chmodSync(join(folder, 'nginx.conf'), modes.config ?? 0o644);
  chmodSync(folder, modes.folder ?? 0o755);
  const options = { paths: ['nginx.conf'], prefix: undefined, now: new Date(0) };
  const tool = { name: 'nginx-mtls-lint', version: '0.0.0' };
  return (await lint(options, nodeHost(folder), { rules: [rule], tool })).findings;
}

const messages = (findings: readonly Finding[]): string[] => findings.map(({ message }) => message);

describe('exposed-private-key', it => {
  it('flags a key that every user may read, and accepts one that the group may read', async () => {
    const findings = await check({ key: 0o644 });
    assert.equal(messages(findings), [
      'every user of this machine may read keys/server.key, the file of ssl_certificate_key',
    ]);
    const { file, start, end } = findings[0]!.primary.span;
    assert.is(file.text.slice(start, end), 'ssl_certificate_key keys/server.key;');
    assert.is(findings[0]!.level, 'error');
    assert.equal(await check({ key: 0o640 }), []);
  });

  it('accepts a key that lies in a folder which others may not enter', async () => {
    assert.equal(await check({ key: 0o644, keys: 0o750 }), []);
    assert.equal(await check({ key: 0o644, folder: 0o700 }), []);
    assert.is((await check({ key: 0o644, keys: 0o711 })).length, 1);
  });

  it('flags a configuration file that every user may write, included ones as well', async () => {
    assert.equal(messages(await check({ config: 0o666 })), [
      'every user of this machine may write nginx.conf, a file of the configuration',
    ]);
    const included = await check(
      {},
      folder => {
        writeFileSync(join(folder, 'site.conf'), '');
        chmodSync(join(folder, 'site.conf'), 0o602);
      },
      CONFIG.replace('http {', 'http { include site.conf; include mime.types;'),
    );
    assert.equal(messages(included), ['every user of this machine may write site.conf, a file of the configuration']);
    assert.equal(await check({ config: 0o664 }), []);
  });

  it('looks at every directive that names a secret, once for each line', async () => {
    const names = [
      'proxy_ssl_certificate_key',
      'grpc_ssl_certificate_key',
      'ssl_password_file',
      'ssl_session_ticket_key',
    ];
    for (const name of names) {
      assert.is((await check({ key: 0o644 }, () => {}, CONFIG.replace('ssl_certificate_key', name))).length, 1, name);
    }
    assert.equal(await check({ key: 0o644 }, () => {}, CONFIG.replace('ssl_certificate_key', 'ssl_certificate')), []);
    for (const value of ['""', 'data:x', 'keys/gone.key', 'keys']) {
      assert.equal(await check({ key: 0o644 }, () => {}, CONFIG.replace('keys/server.key', value)), [], value);
    }
  });

  it('says nothing inside a git work tree, whose permissions are not those of a server', async () => {
    const asRepository = (folder: string): void => mkdirSync(join(folder, '.git'));
    assert.equal(await check({ key: 0o644, config: 0o666 }, asRepository), []);
  });
});

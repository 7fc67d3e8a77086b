import * as assert from 'uvu/assert';
import { rules } from '../../rules/index.js';
import type { Finding } from '../../src/finding.js';
import { lint } from '../../src/lint.js';
import type { VersionText } from '../../src/model/versions.js';
import { cases, idioms } from '../fixtures/rules/unmatchable-dn.js';
import { accepts, describeCases, flags, PREAMBLE, site } from '../support/lint.js';
import { MemoryHost } from '../support/memory-host.js';
import { PAGE_FILES } from '../support/page-files.js';

const HERE = '# expect: unmatchable-dn';
const PASS = 'proxy_pass http://app;';

async function own(http: string, nginxVersion?: VersionText): Promise<readonly Finding[]> {
  const host = new MemoryHost({ 'nginx.conf': `http { ${PREAMBLE}${http} }`, ...PAGE_FILES });
  const options = { paths: ['nginx.conf'], prefix: undefined, now: new Date('2026-06-01'), nginxVersion };
  const { findings } = await lint(options, host, { rules, tool: { name: 'x', version: '0' } });
  return findings.filter(({ rule }) => rule === 'unmatchable-dn');
}

describeCases('unmatchable-dn', cases, idioms, it => {
  it('says why, and what to write instead', async () => {
    const told: string[] = [];
    for (const { flagged } of cases) {
      const found = (await flags(PREAMBLE + flagged)).find(({ rule }) => rule === 'unmatchable-dn')!;
      told.push(`${found.message.replace(/^.*? is never (?:".*"|matched by \S+(?: \S+)?): /, '')} | ${found.help}`);
    }
    const stays = '; whom this is to let in stays outside';
    const enters = '; whom this is to refuse gets in';
    const log = 'Write the name as nginx itself shows it: log the variable once with a client that should match.';
    const write = (text: string): string => `Write ${text}, if that is who is meant.`;
    assert.equal(told, [
      `attributes behind slashes are what the variable with _legacy shows${stays} | ${write('CN=alice,O=Acme,C=US')}`,
      `attributes between commas are what the variable without _legacy shows${enters} | ${write('/O=Acme/CN=alice')}`,
      `nginx writes no blanks and no semicolons between the attributes${stays} | ${write('CN=alice,O=Acme')}`,
      `nginx puts a backslash in front of ,+"\\<>; and of nothing else${stays} | ${write('CN=alice,O=Acme\\, Inc.')}`,
      `bytes outside ASCII stand as a backslash and two upper-case digits${enters} | ${write('CN=J\\C3\\B6rg')}`,
      `OpenSSL knows a type by another name${enters} | ${write('emailAddress=a@acme.test,CN=alice')}`,
      `OpenSSL knows a type by another name${enters} | ${write('CN=alice,O=Acme')}`,
      `nginx writes lower-case digits${enters} | ${write('abcdefabcdefabcdefabcdefabcdefabcdefabcd')}`,
      `nginx writes nothing but the digits${stays} | ${write('abcdefabcdefabcdefabcdefabcdefabcdefabcd')}`,
      `this is a fingerprint of SHA-256, and nginx shows that of SHA-1${enters} | ${log}`,
      `nginx writes nothing but the digits${enters} | ${write('0ABC')}`,
      `nginx writes two digits for each byte, and no zeros in front${stays} | ${write('0ABC')}`,
      `attributes behind slashes are what the variable with _legacy shows${stays} | ${log}`,
      `nginx writes no blanks and no semicolons between the attributes${enters} | ${log}`,
      `nginx writes lower-case digits${enters} | ${log}`,
      `attributes behind slashes are what the variable with _legacy shows${stays} | ${write('SUCCESS:CN=alice')}`,
    ]);
  });

  it('names what is compared, the verdict in front of the name included', async () => {
    const [found] = await flags(
      `${PREAMBLE}map "$ssl_client_verify:$ssl_client_s_dn" $ok { default 0;\n"SUCCESS:/CN=alice" 1; ${HERE}\n}
${site('on', `if ($ok = 0) { return 403; }\nlocation / { ${PASS} }`)}`,
    );
    assert.match(found!.message, /^\$ssl_client_verify:\$ssl_client_s_dn is never "SUCCESS:\/CN=alice": /);
  });

  it('follows a variable that set copies', async () => {
    await flags(
      `${PREAMBLE}${site('on', `location / { set $who $ssl_client_s_dn;\nif ($who = "/CN=mallory") { return 403; } ${HERE}\n${PASS} }`)}`,
    );
  });

  it('compares with the names of CAs at hand', async () => {
    const issuer = (name: string): string =>
      site('on', `if ($ssl_client_i_dn != "${name}") { return 403; }\nlocation / { ${PASS} }`);
    assert.equal(await own(issuer('CN=Example Client Root,O=Example')), []);
    const [found] = await own(issuer('O=Example,CN=Example Client Root'));
    assert.is(found!.level, 'error');
    assert.is(found!.help, 'Write CN=Example Client Root,O=Example, if that is who is meant.');
    // Nobody is called like this, and the order is as unusual.
    assert.is((await own(issuer('O=Example,CN=Somebody')))[0]!.level, 'note');
  });

  it('does not judge versions of nginx that show slashes everywhere', async () => {
    const config = site('on', `if ($ssl_client_s_dn = "/CN=mallory") { return 403; }\nlocation / { ${PASS} }`);
    assert.is((await own(config, '1.11.6')).length, 1);
    assert.is((await own(config, '1.10.3')).length, 0);
  });

  it('judges the maps of stream', async () => {
    const block = (
      key: string,
      value: string,
      fallback: string,
      comment = '',
    ) => `stream { ssl_certificate server.pem; ssl_certificate_key server.key;
ssl_client_certificate clients-ca.pem; map $ssl_client_s_dn $up { default ${fallback};
"${key}" ${value}; ${comment}
} server { listen 443 ssl; ssl_verify_client on; proxy_pass $up; } }`;
    const [locksOut] = await flags(block('/CN=alice', '127.0.0.1:1', '""', HERE));
    assert.match(locksOut!.message, /; whom this is to let in stays outside$/);
    const [lacks] = await flags(block('CN=mallory, O=Example', '""', '127.0.0.1:1', HERE));
    assert.match(lacks!.message, /; whom this is to refuse gets in$/);
    assert.is(lacks!.help, 'Write CN=mallory,O=Example, if that is who is meant.');
    const [chooses] = await flags(block('/CN=alice', '127.0.0.1:1', '127.0.0.1:2', HERE));
    assert.not.match(chooses!.message, /; whom/);
    assert.equal(
      await flags(block('O=Example,CN=alice', '127.0.0.1:1', '""', `${HERE} note`)).then(all => all.length),
      1,
    );
    await accepts(block('CN=alice,O=Example', '127.0.0.1:1', '""'));
  });

  it('does not judge what a template fills in', async () => {
    assert.equal(
      await own(site('on', `if ($ssl_client_s_dn = "/CN=\${USER}") { return 403; }\nlocation / { ${PASS} }`)),
      [],
    );
  });
});

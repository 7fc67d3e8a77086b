import * as assert from 'uvu/assert';
import { parseConfig } from '../../../grammar/index.js';
import { type Acceptance, Trust } from '../../../src/analysis/trust.js';
import { expand } from '../../../src/config/expand.js';
import { ConfigReader } from '../../../src/config/reader.js';
import type { VirtualServer } from '../../../src/model/model.js';
import { resolve } from '../../../src/model/resolve.js';
import { NginxVersions, type VersionText } from '../../../src/model/versions.js';
import { type PemFile, readPem } from '../../../src/pki/pem.js';
import { MemoryHost } from '../../support/memory-host.js';
import { requireNginx } from '../../support/nginx.js';
import { describe } from '../../support/suite.js';
import {
  CLIENTS,
  type ClientName,
  certificates,
  checkWithNginx,
  crlOf,
  department,
  issuing,
  NOW,
  PAST,
  partner,
  root,
  server,
} from '../../support/trust-laboratory.js';

const FILES: Readonly<Record<string, string>> = {
  'root.pem': certificates(root),
  'chain.pem': certificates(root, issuing),
  'copy.pem': `the same\n${certificates(issuing, root)}`,
  'issuing.pem': certificates(issuing),
  'deep.pem': certificates(department, issuing, root),
  'partner.pem': certificates(partner),
  'mixed.pem': certificates(root) + crlOf(root),
  'crls.pem': crlOf(root) + crlOf(issuing),
  'root-crl.pem': crlOf(root),
  'expired-crl.pem': crlOf(root, { nextUpdate: PAST }),
  'revoking-crl.pem': crlOf(root, { revoked: [issuing.serial] }) + crlOf(issuing),
  'partner-crl.pem': crlOf(partner),
  'anchor-in-crl.pem': crlOf(root) + certificates(root),
  'broken.pem': '-----BEGIN CERTIFICATE-----\n',
};

interface Setting {
  readonly trust: Trust;
  readonly servers: readonly VirtualServer[];
  /** How often each file was asked for. */
  readonly reads: Map<string, number>;
}

function setUp(http: string, version?: VersionText): Setting {
  const host = new MemoryHost({ 'nginx.conf': `events {} http { ${http} }` });
  const tree = expand('/work/nginx.conf', new ConfigReader(host, parseConfig));
  assert.equal(tree.notices, []);
  const files = new Map<string, PemFile>();
  const reads = new Map<string, number>();
  const read = (node: { readonly args: readonly string[] }, argument: number): PemFile | undefined => {
    const path = node.args[argument]!;
    const text = FILES[path];
    if (text === undefined) return undefined;
    if (!files.has(path)) {
      reads.set(path, (reads.get(path) ?? 0) + 1);
      files.set(path, readPem(path, Buffer.from(text, 'latin1')));
    }
    return files.get(path);
  };
  const versions = version === undefined ? NginxVersions.admitting([]) : NginxVersions.exactly(version);
  return { trust: new Trust(read, NOW, versions), servers: resolve(tree.nodes).servers, reads };
}

function acceptance(body: string, version?: VersionText): Acceptance {
  const { servers, trust } = setUp(server(body), version);
  return trust.acceptance(servers[0]!);
}

const textsOf = (found: Acceptance): readonly string[] =>
  found.kind === 'none'
    ? found.by.map(({ text }) => text)
    : found.kind === 'unknown'
      ? found.reasons.map(({ text }) => text)
      : [];

const ON = 'ssl_verify_client on;';

describe('Trust', it => {
  it('says that somebody can be accepted, in every mode that verifies', () => {
    for (const body of [
      `ssl_client_certificate root.pem; ${ON}`,
      'ssl_client_certificate chain.pem; ssl_verify_client optional; ssl_crl crls.pem;',
      'ssl_trusted_certificate root.pem; ssl_verify_client optional_no_ca;',
      // Clients of the root alone, but clients.
      `ssl_client_certificate chain.pem; ${ON} ssl_crl root-crl.pem;`,
      `ssl_client_certificate deep.pem; ${ON}`,
    ]) {
      assert.equal(acceptance(body), { kind: 'some' }, body);
    }
  });

  it('names the line that locks everybody out, and why', () => {
    const cases: readonly [body: string, texts: readonly string[]][] = [
      [
        `ssl_client_certificate issuing.pem; ${ON}`,
        ['ssl_client_certificate issuing.pem: "CN=Issuing" does not lead to a self-signed root in these files'],
      ],
      [
        `ssl_client_certificate root.pem; ${ON} ssl_crl partner-crl.pem;`,
        ['ssl_crl partner-crl.pem: no CRL of "CN=Root"'],
      ],
      [
        `ssl_client_certificate root.pem; ${ON} ssl_crl expired-crl.pem;`,
        ['ssl_crl expired-crl.pem: the CRL of "CN=Root" has expired'],
      ],
      [
        `ssl_client_certificate issuing.pem; ssl_trusted_certificate partner.pem; ${ON} ssl_crl crls.pem;`,
        [
          'ssl_client_certificate issuing.pem: "CN=Issuing" does not lead to a self-signed root in these files',
          'ssl_crl crls.pem: no CRL of "CN=Partner"',
        ],
      ],
      [
        `ssl_client_certificate broken.pem; ${ON}`,
        ['ssl_client_certificate broken.pem: nginx refuses to load it: CERTIFICATE block: no END line'],
      ],
      ['ssl_verify_client optional_no_ca;', ['ssl_verify_client optional_no_ca: no CA is configured']],
      [`ssl_client_certificate ""; ${ON}`, ['ssl_verify_client on: no CA is configured']],
      [
        `ssl_client_certificate root.pem; ${ON} ssl_conf_command VerifyCAFile issuing.pem;`,
        ['ssl_conf_command VerifyCAFile issuing.pem: "CN=Issuing" does not lead to a self-signed root in these files'],
      ],
    ];
    for (const [body, texts] of cases) {
      const found = acceptance(body);
      assert.is(found.kind, 'none', body);
      assert.equal(textsOf(found), texts, body);
    }
  });

  it('does not know where a file could not be had', () => {
    const found = acceptance(`ssl_client_certificate root.pem; ssl_trusted_certificate gone.pem; ${ON}`);
    assert.is(found.kind, 'unknown');
    assert.equal(textsOf(found), ['ssl_trusted_certificate gone.pem: the file could not be read']);
    assert.is(
      acceptance(`ssl_client_certificate root.pem; ${ON} ssl_conf_command VerifyCAPath certs;`).kind,
      'unknown',
    );
  });

  it('does not know where versions of nginx differ, and does where the version is given', () => {
    const body = `ssl_client_certificate mixed.pem; ${ON} ssl_crl partner-crl.pem;`;
    const found = acceptance(body);
    assert.is(found.kind, 'unknown');
    assert.equal(textsOf(found), ['nginx from 1.27.2 on: ssl_crl partner-crl.pem: no CRL of "CN=Root"']);
    assert.is(acceptance(body, '1.27.1').kind, 'some');
    assert.is(acceptance(body, '1.27.2').kind, 'none');
    const swapped = `ssl_client_certificate issuing.pem; ${ON} ssl_crl anchor-in-crl.pem;`;
    assert.is(acceptance(swapped, '1.28.0').kind, 'none');
    assert.is(
      acceptance(`ssl_client_certificate partner.pem; ${ON} ssl_crl anchor-in-crl.pem;`, '1.26.2').kind,
      'some',
    );
  });

  it('does not let VerifyCAFile be stopped by a CRL', () => {
    assert.is(acceptance(`ssl_client_certificate root.pem; ${ON} ssl_crl partner-crl.pem;`).kind, 'none');
    const replaced = `ssl_client_certificate root.pem; ${ON} ssl_crl partner-crl.pem; ssl_conf_command VerifyCAFile root.pem;`;
    assert.is(acceptance(replaced).kind, 'some');
  });

  it('compares servers by the CAs that they accept, not by the names of files', () => {
    const bodies = ['chain.pem', 'copy.pem', 'partner.pem', 'root.pem', 'gone.pem'].map(
      file => `ssl_client_certificate ${file}; ${ON}`,
    );
    const { servers, trust } = setUp(bodies.map((body, index) => server(body, `s${index}.test`)).join('\n'));
    const [chain, copy, other, alone, gone] = servers as [VirtualServer, ...VirtualServer[]];
    const excess = (laxer: VirtualServer, stricter: VirtualServer) =>
      trust.excessOf(laxer, stricter)?.map(({ authority, kind }) => `${authority.subject} ${kind}`);
    assert.equal(excess(chain, copy!), []);
    assert.equal(excess(copy!, chain), []);
    assert.equal(excess(other!, chain), ['CN=Partner authority']);
    assert.equal(excess(chain, other!), ['CN=Root authority', 'CN=Issuing authority']);
    // Clients of an intermediate CA may send its certificate along.
    assert.equal(excess(chain, alone!), []);
    assert.is(excess(gone!, chain), undefined);
    assert.is(excess(chain, gone!), undefined);
    const { servers: mixed, trust: byVersion } = setUp(
      server(`ssl_client_certificate mixed.pem; ${ON} ssl_crl partner-crl.pem;`, 'mixed.test') +
        server(`ssl_client_certificate partner.pem; ${ON}`, 'partner.test'),
    );
    assert.equal(
      byVersion.excessOf(mixed[0]!, mixed[1]!)!.map(({ isCertain }) => isCertain),
      [false],
    );
  });

  it('reads a bundle once and judges it once, for 10,000 servers that name it', () => {
    const count = 10_000;
    const body = `ssl_client_certificate chain.pem; ${ON} ssl_crl crls.pem;`;
    const { reads, servers, trust } = setUp(
      Array.from({ length: count }, (_, index) => server(body, `s${index}.test`)).join('\n'),
    );
    const variants = new Set(servers.map(one => trust.of(one).variants));
    assert.is(servers.length, count);
    assert.is(variants.size, 1);
    assert.equal([...reads.values()], [1, 1]);
  });

  it('agrees with the real nginx on who gets in', async () => {
    if (!requireNginx()) return;
    const bodies: readonly [body: string, ...accepted: ClientName[]][] = [
      [`ssl_client_certificate root.pem; ${ON}`, 'root'],
      [`ssl_client_certificate chain.pem; ${ON}`, 'root', 'issuing'],
      [`ssl_client_certificate issuing.pem; ${ON}`],
      [`ssl_client_certificate deep.pem; ${ON} ssl_verify_depth 2;`, 'root', 'issuing', 'department'],
      [`ssl_client_certificate deep.pem; ${ON} ssl_verify_depth 0;`, 'root'],
      [`ssl_client_certificate chain.pem; ${ON} ssl_crl root-crl.pem;`, 'root'],
      [`ssl_client_certificate chain.pem; ${ON} ssl_crl revoking-crl.pem;`, 'root'],
      [`ssl_client_certificate root.pem; ${ON} ssl_crl partner-crl.pem;`],
      [
        `ssl_client_certificate root.pem; ssl_trusted_certificate partner.pem; ${ON} ssl_crl partner-crl.pem;`,
        'partner',
      ],
      [`ssl_client_certificate mixed.pem; ${ON} ssl_crl partner-crl.pem;`, 'root'],
      [`ssl_client_certificate partner.pem; ${ON} ssl_crl anchor-in-crl.pem;`, 'root'],
      [`ssl_client_certificate root.pem; ${ON} ssl_conf_command VerifyCAFile partner.pem;`, 'partner'],
    ];
    for (const [body, ...accepted] of bodies) {
      const clients = Object.keys(CLIENTS) as ClientName[];
      const answers = Object.fromEntries(clients.map(name => [name, accepted.includes(name) ? '200 SUCCESS' : '400']));
      await checkWithNginx({ http: server(body), files: FILES, answers });
      const { servers, trust } = setUp(server(body), '1.22.1');
      const ours = trust.of(servers[0]!).variants[0]!.accepted.map(({ authority }) => authority.subject.text);
      const theirs = accepted.map(name => `CN=${name[0]!.toUpperCase()}${name.slice(1)}`);
      assert.equal([...ours].sort(), [...theirs].sort(), body);
      assert.is(trust.acceptance(servers[0]!).kind, accepted.length > 0 ? 'some' : 'none', body);
    }
  });
});

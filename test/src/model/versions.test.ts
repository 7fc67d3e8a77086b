import * as assert from 'uvu/assert';
import { parseConfig } from '../../../grammar/index.js';
import { expand } from '../../../src/config/expand.js';
import { ConfigReader } from '../../../src/config/reader.js';
import { everyDirective } from '../../../src/lint/rule-run.js';
import { isVersion, NginxVersions } from '../../../src/model/versions.js';
import { MemoryHost } from '../../support/memory-host.js';
import { describe } from '../../support/suite.js';

function admitted(http: string): NginxVersions {
  return admittedBy(`events {} http { ${http} }`);
}

function admittedBy(text: string): NginxVersions {
  const host = new MemoryHost({ 'nginx.conf': text });
  const tree = expand('/work/nginx.conf', new ConfigReader(host, parseConfig));
  return NginxVersions.admitting(everyDirective(tree.nodes));
}

const VULNERABLE = [
  { from: '1.11.4', below: '1.26.3' },
  { from: '1.27.0', below: '1.27.4' },
] as const;

describe('NginxVersions', it => {
  it('takes the version that the user named, whatever the directives', () => {
    for (const [version, expected] of [
      ['1.11.3', 'none'],
      ['1.11.4', 'all'],
      ['1.22.1', 'all'],
      ['1.26.2', 'all'],
      ['1.26.3', 'none'],
      ['1.27.3', 'all'],
      ['1.27.4', 'none'],
      ['1.100.0', 'none'],
    ] as const) {
      assert.is(NginxVersions.exactly(version).within(...VULNERABLE), expected, version);
    }
  });

  it('admits every version where no directive speaks against one', () => {
    const versions = admitted('server { listen 443 ssl; ssl_verify_client on; }');
    assert.equal(versions.range, { from: undefined, below: undefined });
    assert.is(versions.within(...VULNERABLE), 'some');
    assert.is(versions.within({ from: undefined, below: undefined }), 'all');
    assert.is(versions.within(), 'none');
  });

  it('is narrowed by what the part of the configuration knows of a directive', () => {
    const range = (text: string) => admittedBy(`events {} ${text}`).range;
    const named = { from: '1.25.5', below: undefined };
    assert.equal(range('stream { server { listen 1; server_name a.test; } }'), named);
    assert.equal(range('http {} stream { server { listen 1 ssl default_server; } }'), named);
    assert.equal(range('stream { ssl_reject_handshake on; }'), named);
    assert.equal(range('stream { ssl_ocsp on; }'), { from: '1.27.2', below: undefined });
    const any = { from: undefined, below: undefined };
    assert.equal(range('http { server { listen 1 default_server; server_name a.test; } }'), any);
    assert.equal(range('mail { server { listen 1; server_name a.test; } }'), any);
    assert.equal(range('stream { server { listen 1; } } http { server { server_name a.test; ssl_ocsp on; } }'), any);
    assert.equal(range('server { server_name a.test; }'), any);
  });

  it('is narrowed by directives that came or went', () => {
    assert.equal(admitted('server { listen 443; ssl on; }').range, { from: undefined, below: '1.25.1' });
    assert.equal(admitted('server { listen 443 ssl; http2 on; }').range, { from: '1.25.1', below: undefined });
    assert.equal(admitted('server { listen 443 quic; }').range, { from: '1.25.0', below: undefined });
    assert.equal(admitted('ssl_protocols TLSv1.2 TLSv1.3;').range, { from: '1.13.0', below: undefined });
    assert.is(admitted('ssl_protocols TLSv1.3; server { ssl on; }').within(...VULNERABLE), 'all');
    const old = admitted('server { listen 443; ssl on; }');
    assert.is(old.within({ from: '1.27.2', below: undefined }), 'none');
    assert.is(old.within({ from: undefined, below: '1.27.2' }), 'all');
    const recent = admitted('ssl_certificate_compression on;');
    assert.equal(recent.range, { from: '1.29.1', below: undefined });
    assert.is(recent.within(...VULNERABLE), 'none');
    assert.is(recent.within({ from: '1.29.2', below: undefined }), 'some');
    assert.is(recent.within({ from: '1.27.4', below: undefined }), 'all');
  });

  it('admits every version where no single one has all directives', () => {
    assert.equal(admitted('server { ssl on; http2 on; }').range, { from: undefined, below: undefined });
  });

  it('knows what a version looks like', () => {
    for (const text of ['1.27.4', '0.8.55', '1.0.15']) assert.ok(isVersion(text), text);
    for (const text of ['1.27', '1.27.4.1', 'v1.27.4', '1.27.x', '', '1.27.4 ', '99999.1.1']) {
      assert.not.ok(isVersion(text), text);
    }
  });
});

import * as assert from 'uvu/assert';
import type { Verdict } from '../../../src/analysis/access.js';
import { analyse } from '../../../src/analysis/analyse.js';
import { analyseStream } from '../../../src/analysis/analyse-stream.js';
import type { Session, TlsChoice } from '../../../src/analysis/request.js';
import { modelOf } from '../../support/differential.js';
import { mainFile } from '../../support/nginx.js';
import { streamFile, streamModelOf } from '../../support/stream-laboratory.js';
import { describe } from '../../support/suite.js';

const PIN = '0a'.repeat(20);

/** A verdict with what its witness tells of the certificate. */
function told(verdict: Verdict<Session>): string {
  if (!('witness' in verdict)) return verdict.verdict;
  const { fingerprint, isOrdinary, serial, subject } = verdict.witness.request.tls ?? ({} as Partial<TlsChoice>);
  const conditions =
    verdict.verdict === 'conditional' ? verdict.conditions.map(({ kind, text }) => `${kind}: ${text}`) : [];
  const parts = [subject, serial, fingerprint, isOrdinary && 'ordinary'].filter(Boolean);
  return [verdict.verdict, ...conditions, ...parts].join(' ');
}

/** What clients with a certificate get from a server with these lines, under optional_no_ca. */
function untrusted(lines: string, maps = ''): string {
  const model = modelOf(
    mainFile(`${maps} server { listen 443 ssl; server_name a.test; ssl_certificate a.pem; ssl_certificate_key a.key;
      ssl_verify_client optional_no_ca; ${lines} location / { proxy_pass http://b; } }`),
  );
  const row = analyse(model).rows.find(({ site }) => site.content === 'proxy_pass')!;
  return told(row.access.untrusted);
}

describe('contents of certificates', it => {
  it("are a serial number of the client's choice", () => {
    assert.is(untrusted('if ($ssl_client_serial != 01AB) { return 403; }'), 'reached 01AB');
    assert.is(untrusted('if ($ssl_client_serial != 0x1) { return 403; }'), 'refused');
    assert.is(
      untrusted(
        'if ($ssl_client_serial != 0C) { return 403; } if ($ssl_client_i_dn !~ ^CN=[c]+$) { return 403; } if ($ssl_client_s_dn_legacy != /CN=cc) { return 403; }',
      ),
      'reached CN=cc 0C',
    );
  });

  it('are a name in either form', () => {
    assert.is(untrusted('if ($ssl_client_s_dn_legacy != /O=b/CN=a) { return 403; }'), 'reached CN=a,O=b');
    assert.is(untrusted('if ($ssl_client_i_dn_legacy !~ ^/O=b/CN=a$) { return 403; }'), 'reached CN=a,O=b');
    assert.is(
      untrusted(
        'if ($ssl_client_s_dn_legacy != /O=b/CN=a) { return 403; } if ($ssl_client_s_dn != CN=b) { return 403; }',
      ),
      'unknown',
    );
  });

  it('are a fingerprint that one certificate has', () => {
    const pinned = `conditional pinned-certificate: if ($ssl_client_fingerprint != ${PIN}) ${PIN}`;
    assert.is(untrusted(`if ($ssl_client_fingerprint != ${PIN}) { return 403; }`), pinned);
    assert.is(
      untrusted(
        'if ($ok = 0) { return 403; }',
        `map $ssl_client_fingerprint $ok { default 0; ~^(${PIN}|${'0b'.repeat(20)})$ 1; }`,
      ),
      `conditional pinned-certificate: map $ssl_client_fingerprint $ok ${PIN}`,
    );
    // nginx writes small letters.
    assert.is(untrusted(`if ($ssl_client_fingerprint != ${PIN.toUpperCase()}) { return 403; }`), 'refused');
    // The one way needs the certificate, and the other one none.
    assert.is(untrusted(`if ($ssl_client_fingerprint = ${PIN}) { set $same 1; }`, ''), 'reached ordinary');
  });

  it('are whatever they are, where all of them do', () => {
    for (const condition of [
      '$ssl_client_cert = ""',
      '$ssl_client_raw_cert !~ "^-----BEGIN CERTIFICATE"',
      '$ssl_client_escaped_cert !~ "^-----BEGIN%20CERTIFICATE"',
      '$ssl_client_v_start !~ " GMT$"',
      '$ssl_client_v_end = ""',
      '$ssl_client_v_remain = 0',
      '$ssl_client_fingerprint = ""',
      `$ssl_client_fingerprint = ${PIN}`,
    ]) {
      assert.is(untrusted(`if (${condition}) { return 403; }`), 'reached ordinary', condition);
    }
  });

  it('are not decided where only some do', () => {
    for (const condition of [
      '$ssl_client_cert !~ MIIC',
      '$ssl_client_v_end !~ 2027',
      '$ssl_client_v_remain !~ ..',
      '$ssl_client_fingerprint !~ ^0a',
      '$ssl_client_fingerprint !~ ^[def]',
      '$ssl_client_fingerprint != $arg_x',
    ]) {
      assert.match(untrusted(`if (${condition}) { return 403; }`), /^unknown/, condition);
    }
  });

  it('decide in stream as well', () => {
    const of = (map: string): string => {
      const model = streamModelOf(
        streamFile(`${map} server { listen 8883 ssl; ssl_certificate a.pem; ssl_certificate_key a.key;
          ssl_verify_client optional_no_ca; proxy_pass $up; }`),
      );
      return told(analyseStream(model).rows[0]!.access.untrusted);
    };
    assert.is(of('map $ssl_client_serial $up { 01AB 127.0.0.1:1; }'), 'reached 01AB');
    assert.is(
      of(`map $ssl_client_fingerprint $up { ${PIN} 127.0.0.1:1; }`),
      `conditional pinned-certificate: map $ssl_client_fingerprint $up ${PIN}`,
    );
    assert.is(of('map $ssl_client_v_end $up { "" ""; default 127.0.0.1:1; }'), 'reached ordinary');
  });
});

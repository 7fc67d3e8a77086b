/** What the rules about trust say of servers of http they say of servers of stream, and the real nginx does the same there. */
import * as assert from 'uvu/assert';
import { TRUST_CASES } from '../../fixtures/rules/trust.js';
import { requireStream } from '../../support/stream-laboratory.js';
import { describe } from '../../support/suite.js';
import { checkWithNginx, findingsOfRule, type Situation, server, streamTwin } from '../../support/trust-laboratory.js';

/** What the servers are called: without names by their places. */
const NAMES = /server (?:[a-z]+\.test|at [^\s;:]+:\d+)|(?:at )?nginx\.conf:\d+|[a-z]+\.test/g;

/** Cases in which stream differs, which tests below show. */
const OTHERWISE = /also where nobody is verified|VerifyMode (?:Require|Peer)/;

for (const [rule, cases] of Object.entries(TRUST_CASES)) {
  const alike = cases.filter(({ title }) => !OTHERWISE.test(title));
  const twins = alike.flatMap(({ accepted, flagged, title }) => {
    const [bad, good] = [streamTwin(flagged), streamTwin(accepted)];
    return bad === undefined || good === undefined ? [] : [{ title, flagged, bad, good }];
  });
  if (twins.length === 0) continue;
  describe(`${rule} in stream`, it => {
    for (const { bad, flagged, good, title } of twins) {
      it(`flags ${title}`, async () => {
        const [ofHttp, ofStream] = [await findingsOfRule(rule, flagged), await findingsOfRule(rule, bad)];
        const told = (findings: typeof ofHttp) =>
          findings.map(({ level, message }) => `${level}: ${message.replace(NAMES, 'server')}`);
        assert.equal(told(ofStream), told(ofHttp));
        assert.equal(told(await findingsOfRule(rule, good)), []);
        if (!requireStream()) return;
        for (const situation of [bad, good]) {
          const { answers = {}, refusal } = situation;
          if (Object.keys(answers).length > 0 || refusal !== undefined) await checkWithNginx(situation);
        }
      });
    }
  });
}

/** A server of stream that tells the verdict. */
function telling(body: string): string {
  return server(body)
    .replace(/server_name [^;]+;/, '')
    .replace('return 200 ', 'return ');
}

describe('trust in stream where it differs from http', it => {
  const BROKEN = {
    http: telling('ssl_crl list.pem;'),
    files: { 'list.pem': 'no CRL' },
  };

  it('reads a CRL without verification since 1.27.2 only', async () => {
    const stream: Situation = { ...BROKEN, isStream: true };
    assert.equal(await findingsOfRule('unusable-crl', stream), []);
    assert.equal(await findingsOfRule('unusable-crl', { ...stream, version: '1.22.1' }), []);
    assert.is((await findingsOfRule('unusable-crl', { ...stream, version: '1.28.0' })).length, 1);
    if (!requireStream()) return;
    await checkWithNginx({ ...stream, answers: { none: 'NONE' } });
  });

  it('ends the handshake of a certificate that VerifyMode asks for and that does not verify', async () => {
    const stream: Situation = {
      isStream: true,
      http: BROKEN.http.replace('ssl_crl list.pem', 'ssl_conf_command VerifyMode Peer'),
      answers: { none: 'NONE', partner: 'alert' },
    };
    const [finding] = await findingsOfRule('overridden-verification', stream);
    assert.match(finding!.message, /nginx before 1\.27\.2 ends the handshake/);
    if (!requireStream()) return;
    await checkWithNginx(stream);
  });

  it('closes connections for an error that optional_no_ca does not let pass', async () => {
    if (!requireStream()) return;
    const answers = { none: 'NONE', partner: 'FAILED:unable to verify the first certificate', root: 'SUCCESS' };
    const http = telling('ssl_client_certificate root.pem; ssl_verify_client optional_no_ca;');
    await checkWithNginx({ isStream: true, http, answers: { ...answers, self: 'FAILED:self-signed certificate' } });
    const listed = http.replace('ssl_verify_client', 'ssl_crl crl.pem; ssl_verify_client');
    await checkWithNginx({ isStream: true, http: listed, answers: { ...answers, self: 'none' } });
  });

  it('asks for no certificate over TLS 1.3 where VerifyMode puts the question off', async () => {
    if (!requireStream()) return;
    const command = 'ssl_client_certificate root.pem; ssl_verify_client optional; ssl_conf_command VerifyMode';
    for (const [protocol, none, root] of [
      ['TLSv1.2', 'alert', 'SUCCESS'],
      ['TLSv1.3', 'NONE', 'NONE'],
    ] as const) {
      const http = telling(`ssl_protocols ${protocol}; ${command} RequirePostHandshake;`);
      await checkWithNginx({ isStream: true, http, answers: { none, root } });
    }
  });
});

import * as assert from 'uvu/assert';
import { cases, idioms } from '../fixtures/rules/weaker-default-policy.js';
import { accepts, describeCases, flags, PREAMBLE, site } from '../support/lint.js';

describeCases('weaker-default-policy', cases, idioms, it => {
  it('makes one finding of all that one default server opens', async () => {
    const partner =
      'server { server_name partner.test; ssl_client_certificate other-ca.pem; ssl_verify_client on; location / { proxy_pass http://127.0.0.1:8081; }\nlisten 443 ssl default_server; # expect: weaker-default-policy\n}';
    const servers = Array.from({ length: 30 }, (_, index) =>
      site('on', 'location / { proxy_pass http://app; }').replace('app.test', `s${index}.test`),
    );
    const [found] = await flags(`${PREAMBLE}${partner}\n${servers.join('\n')}`);
    const places = found!.related.filter(({ text }) => text === 'reached with a certificate of another CA');
    assert.is(places.length, 30);
    assert.match(found!.message, /location \/ and 29 more of server s0\.test, because/);
  });

  it('shows a request without SNI, with a certificate of the CA that is accepted', async () => {
    const [found] = await flags(PREAMBLE + cases[0]!.flagged);
    assert.is(
      found!.message,
      'without SNI, clients with a certificate of other-ca.pem get to location / of server app.test, because default server partner.test of *:443 accepts them',
    );
    assert.equal(found!.witness!.request.tls, {
      serverName: null,
      certificate: 'untrusted',
      issuer: 'other-ca.pem',
    });
  });

  it('known limit: does not compare depths where the files cannot be read', async () => {
    await accepts(
      PREAMBLE + cases[0]!.accepted.replace('443 ssl default_server;', '443 ssl default_server; ssl_verify_depth 5;'),
    );
  });
});

import * as assert from 'uvu/assert';
import { cases } from '../fixtures/rules/ineffective-verify-check.js';
import { accepts, flags, GUARD, verifyingServer } from '../support/lint.js';
import { describe } from '../support/suite.js';

const PASS = 'proxy_pass http://127.0.0.1:8080;';

describe('ineffective-verify-check', it => {
  for (const { title, flagged, accepted } of cases) {
    it(`flags ${title}`, async () => {
      await flags(flagged);
    });
    it(`accepts the repair of ${title}`, async () => {
      await accepts(accepted);
    });
  }

  it('says of each check why it does not hold', async () => {
    const reasons: string[] = [];
    for (const { flagged } of cases) {
      const found = (await flags(flagged)).find(({ rule }) => rule === 'ineffective-verify-check')!;
      assert.match(
        found.message,
        /^this check lets clients without a verified certificate get to .* of server app\.test: /,
      );
      reasons.push(found.message.replace(/^.*server app\.test: /, ''));
    }
    assert.equal(reasons, [
      'the value is FAILED with a reason here, not NONE',
      'the value is NONE here, not FAILED',
      'the value is NONE, and any text but 0 is true',
      'if before it ends the program first',
      'rewrite before it ends the program first',
      "limit_except takes POST away before the location's program runs",
      'a nested location does not inherit it',
      'with the value NONE it does not refuse',
      'it decides only for verified clients, and nothing refuses the others',
      'the value is FAILED with a reason here, not NONE',
      'with the value FAILED with a reason it does not refuse',
    ]);
  });

  it('makes one finding of a check that lets clients by to many places', async () => {
    const locations = Array.from({ length: 30 }, (_, index) => `location /${index}/ { ${PASS} }`).join('\n');
    const check = 'if ($ssl_client_verify = NONE) { return 403; } # expect: ineffective-verify-check';
    const [found] = await flags(
      verifyingServer('optional_no_ca', `${check}\n${locations}\nlocation / { return 404; }`),
    );
    assert.is(found!.related.length, 30);
    assert.match(found!.message, /location \/0\/ and 29 more of server app\.test/);
  });

  it('stays an error where the back end is told, for somebody relies on the check', async () => {
    await flags(
      verifyingServer(
        'optional',
        `location / {\nif ($uri ~ ^/open) { break; }\n${GUARD} # expect: ineffective-verify-check\nproxy_set_header V $ssl_client_verify; ${PASS} }`,
      ),
    );
  });

  it('points at the check that decides, not at one that sets a flag for it', async () => {
    await flags(
      verifyingServer(
        'optional',
        `location / {\nset $ok 0;\nif ($ssl_client_verify = SUCCESS) { set $ok 1; }\nif ($uri = /open) { set $ok 1; }\nif ($ok = 0) { return 403; } # expect: ineffective-verify-check\n${PASS} }`,
      ),
    );
  });

  it('says that an answer in an if comes before the check', async () => {
    const [found] = await flags(
      verifyingServer(
        'optional',
        `location / {\nif ($uri = /who) { return 200 "hello $remote_addr"; }\n${GUARD} # expect: ineffective-verify-check\n${PASS} }`,
      ),
    );
    assert.match(found!.message, /: if before it ends the program first$/);
  });

  it('is a note for content that is open by nature', async () => {
    const inner = 'location = /robots.txt { root site; }';
    await flags(
      verifyingServer(
        'optional',
        `location / {\n${GUARD} # expect: ineffective-verify-check note\n${PASS}\n${inner} }`,
      ),
    );
  });

  const idioms: readonly [title: string, config: string][] = [
    ['a guard in the server', verifyingServer('optional', `${GUARD}\nlocation / { ${PASS} location /a { ${PASS} } }`)],
    [
      'verdict maps two deep',
      `map $ssl_client_verify $ok { SUCCESS 1; default 0; } map $ok $deny { 1 0; default 1; }
${verifyingServer('optional', `if ($deny) { return 403; }\nlocation / { ${PASS} }`)}`,
    ],
    [
      'a map of verdict and subject',
      `map "$ssl_client_verify:$ssl_client_s_dn" $admin { "SUCCESS:CN=alice" 1; "~^SUCCESS:CN=bob(,|$)" 1; default 0; }
${verifyingServer('optional', `if ($admin = 0) { return 403; }\nlocation / { ${PASS} }`)}`,
    ],
    [
      'a guard through flags of set',
      verifyingServer(
        'optional',
        `location / { set $flag "";\nif ($ssl_client_verify != SUCCESS) { set $flag N; }\nif ($request_method = POST) { set $flag "\${flag}P"; }\nif ($flag ~ N) { return 403; } ${PASS} }`,
      ),
    ],
    [
      'a redirect instead of a refusal',
      verifyingServer('optional', `location / { if ($ssl_client_verify != SUCCESS) { return 302 /enrol; } ${PASS} }`),
    ],
    [
      'verification that is on, and a plain listener that redirects',
      `server { listen 80; server_name app.test; return 301 https://$host$request_uri; }
${verifyingServer('on', `location / { ${PASS} }`)}`,
    ],
  ];
  for (const [title, config] of idioms) {
    it(`accepts ${title}`, async () => {
      await accepts(config);
    });
  }
});

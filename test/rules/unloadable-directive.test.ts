import * as assert from 'uvu/assert';
import { accepts, findingsOf, flags } from '../support/lint.js';
import { describe } from '../support/suite.js';

const HERE = '# expect: unloadable-directive';
const PASS = 'proxy_pass http://127.0.0.1:8080;';
const server = (content: string): string =>
  `server { listen 80; server_name app.test;\n${content}\nlocation / { ${PASS} } }`;

describe('unloadable-directive', it => {
  const cases: readonly [title: string, flagged: string, accepted: string][] = [
    ['a misspelt directive', 'proxy_set_headers A b;', 'proxy_set_header A b;'],
    ['a directive in a place where it is not allowed', 'proxy_pass http://127.0.0.1:8080;', 'proxy_read_timeout 5s;'],
    ['a setting without its argument', 'ssl_verify_client;', 'ssl_verify_client off;'],
    ['a setting with too many arguments', 'ssl_verify_client off off;', 'ssl_verify_depth 3;'],
    ['protocols in a location', 'location /a { ssl_protocols TLSv1.3; }', 'location /a { return 404; }'],
  ];
  for (const [title, flagged, accepted] of cases) {
    it(`flags ${title}`, async () => {
      await flags(server(`${flagged} ${HERE}`));
    });
    it(`accepts the repair of ${title}`, async () => {
      await accepts(server(accepted));
    });
  }

  it('suggests the directive that is meant', async () => {
    const [found] = await findingsOf(server('proxy_set_headers A b;'));
    assert.is(found!.help, 'Write proxy_set_header, if that is what is meant.');
  });

  it('says where a misplaced directive is allowed', async () => {
    const [found] = await findingsOf(server('location /a { ssl_protocols TLSv1.3; }'));
    assert.match(found!.help, /^It is allowed in .*server/);
  });

  it('leaves misplaced and misspelt client verification to misplaced-verification', async () => {
    for (const wrong of ['location /a { ssl_verify_client off; }', 'ssl_verify_clients on;', 'ssl_client_verify on;']) {
      await flags(server(`${wrong} # expect: misplaced-verification`));
    }
  });

  it('accepts a directive that another module may have', async () => {
    await accepts(server('unheard_of_directive on;'));
  });

  it('names the place where a setting was written before', async () => {
    const [found] = await flags(server(`ssl_verify_depth 1;\nssl_verify_depth 2; ${HERE}`));
    assert.equal(
      found!.related.map(({ text }) => text),
      ['written here before'],
    );
  });
});

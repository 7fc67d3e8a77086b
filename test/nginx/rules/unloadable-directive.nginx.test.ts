import * as assert from 'uvu/assert';
import { accepts, flags } from '../../support/rule-laboratory.js';
import { describe } from '../../support/suite.js';

const HERE = '# expect: unloadable-directive';

describe('unloadable-directive', it => {
  it('flags a misspelt directive and says what is meant', async () => {
    const [finding] = await flags(`server { listen 80; ssl_session_ticket on; ${HERE}\n}`, { loads: false });
    assert.is(finding!.help, 'Write ssl_session_tickets, if that is what is meant.');
    await accepts('server { listen 80; location / { return 403; } }');
  });

  it('flags a directive in a place where it is not allowed', async () => {
    const flagged = `server { listen 443 ssl; location / { return 403;\nssl_session_tickets on; ${HERE}\n} }`;
    const [finding] = await flags(flagged, { loads: false });
    assert.match(finding!.help, /^It is allowed in .*server/);
    await accepts('server { listen 443 ssl; ssl_session_tickets on; location / { return 403; } }');
  });

  it('flags too many arguments', async () => {
    await flags(`server { listen 443 ssl; return 403;\nssl_verify_client on off; ${HERE}\n}`, { loads: false });
    await accepts('server { listen 443 ssl; ssl_verify_client on; return 403; }');
  });

  it('flags a directive that is written twice', async () => {
    const flagged = `server { listen 443 ssl; return 403; ssl_verify_depth 1;\nssl_verify_depth 2; ${HERE}\n}`;
    await flags(flagged, { loads: false });
    await accepts('server { listen 443 ssl; return 403; ssl_verify_depth 2; }');
  });
});

import * as assert from 'uvu/assert';
import { requireNginx } from './nginx.js';
import { accepts, flags } from './rule-laboratory.js';
import { describe } from './suite.js';

const server = (location: string) => `server { listen 443 ssl; ssl_verify_client optional;\n${location}\n}`;
const OPEN = 'location / { proxy_pass http://app; }';
const CLOSED = 'location / { return 403; }';
const HERE = '# expect: unverified-location';

async function failure(outcome: Promise<unknown>): Promise<string> {
  try {
    await outcome;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  throw new Error('it does not fail');
}

describe('lint helpers', it => {
  it('fail on a missing finding, an extra one, one of another level and none expected', async () => {
    assert.match(await failure(flags(server(`${CLOSED} ${HERE}`))), /equal|return 403/);
    assert.match(await failure(accepts(server(OPEN))), /also answers clients/);
    assert.match(await failure(flags(server(`${OPEN} ${HERE} note`))), /also answers clients/);
    assert.match(await failure(flags(server(OPEN))), /no line says/);
    assert.match(await failure(flags(server(`${OPEN} # expect: unverified`))), /no rule/);
  });

  it('fail on a snippet that nginx refuses, and on one that serves what it should refuse', async () => {
    if (!requireNginx()) return;
    assert.match(await failure(accepts('server { listen 80; allow nonsense; return 403; }')), /nginx did not start/);
    const findings = await flags(server(`${OPEN} ${HERE}`));
    const verifiesNobody = 'server { listen 443 ssl; location / { proxy_pass http://app; } }';
    assert.match(await failure(accepts(verifiesNobody, findings)), /200 OK/);
    assert.match(await failure(flags(server(`${OPEN} ${HERE}`), { loads: false })), /nginx loads/);
  });
});

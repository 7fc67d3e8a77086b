import * as assert from 'uvu/assert';
import inertVerification from '../../rules/inert-verification.js';
import { Scope } from '../../src/model/scope.js';
import type { Rule } from '../../src/rule.js';
import { TRUST_CASES } from '../fixtures/rules/trust.js';
import { runMain } from '../support/memory-io.js';
import { describe } from '../support/suite.js';
import { checkCase } from '../support/trust-laboratory.js';

const RULE = 'inert-verification';

/** How often the rule looks at a row of the access table or up a setting, in a configuration of so many servers. */
async function workFor(count: number): Promise<number> {
  const servers = Array.from({ length: count }, (_, index) =>
    [
      // Checks where nobody on the socket verifies, and verification without TLS, are judged server by server.
      `server { listen 443 ssl; server_name a${index}.test; ssl_certificate s; ssl_certificate_key k; location / { if ($ssl_client_verify != SUCCESS) { return 403; } proxy_pass http://b; } }`,
      `server { listen 80; server_name b${index}.test; ssl_verify_client on; return 301 https://a${index}.test; }`,
    ].join('\n'),
  );
  const text = `http { map $ssl_client_verify $v { SUCCESS 1; } ${servers.join('\n')} }`;
  let work = 0;
  const counted = <Item>(list: readonly Item[]): readonly Item[] =>
    new Proxy(list, {
      get: (target, key, receiver) => {
        work += 1;
        return Reflect.get(target, key, receiver);
      },
    });
  const rule: Rule = {
    ...inertVerification,
    check: context => {
      const { effective, setting } = Scope.prototype;
      Scope.prototype.effective = function (...names) {
        work += 1;
        return effective.call(this, ...names);
      };
      Scope.prototype.setting = function (name) {
        work += 1;
        return setting.call(this, name);
      };
      try {
        inertVerification.check({ ...context, access: { ...context.access, rows: counted(context.access.rows) } });
      } finally {
        Object.assign(Scope.prototype, { effective, setting });
      }
    },
  };
  const { code, stdout } = await runMain(['--format', 'json', 'nginx.conf'], { 'nginx.conf': text }, { rules: [rule] });
  assert.is(code, 1);
  assert.is(JSON.parse(stdout).findings.length, 2 * count + 1);
  return work;
}

describe(RULE, it => {
  for (const one of TRUST_CASES[RULE]!) it(`flags ${one.title}`, () => checkCase(RULE, one).then(() => undefined));

  it('does four times the work for four times the servers of one address', async () => {
    const [few, many] = [await workFor(10), await workFor(40)];
    assert.ok(many <= 4.5 * few, `${few} and ${many} steps`);
  });
});

import * as assert from 'uvu/assert';
import { requireNginx } from '../../support/nginx.js';
import { findingsFor, plainGet, withLaboratory } from '../../support/proxy-laboratory.js';
import { describe } from '../../support/suite.js';

const RULE = 'shared-upstream-identity';

const shows = (name: string, prefix = 'proxy') =>
  `${prefix}_ssl_certificate ${name}.pem; ${prefix}_ssl_certificate_key ${name}.key;`;
const PROXY = shows('proxy');
const REPORTS = shows('reports-proxy');
const OFF = 'proxy_ssl_session_reuse off;';
const OPEN = 'proxy_http_version 1.1; proxy_set_header Connection "";';
const verifies = (authority: string, name = 'localhost') =>
  `proxy_ssl_verify on; proxy_ssl_trusted_certificate ${authority}; proxy_ssl_name ${name};`;
const RIGHT = verifies('backend-ca.pem');
const ADDRESS = 'https://127.0.0.1:9443';
const GROUP = 'upstream a { server 127.0.0.1:9443; }';
const KEEPING = 'upstream a { server 127.0.0.1:9443; keepalive 4; }';

/** Two locations, `/1` and `/2`. */
const two = (first: string, second: string, targets: readonly string[] = [ADDRESS], upstreams = '') =>
  `${upstreams} server { listen 80; server_name app.test;
    location /1 { ${first} proxy_pass ${targets[0]}; } location /2 { ${second} proxy_pass ${targets.at(-1)}; } }`;
/** One location whose certificate an argument names. */
const one = (settings: string, target = ADDRESS, upstreams = '') =>
  `${upstreams} map $arg_as $file { default ""; ~. $arg_as.pem; } map $arg_as $key { default ""; ~. $arg_as.key; }
  server { listen 80; server_name app.test; location / { ${settings} proxy_pass ${target};
    proxy_ssl_certificate $file; proxy_ssl_certificate_key $key; } }`;
const NAMES = ['/?as=proxy', '/?as=reports-proxy', '/'];

/** A snippet, and whether answers to one request depend on other requests. */
type Situation = readonly [title: string, isShared: boolean, snippet: string, targets?: readonly string[]];

const SITUATIONS: readonly Situation[] = [
  ['different certificates, one address', true, two(PROXY, REPORTS)],
  ['the same certificate', false, two(PROXY, PROXY)],
  [
    'one certificate, by a command in the place of another',
    false,
    two(PROXY, `${REPORTS} proxy_ssl_conf_command Certificate proxy.pem; proxy_ssl_conf_command PrivateKey proxy.key;`),
  ],
  ['a certificate and none', true, two(PROXY, '')],
  ['different certificates, sessions kept by neither', false, two(PROXY + OFF, REPORTS + OFF)],
  ['different certificates, sessions kept by one', false, two(PROXY + OFF, REPORTS)],
  ['different certificates, one address with different paths', true, two(PROXY, REPORTS, [ADDRESS, `${ADDRESS}/x/`])],
  ['different certificates, two addresses', false, two(PROXY, REPORTS, [ADDRESS, 'https://localhost:9443'])],
  ['different certificates, one upstream', true, two(PROXY, REPORTS, ['https://a'], GROUP)],
  [
    'different certificates, one upstream with a zone',
    true,
    two(PROXY, REPORTS, ['https://a'], GROUP.replace('{', '{ zone a 64k;')),
  ],
  [
    'different certificates, an upstream each',
    false,
    two(PROXY, REPORTS, ['https://a', 'https://b'], `${GROUP} ${GROUP.replace(' a ', ' b ')}`),
  ],
  ['different certificates, an upstream and its address', false, two(PROXY, REPORTS, ['https://a', ADDRESS], GROUP)],
  [
    'different certificates, an upstream named in another case',
    true,
    two(PROXY, REPORTS, ['https://a', 'https://A'], GROUP),
  ],
  ['different certificates, the path in a variable', true, two(PROXY, REPORTS, ['https://a$request_uri'], GROUP)],
  [
    'different certificates, the scheme in a variable',
    true,
    two(`set $s https; ${PROXY}`, `set $s https; ${REPORTS}`, ['$s://a'], GROUP),
  ],
  [
    'different certificates, one address that only variables name',
    false,
    two(`set $x y; ${PROXY}`, `set $x y; ${REPORTS}`, [`${ADDRESS}/$x`]),
  ],
  [
    'different certificates, one address that a variable names, too',
    true,
    two(PROXY, `set $x y; ${REPORTS}`, [ADDRESS, `${ADDRESS}/$x`]),
  ],
  [
    'different certificates, connections kept by nobody',
    false,
    two(PROXY + OFF, REPORTS + OFF, ['https://a'], KEEPING),
  ],
  [
    'different certificates, connections kept by both',
    true,
    two(PROXY + OFF + OPEN, REPORTS + OFF + OPEN, ['https://a'], KEEPING),
  ],
  [
    'different certificates, connections kept by one',
    true,
    two(PROXY + OFF, REPORTS + OFF + OPEN, ['https://a'], KEEPING),
  ],
  [
    'different certificates, connections that the proxy closes',
    false,
    two(`${PROXY + OFF}proxy_http_version 1.1;`, REPORTS + OFF, ['https://a'], KEEPING),
  ],
  [
    'different certificates, old connections kept',
    true,
    two(`${PROXY + OFF}proxy_set_header Connection keep-alive;`, REPORTS + OFF, ['https://a'], KEEPING),
  ],
  [
    'different certificates, old connections not kept',
    false,
    two(`${PROXY + OFF}proxy_set_header Connection "";`, REPORTS + OFF, ['https://a'], KEEPING),
  ],
  ['one location, a certificate for each request', true, one(''), NAMES],
  ['one location, a certificate for each request, no sessions', false, one(OFF), NAMES],
  [
    'one location, a certificate for each request, connections kept',
    true,
    one(OFF + OPEN, 'https://a', KEEPING),
    NAMES,
  ],
  ['one location, an address that only variables name', false, one('set $x y;', `${ADDRESS}/$x`), NAMES],
  ['verified and not', true, two('', RIGHT)],
  ['verified and not, sessions kept by neither', false, two(OFF, RIGHT + OFF)],
  ['verified alike', false, two(RIGHT, RIGHT)],
  ['verified with other CAs', true, two(RIGHT, verifies('other-ca.pem'))],
  ['verified with other CAs, sessions kept by neither', false, two(RIGHT + OFF, verifies('other-ca.pem') + OFF)],
  ['verified for another name', false, two(RIGHT, verifies('backend-ca.pem', 'other.test'))],
  [
    'verified for another name, connections kept',
    true,
    two(RIGHT + OPEN, verifies('backend-ca.pem', 'other.test') + OPEN, ['https://a'], KEEPING),
  ],
  [
    'verified and not, connections kept',
    true,
    two(OFF + OPEN, verifies('other-ca.pem') + OFF + OPEN, ['https://a'], KEEPING),
  ],
  [
    'two modules, one address',
    true,
    `server { listen 80; server_name app.test; location /1 { ${PROXY} proxy_pass ${ADDRESS}; }
      location /2 { ${shows('reports-proxy', 'grpc')} grpc_pass grpcs://127.0.0.1:9443; } }`,
  ],
  [
    'one address by uwsgi',
    true,
    `server { listen 80; server_name app.test; uwsgi_param A b; location /1 { ${shows('proxy', 'uwsgi')} uwsgi_pass suwsgi://127.0.0.1:9443; }
      location /2 { uwsgi_pass suwsgi://127.0.0.1:9443; } }`,
  ],
  [
    'grpc without sessions, connections kept',
    true,
    `${KEEPING} server { listen 80; server_name app.test; grpc_ssl_session_reuse off; location /1 { ${shows('proxy', 'grpc')} grpc_pass grpcs://a; }
      location /2 { grpc_pass grpcs://a; } }`,
  ],
  [
    'uwsgi without sessions, connections never kept',
    false,
    `${KEEPING} server { listen 80; server_name app.test; uwsgi_param A b; uwsgi_ssl_session_reuse off;
      location /1 { ${shows('proxy', 'uwsgi')} uwsgi_pass suwsgi://a; } location /2 { uwsgi_pass suwsgi://a; } }`,
  ],
  ['a location that answers nobody', false, two(PROXY, `deny all; ${REPORTS}`)],
];

/** The answers to requests one after the other, on an nginx of their own. */
function answersTo(snippet: string, targets: readonly string[]): Promise<string[]> {
  return withLaboratory(snippet, async ({ send }) => {
    const answers: string[] = [];
    for (const target of targets) {
      const { body, status } = await send(plainGet(target));
      answers.push(status === 200 ? `200 ${body}` : String(status));
    }
    return answers;
  });
}

describe(RULE, it => {
  for (const [title, isShared, snippet, targets = ['/1', '/2']] of SITUATIONS) {
    it(`agrees with nginx: ${title}`, async () => {
      const findings = await findingsFor(RULE, snippet, '1.22.1');
      assert.is(findings.length, isShared ? 1 : 0, `${snippet}\n${findings.map(({ message }) => message).join('\n')}`);
      for (const { level, message, witness } of findings) {
        assert.is(level, 'error', message);
        assert.is(witness, undefined, 'no request is shown');
      }
      if (!requireNginx()) return;
      const alone = new Map<string, string>();
      for (const target of targets) alone.set(target, (await answersTo(snippet, [target]))[0]!);
      const differs: string[] = [];
      for (const order of [targets, [...targets].reverse()]) {
        const twice = [...order, ...order];
        const answers = await answersTo(snippet, twice);
        for (const [index, target] of twice.entries()) {
          if (answers[index] !== alone.get(target))
            differs.push(`${target}: ${answers[index]}, not ${alone.get(target)}`);
        }
      }
      assert.is(differs.length > 0, isShared, `${snippet}\n${differs.join('\n')}`);
    });
  }
});

import * as assert from 'uvu/assert';
import { rules } from '../../rules/index.js';
import { cases, idioms } from '../fixtures/rules/spoofable-identity-header.js';
import { httpWitness } from '../support/http-witness.js';
import { describeCases, findingsOf, flags, PREAMBLE, site } from '../support/lint.js';
import { runMain } from '../support/memory-io.js';

const RULE = 'spoofable-identity-header';
const PASS = 'proxy_pass http://app;';
const SUBJECT = 'proxy_set_header X-Client-DN $ssl_client_s_dn;';
const TELLING = site('on', `location / { ${SUBJECT} ${PASS} }`);

/** The findings of the rule on a snippet. */
async function found(snippet: string) {
  return (await findingsOf(PREAMBLE + snippet)).filter(({ rule }) => rule === RULE);
}

/** A server on another port whose locations are of another kind than those of the verifying one. */
function open(content: string): string {
  return `server { listen 80; server_name open.test; ${content} }`;
}

describeCases(RULE, cases, idioms, it => {
  it('makes one finding of a server and a back end, with every place and header', async () => {
    const locations = Array.from({ length: 30 }, (_, index) => `location /${index}/ { ${PASS} }`).join(' ');
    const telling = site(
      'on',
      `location / { ${SUBJECT} proxy_set_header X-Client-Verify $ssl_client_verify; ${PASS} }`,
    );
    const [finding, ...rest] = await found(`${telling}\n${open(`${locations} location / { return 404; }`)}`);
    assert.equal(rest, []);
    assert.is(finding!.level, 'error');
    assert.is(
      finding!.message,
      'header X-Client-DN and 1 more of any client arrives through location /0/ and 29 more of server open.test at http://app, where location / of server app.test says by this header who the client is',
    );
    assert.is(finding!.related.filter(({ text }) => text === 'and so does this').length, 29);
    assert.equal(httpWitness(finding!.witness!).request.http.headers, [
      ['Host', 'open.test'],
      ['X-Client-DN', 'CN=forged'],
    ]);
  });

  it('points at the line that replaces the list', async () => {
    const [finding] = await found(
      site('on', `${SUBJECT}\nlocation / { ${PASS} }\nlocation /api/ {\nproxy_set_header Host $host; ${PASS} }`),
    );
    const labels = finding!.related.map(({ span, text }) => `${span.file.position(span.start).line}: ${text}`);
    assert.equal(labels, [
      '5: replaces the whole list of proxy_set_header that is set further out',
      '2: tells who the client is',
    ]);
    assert.match(finding!.help, /^Repeat the proxy_set_header lines .*: proxy_set_header X-Client-DN "";$/);
  });

  it('knows that each server of an upstream is a back end', async () => {
    const upstream = 'upstream two { server 127.0.0.1:1; server 127.0.0.1:2; }';
    const telling = site('on', `location / { ${SUBJECT} proxy_pass http://two; }`);
    const to = (port: number) =>
      found(`${upstream} ${telling}\n${open(`location /x { proxy_pass http://127.0.0.1:${port}; }`)}`);
    assert.equal([(await to(1)).length, (await to(2)).length, (await to(3)).length], [1, 1, 0]);
  });

  it('sends a name with underscores in front of Host where only the default server of the address keeps it', async () => {
    const fallback = 'server { listen 80 default_server; underscores_in_headers on; return 444; }';
    const quiet = open(`location /x { proxy_set_header X-Client-DN ""; ${PASS} }`);
    const [finding] = await found(`${TELLING}\n${fallback}\n${quiet}`);
    assert.equal(httpWitness(finding!.witness!).request.http.headers, [
      ['X_Client_DN', 'CN=forged'],
      ['Host', 'open.test'],
    ]);
    assert.match(finding!.help, /underscores_in_headers at its default, in every server/);
    assert.equal(await found(`${TELLING}\n${fallback.replace('underscores_in_headers on; ', '')}\n${quiet}`), []);
  });

  it('is not deceived by the clearing of one twin', async () => {
    const server = (lines: string) =>
      found(site('on', `underscores_in_headers on; ${SUBJECT} ${lines} location / { ${PASS} }`));
    assert.is((await server('proxy_set_header X_Client_DN "";')).length, 1);
    const twins = ['X_Client_DN', 'X_Client-DN', 'X-Client_DN'].map(name => `proxy_set_header ${name} "";`).join(' ');
    assert.is((await server(twins)).length, 0);
  });

  it('leaves alone what the headers-more module sets or clears', async () => {
    const server = (line: string) => `${TELLING}\n${open(`${line} location /x { ${PASS} }`)}`;
    assert.equal(await found(server('more_clear_input_headers X-Client-*;')), []);
    assert.is((await found(server('more_clear_input_headers X-Other;'))).length, 1);
  });

  it('says nothing where a part of the list was not read', async () => {
    const server = (line: string) => `${TELLING}\n${open(`${line} location /x { ${PASS} }`)}`;
    assert.is((await found(server(''))).length, 1);
    assert.equal(await found(server('include missing.conf;')), []);
    assert.equal(await found(`include missing.conf; ${server('')}`), []);
    assert.is((await found(`include missing.conf; ${server('proxy_set_header Host $host;')}`)).length, 1);
  });

  it('accepts a listener of this machine alone, beside one that others reach', async () => {
    const inner = (listen: string) => `${TELLING}\nserver { listen ${listen}; location /x { ${PASS} } }`;
    assert.equal(await found(inner('127.0.0.1:8090')), []);
    assert.equal(await found(inner('unix:/run/inner.sock')), []);
    assert.is((await found(inner('8090'))).length, 1);
    const believed = 'location / { if ($http_x_client_verify != SUCCESS) { return 403; } return 200 ok; }';
    assert.equal(await found(`server { listen 127.0.0.1:8090; ${believed} }`), []);
    assert.is((await found(`server { listen 8090; ${believed} }`)).length, 1);
  });

  it('knows the headers that other proxies use, and those that the project names', async () => {
    const believed = (name: string) => found(open(`location / { if ($http_${name} = "") { return 403; } ${PASS} }`));
    for (const name of [
      ...['ssl_client_verify', 'x_ssl_client_s_dn', 'x_client_cert', 'x_client_dn', 'x_forwarded_client_cert'],
      ...['client_cert', 'x_forwarded_tls_client_cert_info', 'x_amzn_mtls_clientcert_leaf', 'x_arr_clientcert'],
    ]) {
      assert.is((await believed(name)).length, 1, name);
    }
    for (const name of ['x_client_version', 'x_user', 'client_id', 'x_ssl', 'x_forwarded_for']) {
      assert.is((await believed(name)).length, 0, name);
    }
    const server = (lines: string) => `server { listen 80; ${lines} }`;
    const text = `events {} http { upstream app { server 127.0.0.1:8080; }
      ${server('server_name a; auth_request /check; auth_request_set $user $upstream_http_user; proxy_set_header X-User $user; location /a { proxy_pass http://app; } location = /check { return 204; }')}
      ${server('server_name b; location /b { proxy_pass http://app; }')}
      ${server('server_name c; location / { if ($http_x_user = "") { return 403; } proxy_pass http://127.0.0.1:1; }')} }`;
    const lines = async (settings: string): Promise<number[]> => {
      const files = { 'nginx.conf': text, '.nginx-mtls-lint.yml': settings };
      const { stdout } = await runMain(['--only', RULE, '--format', 'json', '.'], files, { rules });
      return (JSON.parse(stdout) as { findings: { line: number }[] }).findings.map(({ line }) => line);
    };
    assert.equal(await lines(''), []);
    assert.equal(await lines('identity-headers: [X-User]'), [3, 4]);
  });

  it('sees arguments and cookies that a line hands on', async () => {
    const handed = async (text: string) =>
      (await found(`${TELLING}\n${open(`location /x { proxy_set_header X-Client-DN ${text}; ${PASS} }`)}`)).map(
        ({ message, witness }) => [
          message.split(' of ')[0],
          httpWitness(witness!).request.http.target,
          httpWitness(witness!).request.http.headers[1],
        ],
      );
    assert.equal(await handed('"CN=$arg_dn"'), [['argument dn', '/x?dn=forged', undefined]]);
    assert.equal(await handed('$cookie_dn'), [['cookie dn', '/x', ['Cookie', 'dn=forged']]]);
    assert.equal(await handed('$remote_addr'), []);
  });

  it('reports each way by itself', async () => {
    await flags(
      PREAMBLE +
        `${site(
          'on',
          `underscores_in_headers on; ${SUBJECT}\nlocation / { ${PASS} } # expect: spoofable-identity-header warning
location /api/ { proxy_set_header Host $host; ${PASS} } # expect: spoofable-identity-header warning`,
        )}`,
    );
  });
});

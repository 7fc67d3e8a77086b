import * as assert from 'uvu/assert';
import { evaluate } from '../../../src/analysis/evaluate.js';
import { modelOf } from '../../support/differential.js';
import { mainFile } from '../../support/nginx.js';
import { describe } from '../../support/suite.js';

type Sent = readonly (readonly [string, string])[];

const FORGED: Sent = [['X-Verify', 'SUCCESS']];

/** What arrives of a request for `/x`, as `name: text`; `?` stands for a text that is not decided, `~` for a field that is not. */
function arriving(server: string, sent: Sent, http = ''): string[] {
  const model = modelOf(mainFile(`${http} server { listen 127.0.0.1:80; ${server} }`));
  const request = {
    connect: { address: '127.0.0.1', port: 80 },
    tls: null,
    http: { method: 'GET', target: '/x', headers: sent },
  };
  const { passages } = evaluate(
    model,
    { ...request, http: { ...request.http, headers: [...sent, ['Host', 'a']] } },
    undefined,
    { passages: true },
  );
  return passages.flatMap(({ fields = [] }) =>
    fields
      .filter(({ name }) => !/^(?:HTTP_)?HOST$/i.test(name))
      .map(({ name, text = '?', isCertain }) => `${isCertain ? '' : '~'}${name}: ${text}`),
  );
}

const PASS = 'proxy_pass http://b;';

describe('what arrives at a back end', it => {
  it('is nothing that was not asked for', () => {
    const model = modelOf(mainFile(`server { listen 127.0.0.1:80; location / { ${PASS} } }`));
    const http = { method: 'GET', target: '/', headers: [['Host', 'a'] as const] };
    assert.equal(evaluate(model, { connect: { address: '127.0.0.1', port: 80 }, tls: null, http }).passages, []);
  });

  it('is what the client sent, but for what concerns the connection', () => {
    const sent: Sent = [...FORGED, ['TE', 'x'], ['Keep-Alive', 'x'], ['Upgrade', 'x'], ['Range', 'bytes=1-']];
    assert.equal(arriving(`location / { ${PASS} }`, sent), ['X-Verify: SUCCESS', 'Range: bytes=1-']);
    assert.equal(arriving(`location / { proxy_cache zone; ${PASS} }`, sent), ['X-Verify: SUCCESS']);
    assert.equal(arriving(`proxy_cache zone; location / { proxy_cache off; ${PASS} }`, sent).length, 2);
  });

  it('is the list of the nearest level alone', () => {
    const outer = 'proxy_set_header X-Verify NONE;';
    assert.equal(arriving(`${outer} location / { ${PASS} }`, FORGED), ['X-Verify: NONE']);
    assert.equal(arriving(`${outer} location / { proxy_set_header X-A 1; ${PASS} }`, FORGED), [
      'X-A: 1',
      'X-Verify: SUCCESS',
    ]);
    assert.equal(arriving(`location / { if ($arg_k = "") { ${PASS} } }`, FORGED, outer), ['X-Verify: NONE']);
  });

  it('lacks what is set to nothing, and tells what is not decided', () => {
    assert.equal(arriving(`location / { proxy_set_header x-verify ""; ${PASS} }`, FORGED), []);
    assert.equal(arriving(`location / { proxy_set_header X-Verify $ssl_client_s_dn; ${PASS} }`, FORGED), []);
    assert.equal(arriving(`location / { proxy_set_header X-Id $request_id; ${PASS} }`, []), ['X-Id: ?']);
    assert.equal(arriving(`location / { proxy_set_header X-Verify $http_x_verify$arg_k; ${PASS} }`, FORGED), [
      'X-Verify: SUCCESS',
    ]);
  });

  it('is what is set alone where the fields of the client are held back', () => {
    for (const protocol of ['proxy', 'fastcgi', 'uwsgi', 'scgi']) {
      const pass = protocol === 'proxy' ? PASS : `${protocol}_pass b;`;
      assert.is(arriving(`location / { ${pass} }`, FORGED).length, 1, protocol);
      assert.equal(arriving(`${protocol}_pass_request_headers off; location / { ${pass} }`, FORGED), [], protocol);
    }
  });

  it('is parameters for CGI and its heirs', () => {
    const sent: Sent = [...FORGED, ['x_verify', 'b'], ['TE', 'x']];
    const server = (lines: string) => `underscores_in_headers on; location / { ${lines} fastcgi_pass b; }`;
    assert.equal(arriving(server(''), sent), ['HTTP_X_VERIFY: SUCCESS', 'HTTP_X_VERIFY: b', 'HTTP_TE: x']);
    assert.equal(arriving(server('fastcgi_param HTTP_X_VERIFY NONE;'), sent), ['HTTP_X_VERIFY: NONE', 'HTTP_TE: x']);
    assert.equal(arriving(server('fastcgi_param HTTP_X_VERIFY ""; fastcgi_param DN "";'), FORGED), ['DN: ']);
    assert.equal(arriving(server('fastcgi_param DN $arg_k if_not_empty;'), []), []);
    assert.equal(arriving(server('fastcgi_param X_VERIFY NONE;'), FORGED), [
      'X_VERIFY: NONE',
      'HTTP_X_VERIFY: SUCCESS',
    ]);
    assert.equal(arriving(server('fastcgi_cache zone;'), [['Range', 'bytes=1-']]), []);
  });

  it('holds back a twin for parameters only', () => {
    const lines = 'underscores_in_headers on; proxy_set_header X-Verify NONE; grpc_set_header X-Verify NONE;';
    const twin: Sent = [['X_Verify', 'SUCCESS']];
    assert.equal(arriving(`${lines} location / { ${PASS} }`, twin), ['X-Verify: NONE', 'X_Verify: SUCCESS']);
    assert.equal(arriving(`${lines} location / { grpc_pass grpc://b; }`, twin), [
      'X-Verify: NONE',
      'X_Verify: SUCCESS',
    ]);
    assert.equal(arriving(`location / { ${PASS} }`, twin), []);
  });

  it('is not decided for a set name that nginx keeps although it is invalid', () => {
    const twin: Sent = [['X_Verify', 'SUCCESS']];
    const odd = (lines: string) => arriving(`ignore_invalid_headers off; location / { ${lines} ${PASS} }`, twin);
    assert.equal(odd('proxy_set_header X-Verify "";'), ['X_Verify: SUCCESS']);
    assert.equal(odd('proxy_set_header X_Verify "";'), ['~X_Verify: SUCCESS']);
    const fastcgi = 'ignore_invalid_headers off; location / { fastcgi_param HTTP_X_VERIFY ""; fastcgi_pass b; }';
    assert.equal(arriving(fastcgi, twin), []);
  });

  it('is not decided for what the headers-more module sets or clears', () => {
    const more = (line: string, sent = FORGED) => arriving(`${line} location / { ${PASS} }`, sent);
    assert.equal(more('more_clear_input_headers X-Verify;'), ['~X-Verify: SUCCESS']);
    assert.equal(more('more_clear_input_headers -t text/plain x-*;'), ['~X-Verify: SUCCESS']);
    assert.equal(more("more_set_input_headers 'X-VERIFY: NONE';"), ['~X-Verify: SUCCESS']);
    assert.equal(more('more_clear_input_headers X-Other X-Verif;'), ['X-Verify: SUCCESS']);
  });
});

import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { decodeTarget, validHost } from '../../../src/analysis/evaluate/request-line.js';
import { ASSUMED_ENVIRONMENT, type Environment, evaluate } from '../../../src/analysis/evaluate.js';
import type { Request, TlsChoice } from '../../../src/analysis/request.js';
import { configText } from '../../support/config-text.js';
import { endingOfTrace, modelOf } from '../../support/differential.js';
import { configShape, type Surroundings } from '../../support/generate-config.js';
import { describe } from '../../support/suite.js';

const NOBODY: TlsChoice = { serverName: 'a.test', certificate: 'none' };

function get(target: string, tls: TlsChoice | null = NOBODY): Request {
  const http = { method: 'GET', target, headers: [['Host', 'a.test']] } as const;
  return { connect: { address: '127.0.0.1', port: tls === null ? 80 : 443 }, tls, http };
}

/** The ending of a request to one server, as `what status`. */
function ending(server: string, request: Request, environment: Environment = ASSUMED_ENVIRONMENT): string {
  const model = modelOf(`http { server { listen 80; listen 443 ssl; server_name a.test; ssl_certificate c;
    ssl_client_certificate ca.pem; ${server} } }`);
  const { what, status } = endingOfTrace(evaluate(model, request, environment));
  return `${what} ${status}`;
}

const SURROUNDINGS: Surroundings = {
  ports: [443, 444, 80],
  sparePort: 81,
  authority: 'ca.pem',
  otherAuthority: 'other.pem',
  serverCertificate: 'server.pem',
  serverKey: 'server.key',
  unixListener: '/listener.sock',
  backEnd: '/back-end.sock',
  backEndSocket: protocol => `/${protocol}.sock`,
  root: '/www',
};

describe('evaluate', it => {
  it('refuses a client without a certificate where one is required, and lets it in on the plain port', () => {
    const server = 'ssl_verify_client on; location / { proxy_pass http://site-1; }';
    assert.is(ending(server, get('/')), 'refused 400');
    assert.is(ending(server, get('/', null)), 'proxy_pass 1 200');
    assert.is(ending(server, get('/', { serverName: 'a.test', certificate: 'trusted' })), 'proxy_pass 1 200');
    assert.is(ending(server, get('/', { serverName: 'a.test', certificate: 'untrusted' })), 'refused 400');
  });

  it('takes an issuer as the file in which the configuration names it', () => {
    const server = 'ssl_verify_client on; location / { proxy_pass http://site-1; }';
    const of = (issuer: string) => get('/', { serverName: 'a.test', certificate: 'trusted', issuer });
    assert.is(ending(server, of('ca.pem')), 'proxy_pass 1 200');
    assert.is(ending(server, of('other.pem')), 'refused 400');
  });

  it('takes the text of a 204 for no content, whatever an error page makes of it (spec 4)', () => {
    const server = 'location = /a { error_page 404 =201 /b; return 404; } location = /b { return 204 "text"; }';
    assert.is(ending(server, get('/b')), 'empty 204');
    assert.is(ending(server, get('/a')), 'empty 201');
  });

  it('names the line that refuses, and the steps that lead there', () => {
    const model = modelOf(
      'http { server { listen 80; location / { if ($arg_k) { return 403; } proxy_pass http://b; } } }',
    );
    const { outcome, steps } = evaluate(model, get('/?k=1', null));
    assert.is(outcome.kind, 'refused');
    assert.is(outcome.kind === 'refused' && outcome.by?.name, 'return');
    assert.equal(
      steps.map(step => step.text),
      ['the connection arrives', 'the server of the address', 'the location of /', 'the condition holds', 'return 403'],
    );
  });

  it('records the files on whose presence the way depends', () => {
    const model = modelOf('http { server { listen 80; root /www; location / { try_files $uri /x; } } }');
    const environment: Environment = {
      ...ASSUMED_ENVIRONMENT,
      fileAt: path => (path === '/www/x' ? 'file' : 'absent'),
    };
    const { assumes, outcome } = evaluate(model, get('/a', null), environment);
    assert.is(outcome.kind, 'content');
    assert.equal(assumes, [
      { path: '/www/a', exists: false },
      { path: '/www/x', exists: true },
    ]);
  });

  it('names what it does not model instead of guessing', () => {
    const lua = 'location / { access_by_lua_block { ngx.exit(403) } proxy_pass http://site-1; }';
    assert.match(ending(lua, get('/')), /^unknown: script: access_by_lua_block/);
    assert.match(ending('if ($connection = 1) { return 403; }', get('/')), /^unknown: variable: \$connection/);
    const pattern = 'location ~ "^/(a)\\1$" { proxy_pass http://site-1; }';
    assert.match(ending(pattern, get('/aa')), /^unknown: pattern: the pattern \^\/\(a\)\\1\$/);
  });

  it('ends where nobody listens or the port speaks something else', () => {
    const model = modelOf('http { server { listen 80; return 200 x; } }');
    const request = get('/', null);
    assert.is(evaluate(model, { ...request, connect: { address: '127.0.0.1', port: 81 } }).outcome.kind, 'closed');
    assert.is(evaluate(model, { ...request, tls: NOBODY }).outcome.kind, 'closed');
  });

  it('lists what is asked on the side', () => {
    const model = modelOf(`http { server { listen 80;
      location / { auth_request /auth; mirror /copy; post_action /late; proxy_pass http://site-1; }
      location /auth { return 204; } location /copy { proxy_pass http://site-2; }
      location /late { add_after_body /copy; addition_types *; return 200 late; } } }`);
    const { asides } = evaluate(model, get('/', null));
    assert.equal(
      asides.map(({ via, outcome }) => `${via} ${outcome.kind}`),
      ['auth_request empty', 'mirror content', 'post_action content'],
    );
  });

  it('never throws, whatever is sent to whatever configuration', () => {
    const text = fc.oneof(
      fc.constantFrom('/', '/a', '/a?k=1&u=/b', '/%2e%2e/', 'a.test', '', 'https://a.test', '[::1]:1', '/..'),
      fc.string({ unit: fc.integer({ min: 0, max: 255 }).map(code => String.fromCharCode(code)) }),
    );
    const request: fc.Arbitrary<Request> = fc
      .tuple(
        fc.constantFrom('GET', 'POST', 'TRACE', 'get', ''),
        text,
        fc.array(fc.tuple(fc.oneof(fc.constantFrom('Host', 'Cookie', 'Content-Length', 'X-Real-IP'), text), text)),
        fc.constantFrom(null, NOBODY, { ...NOBODY, serverName: null }),
        text,
      )
      .map(([method, target, headers, tls, name]) => ({
        connect: { address: '127.0.0.1', port: tls === null ? 80 : 443 },
        tls: tls?.serverName === 'a.test' && name.length % 2 === 0 ? { ...tls, serverName: name } : tls,
        http: { method, target, headers },
      }));
    let kinds = new Set<string>();
    fc.assert(
      fc.property(configShape, fc.array(request, { minLength: 10, maxLength: 30 }), (shape, requests) => {
        const { http, files } = configText(shape, SURROUNDINGS);
        const model = modelOf(`http { ${http} }`, files);
        for (const one of requests) kinds = kinds.add(evaluate(model, one).outcome.kind);
      }),
      { numRuns: 150, seed: 7 },
    );
    assert.ok(kinds.size >= 4, [...kinds].join());
  });
});

describe('decodeTarget', it => {
  it('decodes and normalises as row 6.7 lists', () => {
    const paths = ['//admin', '/%61dmin', '/x/../admin', '/x/%2e%2e/admin', '/admin/.', '/x/..%2fadmin'];
    assert.equal(
      paths.map(path => decodeTarget(path, true)?.path),
      ['/admin', '/admin', '/admin', '/admin', '/admin/', '/admin'],
    );
    assert.equal(
      ['/../x', '/%00', '/%zz', '/%4', '/..'].map(path => decodeTarget(path, true)),
      [undefined, undefined, undefined, undefined, undefined],
    );
    assert.is(decodeTarget('//a', false)?.path, '//a');
    assert.equal(decodeTarget('/a%3fb?c=%41#d', true), { path: '/a?b', args: 'c=%41', quoted: true });
  });

  it('gives back what it decoded', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('/', '.', 'a', '%', '2', 'e', 'f', '?', '#') }), tail => {
        const once = decodeTarget(`/${tail}`, true);
        if (once === undefined || /[%?#]/.test(once.path)) return;
        assert.is(decodeTarget(once.path, true)?.path, once.path);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('validHost', it => {
  it('folds the name and drops port and final dot', () => {
    assert.equal(['A.Test', 'a.test:80', 'a.test.', '[::1]:443', '', '.', 'a..b', 'a/b', 'a b'].map(validHost), [
      'a.test',
      'a.test',
      'a.test',
      '[::1]',
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});

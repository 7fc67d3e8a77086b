import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as assert from 'uvu/assert';
import type { Request, TlsChoice } from '../src/analysis/request.js';
import { withBackEnds } from './support/back-end.js';
import { freePorts, mainFile, requireNginx, withNginx } from './support/nginx.js';
import { pki } from './support/pki.js';
import { configurationOf, HEADINGS, readRulePage, rulePages } from './support/rule-page.js';
import { type Answer, credentialsWithContents, headerOf, send } from './support/send.js';
import { describe } from './support/suite.js';

const TLS = 443;
const PLAIN = 80;

function get(serverName: string, target: string, choice: Partial<TlsChoice> = {}): Request {
  return {
    connect: { address: '127.0.0.1', port: TLS },
    tls: { serverName, certificate: 'none', ...choice },
    http: { method: 'GET', target, headers: [['Host', serverName]] },
  };
}

/** What nginx does with the examples of the pages: a request, and what is true of its answer before and after the fix. */
const CLAIMS: readonly {
  readonly rule: string;
  readonly request: Request;
  readonly flagged: (answer: Answer) => boolean;
  readonly clean: (answer: Answer) => boolean;
}[] = [
  {
    rule: 'unverified-location',
    request: get('wiki.example.test', '/attachments/x'),
    flagged: isServed,
    clean: hasStatus(403),
  },
  {
    rule: 'ineffective-verify-check',
    request: get('git.example.test', '/lfs/x'),
    flagged: isServed,
    clean: hasStatus(403),
  },
  {
    rule: 'plaintext-listener',
    request: { ...get('reports.example.test', '/'), connect: { address: '127.0.0.1', port: PLAIN }, tls: null },
    flagged: isServed,
    clean: hasStatus(301),
  },
  {
    rule: 'permissive-default-server',
    request: get('elsewhere.example.test', '/', { serverName: null }),
    flagged: isServed,
    clean: hasStatus(403),
  },
  {
    rule: 'error-page-bypass',
    request: get('intranet.example.test', '/'),
    flagged: isPassedOn,
    clean: hasStatus(400),
  },
  {
    rule: 'weaker-default-policy',
    request: get('accounts.example.test', '/', { serverName: null, certificate: 'untrusted', issuer: 'other' }),
    flagged: isServed,
    clean: hasStatus(0),
  },
  {
    rule: 'spoofable-exemption',
    request: get('api.example.test', '/health/../accounts'),
    flagged: isServed,
    clean: hasStatus(403),
  },
  {
    rule: 'network-exemption',
    request: { ...get('wiki.example.test', '/'), sourceAddress: '127.0.0.9' },
    flagged: isServed,
    clean: hasStatus(403),
  },
  {
    rule: 'redefined-verify-variable',
    request: withHeader(get('ledger.example.test', '/'), 'X-Client-Verify', 'SUCCESS'),
    flagged: isServed,
    clean: hasStatus(403),
  },
  {
    rule: 'spoofable-identity-header',
    request: withHeader(
      { ...get('shop.example.test', '/shop/'), connect: { address: '127.0.0.1', port: PLAIN }, tls: null },
      'X-Client-DN',
      'CN=root',
    ),
    flagged: answer => isServed(answer) && answer.body.includes('"x-client-dn":"CN=root"'),
    clean: answer => isServed(answer) && !answer.body.includes('x-client-dn'),
  },
  {
    rule: 'unverified-identity-forwarded',
    request: get('accounts.example.test', '/enrol', { certificate: 'untrusted', issuer: 'self' }),
    flagged: answer => answer.body.includes('"x-client-dn":"CN=') && !answer.body.includes('FAILED'),
    clean: hasStatus(403),
  },
  {
    rule: 'unauthenticated-authorization',
    request: get('accounts.example.test', '/', { certificate: 'untrusted', subject: 'CN=alice,OU=Staff,O=Example' }),
    flagged: isServed,
    clean: hasStatus(400),
  },
  {
    rule: 'default-allow-authorization',
    request: get('wiki.example.test', '/', { certificate: 'trusted', subject: 'CN=trudy,OU=Contractors,O=Example' }),
    flagged: isServed,
    clean: hasStatus(403),
  },
  {
    rule: 'unmatchable-dn',
    request: get('wiki.example.test', '/', { certificate: 'trusted', subject: 'CN=alice,OU=Staff,O=Example' }),
    flagged: hasStatus(403),
    clean: isServed,
  },
  {
    rule: 'loose-dn-match',
    request: get('console.example.test', '/', { certificate: 'trusted', subject: 'O=\\,CN=admin' }),
    flagged: isServed,
    clean: hasStatus(403),
  },
  {
    rule: 'unprotected-twin',
    request: { ...get('wiki.example.test', '/'), connect: { address: '127.0.0.1', port: PLAIN }, tls: null },
    flagged: isServed,
    clean: hasStatus(301),
  },
  {
    rule: 'unsafe-if',
    request: withHeader(
      get('handbook.example.test', '/chapter-2', { certificate: 'trusted' }),
      'User-Agent',
      'Trident',
    ),
    flagged: answer => answer.status === 404 && headerOf(answer, 'x-frame-options') === undefined,
    clean: answer =>
      answer.status === 200 &&
      headerOf(answer, 'x-frame-options') === 'DENY' &&
      headerOf(answer, 'x-ua-compatible') === 'IE=edge',
  },
  {
    rule: 'dead-check',
    request: get('ledger.example.test', '/?export=full', { certificate: 'trusted' }),
    flagged: isServed,
    clean: hasStatus(403),
  },
  {
    rule: 'unconditional-proxy-certificate',
    request: get('ledger.example.test', '/'),
    // 502: no back end listens, but the request was passed on.
    flagged: hasStatus(502),
    clean: hasStatus(400),
  },
];

function isServed(answer: Answer): boolean {
  return answer.status === 200 && headerOf(answer, 'x-back-end') === 'application';
}

/** The back end was asked, whatever status the client is shown. */
function isPassedOn(answer: Answer): boolean {
  return headerOf(answer, 'x-back-end') === 'application';
}

function hasStatus(status: number): (answer: Answer) => boolean {
  return answer => answer.status === status && headerOf(answer, 'x-back-end') === undefined;
}

function withHeader(request: Request, name: string, value: string): Request {
  return { ...request, http: { ...request.http, headers: [...request.http.headers, [name, value]] } };
}

/** Runs a configuration of a page: on free ports, with certificates and with a back end. */
async function ask(configuration: string, request: Request): Promise<Answer> {
  const [tls = 0, plain = 0, nobody = 0] = await freePorts(3);
  const { authority, otherAuthority, serverCertificate, serverKey } = pki();
  const read = (path: string) => readFileSync(path, 'latin1');
  return withBackEnds(['application'], async ([backEnd]) => {
    const http = configuration
      .replace(/listen( +)443/g, `listen$1127.0.0.1:${tls}`)
      .replace(/listen( +)80\b/g, `listen$1127.0.0.1:${plain}`)
      .replaceAll('127.0.0.1:8080', `127.0.0.1:${backEnd!.port}`)
      .replaceAll('127.0.0.1:9443', `127.0.0.1:${nobody}`)
      .replaceAll('root /srv/', 'root ');
    const files = {
      'nginx.conf': mainFile(http),
      'server.pem': read(serverCertificate),
      'server.key': read(serverKey),
      'clients-ca.pem': read(authority),
      'partners-ca.pem': read(otherAuthority),
      'proxy.pem': read(serverCertificate),
      'proxy.key': read(serverKey),
      'reports-proxy.pem': read(serverCertificate),
      'reports-proxy.key': read(serverKey),
      'backend-ca.pem': read(authority),
      'handbook/index.html': 'the handbook',
      'help/help.html': 'how to get a certificate',
    };
    return withNginx(files, () => {
      const port = request.connect.port === TLS ? tls : plain;
      return send({ ...request, connect: { ...request.connect, port } }, { credentials: credentialsWithContents });
    });
  });
}

describe('rule pages', it => {
  for (const page of rulePages()) {
    it(`has the parts of every page: ${page.id}`, () => {
      assert.is(page.title, page.id);
      assert.equal([...page.headings], [...HEADINGS]);
      assert.ok(page.summary.length > 0 && page.summary.length <= 160, `summary of ${page.summary.length} characters`);
      assert.not.match(page.summary, /\n/);
      const tags = page.fences.filter(({ tag }) => tag !== 'nginx').map(({ tag, heading }) => `${heading}: ${tag}`);
      assert.equal(tags, ['Example: nginx flagged', 'Example: text output', 'Fix: nginx clean']);
    });

    it(`links to files that are there: ${page.id}`, () => {
      for (const link of page.links) {
        if (link.startsWith('https://')) continue;
        assert.ok(existsSync(join(dirname(page.file), link)), link);
      }
    });
  }

  for (const { rule, request, flagged, clean } of CLAIMS) {
    it(`shows what nginx does: ${rule}`, async () => {
      if (!requireNginx()) return;
      const page = readRulePage(rule);
      const before = await ask(configurationOf(page, 'nginx flagged'), request);
      assert.ok(flagged(before), `flagged: ${before.raw || before.failure}`);
      const after = await ask(configurationOf(page, 'nginx clean'), request);
      assert.ok(clean(after), `clean: ${after.raw || after.failure}`);
    });
  }

  it('shows configurations that nginx loads: the rules on upstreams', async () => {
    if (!requireNginx()) return;
    for (const id of ['shared-upstream-identity', 'unverified-upstream']) {
      for (const tag of ['nginx flagged', 'nginx clean'] as const) {
        const request = get('ledger.example.test', '/', { certificate: 'trusted' });
        const answer = await ask(configurationOf(readRulePage(id), tag), request);
        // No back end listens, but the request was passed on.
        assert.is(answer.status, 502, `${id} ${tag}: ${answer.raw || answer.failure}`);
      }
    }
  });

  it('lists checks that do not hold: ineffective-verify-check', async () => {
    if (!requireNginx()) return;
    const check = 'if ($ssl_client_verify != SUCCESS) { return 403; }';
    const pass = 'proxy_pass http://127.0.0.1:8080;';
    const server = (name: string, mode: string, body: string, listen = '443 ssl') => `server {
      listen ${listen};
      server_name ${name}.example.test;
      ssl_certificate server.pem; ssl_certificate_key server.key;
      ssl_client_certificate clients-ca.pem; ssl_verify_client ${mode};
      ${body}
    }`;
    const none = 'if ($ssl_client_verify = NONE) { return 403; }';
    const self: Partial<TlsChoice> = { certificate: 'untrusted', issuer: 'self' };
    const overPlain = (name: string): Request => ({
      ...get(name, '/x'),
      connect: { address: '127.0.0.1', port: PLAIN },
      tls: null,
    });
    const post = get('limit.example.test', '/x');
    const cases: readonly [configuration: string, request: Request, status: number][] = [
      [
        server('nested', 'optional', `location / { ${check} ${pass} location /x/ { ${pass} } }`),
        get('nested.example.test', '/x/'),
        200,
      ],
      [server('plain', 'optional', `location / { ${none} ${pass} }`, '80'), overPlain('plain.example.test'), 200],
      [server('plain', 'optional', `location / { ${check} ${pass} }`, '80'), overPlain('plain.example.test'), 403],
      [server('none', 'optional_no_ca', `location / { ${none} ${pass} }`), get('none.example.test', '/x', self), 200],
      [
        server('failed', 'optional_no_ca', `location / { if ($ssl_client_verify = FAILED) { return 403; } ${pass} }`),
        get('failed.example.test', '/x', self),
        200,
      ],
      [
        server('truth', 'optional', `location / { if ($ssl_client_verify) { ${pass} break; } return 403; }`),
        get('truth.example.test', '/x'),
        200,
      ],
      [
        server('break', 'optional', `location / { if ($arg_x) { break; } ${check} ${pass} }`),
        get('break.example.test', '/?x=1'),
        200,
      ],
      [
        server('rewrite', 'optional', `rewrite ^/public/(.*)$ /$1 last; ${check} location / { ${pass} }`),
        get('rewrite.example.test', '/public/x'),
        200,
      ],
      [
        server('limit', 'optional', `location / { ${check} limit_except GET { allow all; } ${pass} }`),
        { ...post, http: { ...post.http, method: 'POST', body: { length: 1 } } },
        200,
      ],
      [server('limit', 'optional', `location / { ${check} limit_except GET { allow all; } ${pass} }`), post, 403],
      [
        server('positive', 'optional', `root handbook; location / { if ($ssl_client_verify = SUCCESS) { ${pass} } }`),
        get('positive.example.test', '/index.html'),
        200,
      ],
    ];
    for (const [configuration, request, status] of cases) {
      const answer = await ask(configuration, request);
      assert.is(answer.status, status, `${configuration}\n${answer.raw || answer.failure}`);
    }
  });

  it('lists what a matching if replaces: unsafe-if', async () => {
    if (!requireNginx()) return;
    const server = (location: string) => `server { listen 80; location / { ${location} } }`;
    const request: Request = {
      ...get('a.example.test', '/x?a=1&b=1'),
      connect: { address: '127.0.0.1', port: PLAIN },
      tls: null,
    };
    const pass = 'proxy_pass http://127.0.0.1:8080;';
    const refusedPass = 'proxy_pass http://127.0.0.1:9443;';
    const cases: readonly [location: string, status: number][] = [
      // The check behind the block runs, unless a break ends the program.
      [`if ($arg_a) { ${pass} } if ($arg_b) { return 403; } ${refusedPass}`, 403],
      [`if ($arg_a) { ${pass} break; } if ($arg_b) { return 403; } ${refusedPass}`, 200],
      // The last block that matches counts.
      [`if ($arg_a) { ${refusedPass} } if ($arg_b) { ${pass} }`, 200],
      [`if ($arg_a) { ${pass} } if ($arg_b) { ${refusedPass} }`, 502],
      // Without a pass directive in it, the location's own is used again, and without one the answer is 500.
      [`if ($arg_a) { ${refusedPass} } if ($arg_b) { add_header X-B 1; } ${pass}`, 200],
      [`if ($arg_a) { ${pass} } if ($arg_b) { add_header X-B 1; }`, 500],
    ];
    for (const [location, status] of cases) {
      const answer = await ask(server(location), request);
      assert.is(answer.status, status, `${location}\n${answer.raw || answer.failure}`);
    }
  });

  it('shows what nginx does: unloadable-directive', async () => {
    if (!requireNginx()) return;
    const page = readRulePage('unloadable-directive');
    const request = get('wiki.example.test', '/', { certificate: 'trusted' });
    try {
      await ask(configurationOf(page, 'nginx flagged'), request);
    } catch (error) {
      assert.match(String(error), /unknown directive "proxy_set_headers"/);
      assert.ok(isServed(await ask(configurationOf(page, 'nginx clean'), request)));
      return;
    }
    assert.unreachable('nginx loads the flagged configuration');
  });
});

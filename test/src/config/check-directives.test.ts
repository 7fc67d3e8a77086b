import * as assert from 'uvu/assert';
import { checkDirectives } from '../../../src/config/check-directives.js';
import { expandFiles, expandText } from '../../support/config.js';
import { describe } from '../../support/suite.js';

function messages(text: string): string[] {
  return checkDirectives(expandText(text)).map(({ message }) => message);
}

function inServer(text: string): string[] {
  return messages(`events {} http { server { ${text} } }`);
}

describe('check-directives', it => {
  it('has nothing against a configuration that nginx accepts', () => {
    assert.equal(
      messages(`
        user www-data; worker_processes auto; include none/*.conf;
        events { worker_connections 768; }
        http {
          map $ssl_client_s_dn $user { default ""; "CN=a" a; hostnames; }
          geo $inside { 10.0.0.0/8 1; }
          types { text/html html; }
          upstream app { server 127.0.0.1:80; keepalive 3; }
          server {
            listen 443 ssl http2; http2 on; ssl_verify_client optional;
            if ($user = "") { return 403; }
            location / { proxy_pass http://app; limit_except GET { deny all; } if ($uri) { set $a b; } location /x { root a; } }
            location /lua { content_by_lua_block { return } }
          }
        }
        stream { server { listen 1; proxy_pass app; } upstream app { server 127.0.0.1:80; } }
        mail { server { listen 25; protocol smtp; } }
      `),
      [],
    );
  });

  it('knows a misspelt directive from one of another module', () => {
    const problems = checkDirectives(
      expandText('http { server { ssl_verify_cleint on; Listen 80; brotli_static on; vhost_traffic_status_zone; } }'),
    );
    assert.equal(
      problems.map(({ message, nearest }) => [message, nearest]),
      [
        ['unknown directive "ssl_verify_cleint"', 'ssl_verify_client'],
        ['unknown directive "Listen"', 'listen'],
        ['unknown directive "brotli_static"', undefined],
        ['unknown directive "vhost_traffic_status_zone"', undefined],
      ],
    );
  });

  it('looks into no block of an unknown module', () => {
    assert.equal(messages('http { acme_issuer x { uri y; http { } } } rtmp { server { application x; } }'), [
      'unknown directive "acme_issuer"',
      'unknown directive "rtmp"',
    ]);
  });

  it('says that a directive is misplaced, and where it may stand', () => {
    const problems = checkDirectives(expandText('http { server { location / { ssl_verify_client on; } } }'));
    assert.is(problems.length, 1);
    assert.is(problems[0]!.message, '"ssl_verify_client" directive is not allowed here');
    assert.equal(problems[0]!.allowedIn, ['http', 'server']);
    const { file, start, end } = problems[0]!.span;
    assert.is(file.text.slice(start, end), 'ssl_verify_client');
  });

  it('checks the inside of a misplaced block', () => {
    assert.equal(messages('server { location / { rot a; } }'), [
      '"server" directive is not allowed here',
      'unknown directive "rot"',
    ]);
  });

  it('uses nginx’s words for endings and counts', () => {
    assert.equal(inServer('root a b;'), ['invalid number of arguments in "root" directive']);
    assert.equal(inServer('root;'), ['invalid number of arguments in "root" directive']);
    assert.equal(inServer('root a { }'), ['directive "root" is not terminated by ";"']);
    assert.equal(inServer('location /;'), ['directive "location" has no opening "{"']);
    assert.equal(inServer('include;'), ['invalid number of arguments in "include" directive']);
  });

  it('accepts on and off in any case, and nothing else, for a flag', () => {
    assert.equal(inServer('sendfile ON; tcp_nopush oFf;'), []);
    assert.equal(inServer('sendfile yes;'), ['invalid value "yes" in "sendfile" directive, it must be "on" or "off"']);
    assert.equal(inServer('ssl_ocsp leaf;'), []);
  });

  it('finds a duplicate in one block, and only there', () => {
    const problems = checkDirectives(
      expandFiles({
        'nginx.conf': 'http { root a; server { root b; include c; location / { root d; } } server { root e; } }',
        c: 'root c;',
      }),
    );
    assert.equal(
      problems.map(({ message, node, first }) => [message, node.source.path, first?.args[0]]),
      [['"root" directive is duplicate', 'c', 'b']],
    );
    assert.equal(inServer('error_page 404 /a; error_page 403 /b; allow all; allow all; listen 1; listen 2;'), []);
  });

  it('reports a directive of a snippet once', () => {
    const tree = expandFiles({ 'nginx.conf': 'http { server { include s; } server { include s; } }', s: 'rot a;' });
    assert.is(checkDirectives(tree).length, 1);
  });

  it('can be asked for one version, and for a fragment', () => {
    const tree = expandText('http { server { http2 on; } }');
    assert.equal(checkDirectives(tree), []);
    assert.equal(
      checkDirectives(tree, { available: form => form.since === undefined }).map(({ message }) => message),
      ['unknown directive "http2"'],
    );
    assert.equal(checkDirectives(expandText('listen 80; location / { }'), { context: 'server' }), []);
  });

  it('does not name a neighbour for very short, very long or strange names', () => {
    for (const name of ['if(', 'x', 'a'.repeat(4000), '\xff\xfe', '__proto__']) {
      const [problem] = checkDirectives(expandText(`${name} a;`));
      assert.is(problem!.kind, 'unknown');
      assert.is(problem!.nearest, undefined);
    }
  });
});

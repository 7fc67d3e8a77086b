import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { askedServers, callNames, findServers } from '../../../src/lint/find-servers.js';
import { modelOf } from '../../support/differential.js';
import { describe } from '../../support/suite.js';

const MODEL = modelOf(`events {}
http {
  server { listen 80 default_server; server_name _; }
  server { listen 443 ssl default_server; server_name _; }
  server { listen 443 ssl; listen 8443 ssl; listen 80; server_name app.test www.app.test *.app.test; }
  server { listen 443 ssl; server_name ~^/?(?<who>[a-z]+)\\.users\\.test$; }
  server { listen 127.0.0.1:8081; listen [::1]:8081; listen unix:/run/x.sock; }
  server { listen 8082; server_name .dot.test twin.test; }
  server { listen 8083; server_name twin.test; }
}
`);

/** The lines of the servers that words mean, with the ports that they leave and the host to ask for. */
function meant(words: string): string[] {
  return findServers([MODEL], words).map(({ host, server, sockets }) => {
    const { line } = server.node.source.position(server.node.directive.start);
    return [line, sockets.map(({ port }) => port).join(','), host ?? '-'].join(' ');
  });
}

/** What `SERVER/PATH` is taken apart into. */
function asked(words: string): [lines: string, target: string] {
  const { found, target } = askedServers([MODEL], words);
  const lines = found.map(({ server }) => server.node.source.position(server.node.directive.start).line);
  return [lines.join(), target];
}

describe('servers by what users call them', it => {
  it('finds every name as the configuration writes it, in any case', () => {
    assert.equal(meant('app.test'), ['5 443,8443,80 app.test']);
    assert.equal(meant('WWW.App.test'), ['5 443,8443,80 www.app.test']);
    assert.equal(meant('*.app.test'), ['5 443,8443,80 -']);
    assert.equal(meant('~^/?(?<who>[a-z]+)\\.users\\.test$'), ['6 443 -']);
    assert.equal(meant('_'), ['3 80 -', '4 443 -']);
    assert.equal(meant('twin.test'), ['8 8082 twin.test', '9 8083 twin.test']);
  });

  it('leaves the addresses of a port', () => {
    assert.equal(meant('app.test:8443'), ['5 8443 app.test']);
    assert.equal(meant('app.test:9'), []);
    assert.equal(meant('_:80'), ['3 80 -']);
  });

  it('finds the server of a host that a wildcard or a regular expression covers', () => {
    assert.equal(meant('x.app.test'), ['5 443,8443,80 x.app.test']);
    assert.equal(meant('bob.users.test'), ['6 443 bob.users.test']);
    assert.equal(meant('bob.users.test:80'), []);
    assert.equal(meant('other.test'), []);
  });

  it('takes a star as any text where no server is called just so', () => {
    assert.equal(meant('*.test'), ['5 443,8443,80 -', '8 8082 -', '9 8083 -']);
    assert.equal(meant('twin.*'), ['8 8082 -', '9 8083 -']);
    assert.equal(meant('[a-z]*'), []);
  });

  it('finds the default server of an address', () => {
    assert.equal(meant(':443'), ['4 443 -']);
    assert.equal(meant('*:443'), ['4 443 -']);
    assert.equal(meant('127.0.0.1:8081'), ['7 8081 -']);
    assert.equal(meant('[::1]:8081'), ['7 8081 -']);
    assert.equal(meant('127.0.0.1'), ['7 8081 -']);
    assert.equal(meant('127.0.0.9:443'), ['4 443 -']);
    assert.equal(meant('[::2]:443'), []);
    assert.equal(meant('unix:/run/x.sock'), ['7 0 -']);
    assert.equal(meant('unix:/run/y.sock'), []);
  });

  it('finds a server by the place of its block', () => {
    assert.equal(meant('/nginx/nginx.conf:7'), ['7 8081,8081,0 -']);
    assert.equal(meant('/nginx/nginx.conf:1'), []);
  });

  it('picks one of several by its number', () => {
    assert.equal(meant('_#2'), ['4 443 -']);
    assert.equal(meant('twin.test#1'), ['8 8082 twin.test']);
    assert.equal(meant('_#3'), []);
    assert.equal(meant('#1'), []);
  });

  it('finds nothing for words that mean nothing', () => {
    for (const words of ['', '.', ':', ':99999', '#', 'a b', '\0', '*:1']) assert.equal(meant(words), [], words);
  });

  it('lists what servers are called, and the place where they have no name', () => {
    assert.equal(callNames([MODEL]), [
      ...['_', 'app.test', 'www.app.test', '*.app.test', '~^/?(?<who>[a-z]+)\\.users\\.test$'],
      ...['/nginx/nginx.conf:7', 'dot.test', '*.dot.test', 'twin.test'],
    ]);
  });
});

describe('a server with a path', it => {
  it('reads anything, and gives every target a slash', () => {
    const part = fc.oneof(
      fc.string({ maxLength: 6 }),
      fc.constantFrom(
        'app.test',
        'https://',
        'unix:',
        ':443',
        '#2',
        '/',
        '?',
        '*',
        '[::1]',
        '_',
        '/nginx/nginx.conf:7',
        '\0',
      ),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 5 }), parts => {
        const { found, target } = askedServers([MODEL], parts.join(''));
        assert.ok(target.startsWith('/'));
        assert.ok(
          found.every(({ server, sockets }) => MODEL.servers.some(own => own === server) && sockets.length > 0),
        );
      }),
    );
  });

  it('ends the server at the first slash that is not its own', () => {
    assert.equal(asked('app.test/api/x?y=1'), ['5', '/api/x?y=1']);
    assert.equal(asked('app.test'), ['5', '/']);
    assert.equal(asked('app.test:8443/#x'), ['5', '/#x']);
    assert.equal(asked('app.test?x=/y'), ['5', '/?x=/y']);
    assert.equal(asked('~^/?(?<who>[a-z]+)\\.users\\.test$/a/b'), ['6', '/a/b']);
    assert.equal(asked('/nginx/nginx.conf:7/a'), ['7', '/a']);
    assert.equal(asked('/nginx/nginx.conf:70/a')[0], '');
    assert.equal(asked('[::1]:8081/a'), ['7', '/a']);
    assert.equal(asked('_#2/a'), ['4', '/a']);
  });

  it('reads the address of a unix socket as proxy_pass does', () => {
    assert.equal(asked('unix:/run/x.sock:/a/b?c'), ['7', '/a/b?c']);
    assert.equal(asked('unix:/run/x.sock'), ['7', '/']);
  });

  it('takes a URL, whose scheme leaves the listeners with or without TLS', () => {
    assert.equal(asked('https://app.test/a'), ['5', '/a']);
    const plain = askedServers([MODEL], 'http://app.test/a').found[0]!;
    assert.equal(
      plain.sockets.map(({ port }) => port),
      [80],
    );
    assert.equal(asked('http://bob.users.test/a'), ['', '/a']);
    assert.equal(asked('HTTPS://_/'), ['4', '/']);
  });
});

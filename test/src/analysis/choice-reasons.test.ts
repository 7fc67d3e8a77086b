import * as assert from 'uvu/assert';
import { whyLocation, whyServer } from '../../../src/analysis/choice-reasons.js';
import { evaluate, type Visit } from '../../../src/analysis/evaluate.js';
import type { HttpModel } from '../../../src/model/model.js';
import { modelOf } from '../../support/differential.js';
import { describe } from '../../support/suite.js';

/** The choices of location that a plain request comes by. */
function visitsOf(server: string, target: string): readonly Visit[] {
  const model = modelOf(`http { server { listen 80; ${server} } }`);
  const http = { method: 'GET', target, headers: [['Host', 'a.test']] } as const;
  return evaluate(model, { connect: { address: '127.0.0.1', port: 80 }, tls: null, http }).visits;
}

/** Why the first location is chosen. */
function why(server: string, target: string): string {
  return whyLocation(visitsOf(server, target)[0]!);
}

/** Why a host gets to a server, by the number of the server. */
function whyNumber(model: HttpModel, number: number, host: string | undefined): string {
  return whyServer(model.sockets[0]!, model.servers[number]!, host);
}

const PREFIXES = 'location / {} location /a/ {} location /a/b/ {} location /a/b/c {} location = /a/b/ {}';

describe('why a location is chosen', it => {
  it('names the shorter prefixes that the longest one beats', () => {
    assert.is(why('location / {}', '/x'), 'the longest prefix of /x');
    assert.is(why(PREFIXES, '/a/x'), 'the longest prefix of /a/x (longer than /)');
    assert.is(why(PREFIXES, '/a/b/x'), 'the longest prefix of /a/b/x (longer than /, /a/)');
    const many = 'location / {} location /a {} location /ab {} location /abc {} location /abcd {}';
    assert.is(why(many, '/abcde'), 'the longest prefix of /abcde (longer than /, /a, /ab and 1 more)');
  });

  it('says that an exact path counts first', () => {
    assert.is(why(PREFIXES, '/a/b/'), 'it is exactly that path');
  });

  it('says what became of the regular expressions', () => {
    const regexes = 'location /a/ {} location ~ x$ {} location ~ y$ {}';
    assert.is(
      why(regexes, '/a/x'),
      'the first regular expression that matches /a/x; it counts more than the prefix /a/',
    );
    assert.is(why(regexes, '/y'), 'the first regular expression that matches /y');
    assert.match(
      why(regexes, '/a/z'),
      /^the longest prefix of \/a\/z; none of the 2 regular expressions beside it matches$/,
    );
    assert.match(why('location /a/ {} location ~ x$ {}', '/a/z'), /; the regular expression beside it does not match$/);
    assert.match(
      why('location ^~ /a/ {} location ~ x$ {}', '/a/x'),
      /^the longest prefix of \/a\/x; \^~ keeps regular expressions from being tried$/,
    );
  });

  it('says so where only the final slash is missing', () => {
    assert.is(why('location /a/ { proxy_pass http://b; }', '/a'), '/a lacks only its final slash');
    assert.is(why('location = /a/ { proxy_pass http://b; }', '/a'), '/a lacks only its final slash');
  });

  it('names the location around a nested one', () => {
    const nested = 'location /a/ { location /a/b/ {} location ~ x$ {} }';
    assert.is(
      why(nested, '/a/b/c'),
      'the longest prefix of /a/b/c; the regular expression beside it does not match, within location /a/',
    );
    assert.match(why(nested, '/a/x'), /^the first regular expression that matches \/a\/x, within location \/a\/$/);
  });

  it('says so where no location matches', () => {
    assert.is(why('location /a/ {}', '/b'), 'no location matches /b, so the server itself answers');
  });

  it('follows a path to named locations and through error pages', () => {
    const server = 'error_page 404 = @gone; location @gone { return 200 x; } location / { return 404; }';
    const visits = visitsOf(server, '/x');
    assert.equal(
      visits.map(({ afterError, location, uri }) => [location?.node.args.join(' '), uri, afterError]),
      [
        ['/', '/x', false],
        ['@gone', '/x', true],
      ],
    );
    assert.is(whyLocation(visits[1]!), 'the name is given by the step before');
  });

  it('notes the choices of the main request only, in order', () => {
    const server = `location / { auth_request /auth; rewrite ^/x$ /y; proxy_pass http://b; }
      location = /auth { return 204; } location /y { proxy_pass http://b; }`;
    assert.equal(
      visitsOf(server, '/x').map(({ location }) => location?.node.args.join(' ')),
      ['/', '/y'],
    );
  });
});

describe('why a server is chosen', it => {
  const model = modelOf(`http {
    server { listen 80; server_name a.test "" *.b.test c.*; }
    server { listen 80; server_name ~^(?<n>[a-z]+)\\.r\\.test$; }
    server { listen 80 default_server; server_name d.test; }
    server { listen 81; server_name e.test; }
  }`);

  it('names the name that fits', () => {
    assert.is(whyNumber(model, 0, 'a.test'), 'a.test is its name');
    assert.is(whyNumber(model, 0, 'x.b.test'), 'x.b.test fits its name *.b.test');
    assert.is(whyNumber(model, 0, 'c.example'), 'c.example fits its name c.*');
    assert.is(whyNumber(model, 0, undefined), 'the server of requests without a name');
    assert.is(whyNumber(model, 1, 'x.r.test'), 'x.r.test matches its regular expression');
  });

  it('says that the default server takes what no name fits', () => {
    assert.is(whyNumber(model, 2, 'other.test'), 'the default server on *:80');
    assert.is(whyNumber(model, 2, 'd.test'), 'd.test is its name');
    assert.is(whyServer(model.sockets[1]!, model.servers[3]!, 'e.test'), 'the only server on *:81');
  });
});

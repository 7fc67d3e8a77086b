import * as assert from 'uvu/assert';
import { analyse } from '../../../src/analysis/analyse.js';
import { overlap, resourcesOf } from '../../../src/analysis/resources.js';
import { modelOf } from '../../support/differential.js';
import { mainFile } from '../../support/nginx.js';
import { describe } from '../../support/suite.js';

const HTTP = `upstream app { server 10.0.0.1:8080; server LOCALHOST backup; server unix:/run/a.sock; }
  server { listen 80;`;

/** The resources of the site of a location. */
function resources(location: string) {
  const model = modelOf(mainFile(`${HTTP} ${location} }`));
  const row = analyse(model).rows.find(({ site }) => site.kind === 'location');
  return resourcesOf(model, row!, ['none']);
}

function owners(location: string): string[] {
  return resources(location).map(({ owner }) => owner);
}

describe('resourcesOf', it => {
  it('names every server of an upstream with its port', () => {
    assert.equal(owners('location / { proxy_pass http://app; }'), [
      '10.0.0.1:8080',
      '127.0.0.1:80',
      'unix:/run/a.sock',
    ]);
    // A server of an upstream has port 80 unless it says otherwise, over TLS as well.
    assert.equal(owners('location / { proxy_pass https://APP/x; }')[1], '127.0.0.1:80');
  });

  it('reads the forms of a target', () => {
    assert.equal(owners('location / { proxy_pass http://b.test; }'), ['b.test:80']);
    assert.equal(owners('location / { proxy_pass https://B.test/x; }'), ['b.test:443']);
    assert.equal(owners('location / { proxy_pass http://[::1]:81/; }'), ['127.0.0.1:81']);
    assert.equal(owners('location / { proxy_pass http://localhost; }'), ['127.0.0.1:80']);
    assert.equal(owners('location / { proxy_pass http://[::2]:81/; }'), ['[::2]:81']);
    assert.equal(owners('location / { proxy_pass http://unix:/run/b.sock:/x; }'), ['unix:/run/b.sock']);
    assert.equal(owners('location / { uwsgi_pass b:9000; }'), ['b:9000']);
    assert.equal(owners('location / { uwsgi_pass suwsgi://b:9000; }'), ['b:9000']);
    assert.equal(owners('location / { grpc_pass grpcs://b; }'), ['b:443']);
    assert.equal(owners('location / { root /srv/a; fastcgi_pass unix:/run/f.sock; }'), ['unix:/run/f.sock /srv/a']);
    assert.equal(owners('location / { set $to http://b.test; proxy_pass $to; }'), ['b.test:80']);
    assert.equal(owners('location / { deny all; proxy_pass http://b.test$request_uri; }'), []);
    assert.equal(owners('location / { root /srv/$host; }'), []);
    assert.equal(owners('location / { }'), []);
  });

  it('names the paths that are asked for', () => {
    const paths = (location: string) => {
      const [found] = resources(location);
      return `${found!.path}${found!.isExact ? ' exactly' : ''}`;
    };
    assert.is(paths('location /a { proxy_pass http://b; }'), '/a');
    assert.is(paths('location /a/ { proxy_pass http://b/c/; }'), '/c/');
    assert.is(paths('location = /a { proxy_pass http://b; }'), '/a exactly');
    assert.is(paths('location ~ ^/a { proxy_pass http://b; }'), '/');
    assert.is(paths('location /a { rewrite ^/a(.*) $1 break; proxy_pass http://b; }'), '/');
    assert.is(paths('location /a { proxy_pass http://b$request_uri; }'), '/a');
    assert.is(paths('location /a { set $to http://b; proxy_pass $to; }'), '/a');
    assert.is(paths('location ~ ^/a(.*) { proxy_pass http://b/c$1; }'), '/c');
    assert.is(paths('location /a { set $to http://b/c; proxy_pass $to; }'), '/');
    assert.is(paths('location /a/ { root /srv/; }'), '/srv/a/');
    assert.is(paths('location /a/ { alias /srv/; }'), '/srv/');
  });
});

describe('overlap', it => {
  const of = (path: string, isExact = false, owner = 'b:80') => ({ owner, name: owner, path, isExact });

  it('is what two sites can both be asked for', () => {
    assert.ok(overlap(of('/'), of('/a/')));
    assert.ok(overlap(of('/a/'), of('/a', false)));
    assert.ok(overlap(of('/a', true), of('/a', true)));
    assert.ok(overlap(of('/'), of('/a', true)));
    assert.not.ok(overlap(of('/', true), of('/a')));
    assert.not.ok(overlap(of('/a'), of('/b')));
    assert.not.ok(overlap(of('/'), of('/', false, 'c:80')));
  });
});

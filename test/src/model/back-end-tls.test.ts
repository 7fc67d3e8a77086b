import * as assert from 'uvu/assert';
import { BackEndTls } from '../../../src/model/back-end-tls.js';
import { modelOf } from '../../support/differential.js';
import { describe } from '../../support/suite.js';

/** The settings for the pass directive of a location. */
function tlsOf(body: string): BackEndTls | undefined {
  const [server] = modelOf(`http { server { listen 80; location / { ${body} } } }`).servers;
  const [location] = server!.locations;
  return BackEndTls.of(location!.scope, location!.handler?.node);
}

const fileOf = (body: string) =>
  tlsOf(`proxy_pass https://a; ${body}`)?.certificate?.file.map(piece => (piece.kind === 'text' ? piece.text : '$'));

describe('TLS towards back ends', it => {
  it('is spoken where the scheme says so', () => {
    const uses: Readonly<Record<string, BackEndTls['use'] | undefined>> = {
      'proxy_pass https://a;': 'always',
      'proxy_pass HTTPS://a$uri;': 'always',
      'proxy_pass http://a;': 'never',
      'proxy_pass http://$arg_a;': 'never',
      'proxy_pass http$arg_s://a;': 'depends',
      'proxy_pass $scheme://a;': 'depends',
      'grpc_pass grpcs://a;': 'always',
      'grpc_pass a:50051;': 'never',
      'grpc_pass $arg_a;': 'depends',
      'uwsgi_pass suwsgi://a;': 'always',
      'uwsgi_pass a:3031;': 'never',
      'fastcgi_pass a:9000;': undefined,
      'return 204;': undefined,
    };
    for (const [pass, use] of Object.entries(uses)) assert.is(tlsOf(pass)?.use, use, pass);
    const tls = tlsOf('grpc_pass $arg_a;')!;
    assert.equal([tls.isTls('GRPCS://a'), tls.isTls('grpc://a'), tls.isTls('https://a')], [true, false, false]);
  });

  it('names the host in front of the path', () => {
    const hosts: Readonly<Record<string, string>> = {
      'https://a.test/x': 'a.test',
      'https://a.test$request_uri': 'a.test',
      '$scheme://a.test:81/$arg_x': 'a.test:81',
      'https://a.$arg_x.test/': 'a.$.test',
      'https://$arg_x/': '$',
      $arg_x: '$',
      'https://unix:/run/a.sock:/x': 'unix:/run/a.sock',
    };
    for (const [target, host] of Object.entries(hosts)) {
      const pieces = tlsOf(`proxy_pass ${target};`)!.authority;
      assert.is(pieces.map(piece => (piece.kind === 'text' ? piece.text : '$')).join(''), host, target);
    }
  });

  it('shows a certificate, and that of a command in its place', () => {
    assert.equal(fileOf('proxy_ssl_certificate a.pem;'), ['a.pem']);
    assert.is(fileOf('proxy_ssl_certificate "";'), undefined);
    assert.is(fileOf('grpc_ssl_certificate a.pem;'), undefined);
    assert.equal(fileOf('proxy_ssl_certificate a.pem; proxy_ssl_conf_command Certificate b.pem;'), ['b.pem']);
    assert.equal(fileOf('proxy_ssl_conf_command certificate b.pem;'), ['b.pem']);
    assert.equal(fileOf('proxy_ssl_certificate $arg_a; proxy_ssl_conf_command Certificate b.pem;'), ['b.pem']);
  });
});

import * as assert from 'uvu/assert';
import { analyse } from '../../src/analysis/analyse.js';
import { evaluate } from '../../src/analysis/evaluate.js';
import type { Request, TlsChoice } from '../../src/analysis/request.js';
import { classesOf, contradictions } from './access-check.js';
import { arrivalsOf, modelOf } from './differential.js';
import { describe } from './suite.js';

const TLS = 'listen 127.0.0.1:443 ssl; ssl_certificate c; ssl_certificate_key k;';
const GUARD = `set $is $ssl_client_verify; if ($remote_addr = 127.0.0.2) { set $is SUCCESS; }
  if ($is != SUCCESS) { return 403; }`;

/** A server that asks for certificates, in front of one that does not, which one address may enter without. */
const TEXT = `http {
  server { ${TLS} server_name asks.test; ssl_verify_client optional_no_ca; ssl_client_certificate ca.pem; }
  server { ${TLS} server_name other.test; ssl_client_certificate other.pem; ${GUARD} location / { return 200 x; } }
}`;
const MODEL = modelOf(TEXT);

function request(
  serverName: string,
  tls: Pick<TlsChoice, 'certificate' | 'issuer'>,
  sourceAddress = '127.0.0.77',
): Request {
  return {
    connect: { address: '127.0.0.1', port: 443 },
    sourceAddress,
    tls: { serverName, ...tls },
    http: { method: 'GET', target: '/', headers: [['Host', 'other.test']] },
  };
}

describe('the comparison of the access table with requests', it => {
  it('takes the class from the handshake where the server of the site does not verify', () => {
    const [site] = analyse(MODEL).rows.flatMap(row => (row.site.content === 'return' ? [row.site] : []));
    const classes = (sent: Request) => classesOf(MODEL, site!, sent).join();
    assert.is(classes(request('asks.test', { certificate: 'trusted', issuer: 'ca.pem' })), 'trusted');
    assert.is(classes(request('asks.test', { certificate: 'trusted', issuer: 'other.pem' })), 'untrusted');
    assert.is(classes(request('asks.test', { certificate: 'untrusted', issuer: 'self' })), 'untrusted');
    assert.is(classes(request('asks.test', { certificate: 'none' })), 'none');
    assert.is(classes(request('other.test', { certificate: 'trusted', issuer: 'ca.pem' })), 'untrusted,trusted');
  });

  it('holds a request against the cells of its classes alone, and against each of them', () => {
    const { rows } = analyse(MODEL);
    const wrong = (sent: Request, shown = rows) => {
      const arrivals = arrivalsOf(sent, evaluate(MODEL, sent));
      assert.is(arrivals.length, 1);
      return contradictions(MODEL, { rows: shown }, arrivals, TEXT).map(({ client, what }) => `${client} ${what}`);
    };
    const accepted = request('asks.test', { certificate: 'trusted', issuer: 'ca.pem' });
    const unasked = request('other.test', { certificate: 'trusted', issuer: 'ca.pem' }, '127.0.0.2');
    assert.equal([...wrong(accepted), ...wrong(unasked)], []);
    const refused = { verdict: 'refused', by: [] } as const;
    const closed = rows.map(({ site }) => ({ site, access: { none: refused, untrusted: refused, trusted: refused } }));
    assert.equal(wrong(accepted, closed), ['trusted missed']);
    assert.equal(wrong(unasked, closed), ['untrusted missed', 'trusted missed']);
    const weak = rows.map(({ access, site }) => ({ site, access: { ...access, trusted: access.untrusted } }));
    assert.equal(wrong(accepted, weak), ['trusted too weak']);
  });

  it('holds what a request asks on its side against the cells there, the weak ones where the answer is shown alone', () => {
    const wrongBehind = (page: string, inner: 'refused' | 'conditional'): string[] => {
      const text = `http { server { listen 127.0.0.1:80; addition_types *; location = /page { ${page} }
        location = /cut { return 444; } location = /inner { internal; proxy_pass http://b; } } }`;
      const model = modelOf(text);
      const { rows } = analyse(model);
      const sent = {
        connect: { address: '127.0.0.1', port: 80 },
        tls: null,
        http: request('a', { certificate: 'none' }).http,
      };
      const witness = { request: sent, assumes: [], steps: [] };
      const none =
        inner === 'refused'
          ? ({ verdict: 'refused', by: [] } as const)
          : ({ verdict: 'conditional', witness, conditions: [], reasons: [] } as const);
      const told = rows.map(({ site, access }) => ({
        site,
        access: site.content === 'proxy_pass' ? { ...access, none } : access,
      }));
      const asking = { ...sent, http: { ...sent.http, target: '/page' } };
      const arrivals = arrivalsOf(asking, evaluate(model, asking));
      return contradictions(model, { rows: told }, arrivals, text).map(({ what }) => what);
    };
    const added = 'add_before_body /inner; return 200 x;';
    assert.equal(wrongBehind(added, 'refused'), ['missed']);
    assert.equal(wrongBehind(added, 'conditional'), ['too weak']);
    assert.equal(wrongBehind(`add_after_body /cut; ${added}`, 'conditional'), []);
    assert.equal(wrongBehind(`add_after_body /cut; ${added}`, 'refused'), ['missed']);
    assert.equal(wrongBehind('mirror /inner; empty_gif;', 'refused'), ['missed']);
    assert.equal(wrongBehind('mirror /inner; empty_gif;', 'conditional'), []);
  });
});

import * as assert from 'uvu/assert';
import { analyse } from '../../src/analysis/analyse.js';
import { evaluate } from '../../src/analysis/evaluate.js';
import type { Request, TlsChoice } from '../../src/analysis/request.js';
import { classesOf, contradictions } from './access-check.js';
import { modelOf } from './differential.js';
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
      const { conditions, outcome } = evaluate(MODEL, sent);
      assert.is(outcome.kind, 'content');
      if (outcome.kind !== 'content') return [];
      const arrival = { request: sent, client: 'trusted', site: outcome.site, conditions } as const;
      return contradictions(MODEL, { rows: shown }, [arrival], TEXT).map(({ client, what }) => `${client} ${what}`);
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
});

import * as assert from 'uvu/assert';
import type { Verdict } from '../../../src/analysis/access.js';
import type { Session } from '../../../src/analysis/request.js';
import type { LintResult } from '../../../src/report/result.js';
import { describe } from '../../support/suite.js';
import {
  certificates,
  crlOf,
  FUTURE,
  issuing,
  lintSituation,
  PAST,
  partner,
  root,
  type Situation,
  server,
} from '../../support/trust-laboratory.js';

const FILES: Readonly<Record<string, string>> = {
  'root.pem': certificates(root),
  'chain.pem': certificates(root, issuing),
  'issuing.pem': certificates(issuing),
  'mixed.pem': certificates(root) + crlOf(root),
  'partner.pem': certificates(partner),
  'partner-crl.pem': crlOf(partner),
  'expired-crl.pem': crlOf(root, { nextUpdate: PAST }),
  'soon-crl.pem': crlOf(root, { nextUpdate: FUTURE }),
  'broken.pem': '-----BEGIN CERTIFICATE-----\n',
};

const ON = 'ssl_verify_client on;';

/** The access table alone, as `access` makes it. */
const tableOf = (situation: Situation): Promise<LintResult> =>
  lintSituation({ ...situation, files: { ...FILES, ...situation.files } }, []);

/** What a verdict says, with the lines that refuse (but the mode, which does so always), or why it is not decided. */
function told(verdict: Verdict<Session>): string {
  const lines = verdict.verdict === 'refused' ? verdict.by : verdict.verdict === 'unknown' ? verdict.reasons : [];
  const texts = lines.map(({ text }) => text).filter(text => !/^ssl_verify_client \w+$/.test(text));
  return [verdict.verdict, ...texts].join('; ');
}

/** What the table says of trusted clients, server by server. */
async function trusted(http: string, more: Partial<Situation> = {}): Promise<string[]> {
  const { tables } = await tableOf({ http, ...more });
  return tables[0]!.rows.map(({ access }) => told(access.trusted));
}

describe('trusted clients in the access table', it => {
  it('are refused by the line that locks everybody out, with the reason', async () => {
    const crl = `ssl_client_certificate root.pem; ssl_crl partner-crl.pem;`;
    const noList = 'refused; ssl_crl partner-crl.pem: no CRL of "CN=Root"';
    for (const mode of ['on', 'optional', 'optional_no_ca']) {
      assert.equal(await trusted(server(`${crl} ssl_verify_client ${mode};`)), [noList], mode);
    }
    for (const [body, text] of [
      [
        'ssl_client_certificate issuing.pem;',
        'ssl_client_certificate issuing.pem: "CN=Issuing" does not lead to a self-signed root in these files',
      ],
      [
        'ssl_client_certificate broken.pem;',
        'ssl_client_certificate broken.pem: nginx refuses to load it: CERTIFICATE block: no END line',
      ],
      ['ssl_client_certificate "";', 'ssl_verify_client on: no CA is configured'],
    ] as const) {
      assert.equal(await trusted(server(`${body} ${ON}`)), [`refused; ${text}`], body);
    }
  });

  it('are let in where one of the CAs is accepted', async () => {
    const crl = 'ssl_client_certificate chain.pem; ssl_crl expired-crl.pem;';
    assert.match((await trusted(server(`${crl} ${ON}`)))[0]!, /^refused; /);
    assert.equal(await trusted(server(`ssl_client_certificate chain.pem; ssl_crl soon-crl.pem; ${ON}`)), ['reached']);
    assert.equal(await trusted(server(`ssl_client_certificate root.pem; ${ON}`)), ['reached']);
  });

  it('are judged at the moment that the user names', async () => {
    const http = server(`ssl_client_certificate root.pem; ssl_crl soon-crl.pem; ${ON}`);
    assert.equal(await trusted(http), ['reached']);
    assert.equal(await trusted(http, { at: new Date('2101-01-01T00:00:00Z') }), [
      'refused; ssl_crl soon-crl.pem: the CRL of "CN=Root" has expired',
    ]);
  });

  it('are taken to be accepted where a file cannot be read, with a notice of it', async () => {
    const { notices, tables } = await tableOf({
      http: server(`ssl_client_certificate root.pem; ssl_crl gone.pem; ${ON}`),
    });
    assert.is(tables[0]!.rows[0]!.access.trusted.verdict, 'reached');
    assert.equal(
      notices.map(({ kind, text }) => `${kind}: ${text}`),
      ['not-checked: ssl_crl "gone.pem": no such file, so which client certificates it refuses was not checked'],
    );
  });

  it('are undecided where versions of nginx differ, and decided where the version is named', async () => {
    const http = server(`ssl_client_certificate mixed.pem; ssl_crl partner-crl.pem; ${ON}`);
    assert.equal(await trusted(http), ['unknown; nginx from 1.27.2 on: ssl_crl partner-crl.pem: no CRL of "CN=Root"']);
    assert.equal(await trusted(http, { version: '1.26.2' }), ['reached']);
    assert.equal(await trusted(http, { version: '1.28.0' }), ['refused; ssl_crl partner-crl.pem: no CRL of "CN=Root"']);
  });

  it('are none where a CRL locks them out; that the default server accepts them is shown as an opening', async () => {
    const locked = server(`ssl_client_certificate root.pem; ssl_crl expired-crl.pem; ${ON}`);
    const first = server(`ssl_client_certificate root.pem; ${ON}`, 'first.test', '443 ssl default_server');
    const { findings, tables } = await lintSituation({ http: first + locked, files: FILES }, ['weaker-default-policy']);
    const { trusted: own, untrusted } = tables[0]!.rows[1]!.access;
    assert.is(told(own), 'refused; ssl_crl expired-crl.pem: the CRL of "CN=Root" has expired');
    const tls = untrusted.verdict === 'reached' ? untrusted.witness.request.tls : undefined;
    assert.equal(
      [tls?.serverName, tls?.certificate, tls?.issuer, tls?.authority?.subject],
      [null, 'untrusted', 'root.pem', 'CN=Root'],
    );
    assert.equal(
      findings.map(({ level, message, witness }) => [level, message, witness?.request.tls?.certificate]),
      [
        [
          'error',
          'without SNI, clients with a certificate of "CN=Root" (root.pem), all of whom ssl_crl expired-crl.pem stops, get to server app.test, because default server first.test of *:443 looks at no CRL',
          'untrusted',
        ],
      ],
    );
  });

  it('stay trusted where a CRL stops another CA alone', async () => {
    const locked = server(`ssl_client_certificate both.pem; ssl_crl root-crl.pem; ${ON}`);
    const first = server(`ssl_client_certificate both.pem; ${ON}`, 'first.test', '443 ssl default_server');
    const files = { 'both.pem': certificates(root, partner), 'root-crl.pem': crlOf(root) };
    const { tables } = await tableOf({ http: first + locked, files });
    const { trusted: own, untrusted } = tables[0]!.rows[1]!.access;
    assert.is(own.verdict === 'reached' && own.witness.request.tls?.serverName, 'app.test');
    assert.is(untrusted.verdict === 'reached' && untrusted.witness.request.tls?.authority?.subject, 'CN=Partner');
  });

  it('are not those of a CA that the CRL of their server stops, where that server makes no handshakes', async () => {
    const first = server(`ssl_client_certificate partner.pem; ${ON}`, 'first.test', '443 ssl default_server');
    const bare = server(`ssl_client_certificate both.pem; ssl_crl root-crl.pem; ${ON}`).replace(
      /ssl_certificate.*;/g,
      '',
    );
    const files = { 'both.pem': certificates(root, partner), 'root-crl.pem': crlOf(root) };
    const { tables } = await tableOf({ http: first + bare, files });
    const { trusted: own, untrusted } = tables[0]!.rows[1]!.access;
    assert.is(own.verdict, 'refused');
    assert.is(untrusted.verdict === 'reached' && untrusted.witness.request.tls?.authority?.subject, 'CN=Partner');
  });

  it('reach the page of the error that refuses them', async () => {
    const http = server(
      `ssl_client_certificate root.pem; ssl_crl expired-crl.pem; ${ON} error_page 495 = /refused; location = /refused { proxy_pass http://127.0.0.1:8080; }`,
    ).replace('return 200 $ssl_client_verify;', '');
    const { tables } = await tableOf({ http });
    const row = tables[0]!.rows.find(({ site }) => site.content === 'proxy_pass')!;
    assert.is(row.access.trusted.verdict, 'reached');
  });

  it('are refused by the own line of each server of one shape', async () => {
    const body = `ssl_client_certificate root.pem; ssl_crl expired-crl.pem; ${ON}`;
    const reject = 'server { listen 443 ssl default_server; ssl_reject_handshake on; }';
    const { tables } = await tableOf({ http: [reject, server(body, 'a.test'), server(body, 'b.test')].join('\n') });
    const places = tables[0]!.rows.flatMap(({ access, site }) => {
      const { trusted: verdict } = access;
      if (site.content !== 'return' || verdict.verdict !== 'refused') return [];
      const [{ span, text }] = verdict.by as [(typeof verdict.by)[number]];
      return [[span.start > site.server.node.directive.start, text]];
    });
    const text = 'ssl_crl expired-crl.pem: the CRL of "CN=Root" has expired';
    assert.equal(places, [
      [true, text],
      [true, text],
    ]);
  });

  it('are refused by the lines that lock them out of a server of stream, with the reason', async () => {
    const stream = (body: string): string =>
      server(`${body} ${ON}`)
        .replace(/server_name [^;]+;/, '')
        .replace('return 200 ', 'return ');
    const isStream = true;
    for (const [body, text] of [
      ['ssl_client_certificate root.pem; ssl_crl partner-crl.pem;', 'ssl_crl partner-crl.pem: no CRL of "CN=Root"'],
      [
        'ssl_client_certificate root.pem; ssl_crl expired-crl.pem;',
        'ssl_crl expired-crl.pem: the CRL of "CN=Root" has expired',
      ],
      [
        'ssl_client_certificate issuing.pem;',
        'ssl_client_certificate issuing.pem: "CN=Issuing" does not lead to a self-signed root in these files',
      ],
    ] as const) {
      assert.equal(await trusted(stream(body), { isStream }), [`refused; ${text}`], body);
    }
    const soon = stream('ssl_client_certificate root.pem; ssl_crl soon-crl.pem;');
    assert.equal(await trusted(soon, { isStream }), ['reached']);
    const mixed = stream('ssl_client_certificate mixed.pem; ssl_crl partner-crl.pem;');
    assert.equal(await trusted(mixed, { isStream }), [
      'unknown; nginx from 1.27.2 on: ssl_crl partner-crl.pem: no CRL of "CN=Root"',
    ]);
    assert.equal(await trusted(mixed, { isStream, version: '1.26.2' }), ['reached']);
  });

  it('name the CA that is meant, where another server makes the handshake', async () => {
    const first = server(`ssl_client_certificate partner.pem; ${ON}`, 'first.test', '443 ssl default_server');
    const { tables } = await tableOf({ http: first + server(`ssl_client_certificate root.pem; ${ON}`) });
    const verdict = tables[0]!.rows[1]!.access.untrusted;
    const tls = verdict.verdict === 'reached' ? verdict.witness.request.tls : undefined;
    assert.equal([tls?.serverName, tls?.issuer, tls?.authority?.subject], [null, 'partner.pem', 'CN=Partner']);
  });
});

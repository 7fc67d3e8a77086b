import * as assert from 'uvu/assert';
import type { Access } from '../../../src/analysis/access.js';
import { analyseStream } from '../../../src/analysis/analyse-stream.js';
import { evaluateStream } from '../../../src/analysis/evaluate/stream.js';
import { CLIENT_CLASSES, type StreamSession, type TlsChoice } from '../../../src/analysis/request.js';
import { cpuTime } from '../../support/cpu-time.js';
import { streamModelOf } from '../../support/stream-laboratory.js';
import { describe } from '../../support/suite.js';

const CERTIFICATES = 'ssl_certificate s.pem; ssl_certificate_key s.key;';
const GUARDED = 'refused refused reached';

function tableOf(stream: string) {
  return analyseStream(streamModelOf(`events {} stream { ${stream} }`));
}

function verdicts(access: Access<StreamSession>): string {
  const words = CLIENT_CLASSES.map(client => access[client].verdict);
  return new Set(words).size === 1 ? words[0]! : words.join(' ');
}

/** Each server with its verdicts, and each place with its own. */
function cells(stream: string): string[] {
  return tableOf(stream).rows.flatMap(({ access, targets }) => [
    verdicts(access),
    ...targets.map(target => `${target.value}: ${verdicts(target.access)}`),
  ]);
}

function reasonsOf(stream: string): string[] {
  const { none } = tableOf(stream).rows[0]!.access;
  return 'reasons' in none ? none.reasons.map(({ kind, text }) => `${kind}: ${text}`) : [];
}

/** Where a connection to 127.0.0.1:443 ends: the line of the server, or why it is closed. */
function follow(stream: string, tls: TlsChoice | null): string {
  const model = streamModelOf(`events {} stream {\n${stream}\n}`);
  const { outcome } = evaluateStream(model, { connect: { address: '127.0.0.1', port: 443 }, tls, http: null });
  if (outcome.kind === 'content') return `${outcome.site.server.index + 1} ${outcome.value}`;
  return outcome.kind === 'closed' ? outcome.cause : outcome.reason.kind;
}

const sni = (
  serverName: string | null,
  certificate: TlsChoice['certificate'] = 'none',
  issuer?: string,
): TlsChoice => ({
  serverName,
  certificate,
  ...(issuer === undefined ? {} : { issuer }),
});

/** Virtual servers, which nginx has since 1.25.5 (mtls-semantics 13): the default verifies by one CA, the other by another. */
const VIRTUAL = `server { listen 443 ssl; server_name b.lab; ${CERTIFICATES} ssl_client_certificate b.pem; ssl_verify_client on; proxy_pass 127.0.0.1:2; }
server { listen 443 ssl; server_name a.lab; ${CERTIFICATES} ssl_client_certificate a.pem; ssl_verify_client on; proxy_pass 127.0.0.1:1; }`;

describe('access table of stream', it => {
  it('lets SNI alone choose among the servers of an address', () => {
    assert.is(follow(VIRTUAL, sni('a.lab', 'trusted', 'a.pem')), '2 127.0.0.1:1');
    assert.is(follow(VIRTUAL, sni('A.LAB.', 'trusted', 'a.pem')), '2 127.0.0.1:1');
    assert.is(follow(VIRTUAL, sni('a.lab', 'untrusted', 'b.pem')), 'the certificate is not accepted');
    for (const name of [null, 'c.lab', 'b.lab']) {
      assert.is(follow(VIRTUAL, sni(name, 'trusted', 'b.pem')), '1 127.0.0.1:2');
      assert.is(follow(VIRTUAL, sni(name, 'untrusted', 'a.pem')), 'the certificate is not accepted');
    }
    assert.equal(cells(VIRTUAL), [GUARDED, GUARDED]);
    const [first, second] = tableOf(VIRTUAL).rows;
    const nameOf = (row: typeof first) => {
      const verdict = row!.access.trusted;
      return 'witness' in verdict ? verdict.witness.request.tls?.serverName : undefined;
    };
    assert.is(nameOf(first), 'b.lab');
    assert.is(nameOf(second), 'a.lab');
  });

  it('refuses handshakes where the default server does, but for the names of others', () => {
    const stream = `server { listen 443 ssl default_server; ssl_reject_handshake on; proxy_pass 127.0.0.1:2; }
      server { listen 443 ssl; server_name a.lab; ${CERTIFICATES} proxy_pass 127.0.0.1:1; }`;
    assert.is(follow(stream, sni(null)), 'the handshake is refused');
    assert.is(follow(stream, sni('a.lab')), '2 127.0.0.1:1');
    assert.equal(cells(stream), ['refused', 'reached']);
  });

  it('takes the settings of the default server for one without a certificate', () => {
    const stream = `server { listen 443 ssl; ${CERTIFICATES} proxy_pass 127.0.0.1:2; }
      server { listen 443 ssl; server_name a.lab; ssl_client_certificate a.pem; ssl_verify_client on; proxy_pass 127.0.0.1:1; }`;
    assert.is(follow(stream, sni('a.lab', 'trusted', 'a.pem')), 'no certificate');
    assert.equal(cells(stream), ['reached', 'refused']);
  });

  it('judges addresses before the name is known, by the rules of the default server', () => {
    const server = (rules: string, name: string) =>
      `server { listen 443 ssl; server_name ${name}; ${CERTIFICATES} ${rules} proxy_pass 127.0.0.1:1; }`;
    assert.equal(cells(`${server('', 'b.lab')} ${server('deny all;', 'a.lab')}`), ['reached', 'reached']);
    assert.equal(cells(`${server('deny all;', 'b.lab')} ${server('', 'a.lab')}`), ['refused', 'refused']);
    assert.equal(cells(`${server('allow 10.0.0.0/8; deny all;', 'b.lab')} ${server('', 'a.lab')}`), [
      'conditional',
      'conditional',
    ]);
  });

  it('reads the name of a ClientHello that is passed on where the default server says so', () => {
    const servers = (preread: string) => `server { listen 443; ${preread} proxy_pass 127.0.0.1:2; }
      server { listen 443; server_name a.lab; proxy_pass 127.0.0.1:1; }`;
    assert.is(follow(servers('ssl_preread on;'), sni('a.lab')), '2 127.0.0.1:1');
    assert.is(follow(servers('ssl_preread on;'), sni('b.lab')), '1 127.0.0.1:2');
    assert.is(follow(servers('ssl_preread on;'), null), '1 127.0.0.1:2');
    assert.is(follow(servers(''), sni('a.lab')), '1 127.0.0.1:2');
    assert.equal(cells(servers('ssl_preread on;')), ['reached', 'reached']);
    assert.equal(cells(servers('')), ['reached', 'refused']);
  });

  it('does not take names for given that the client spells as it likes', () => {
    const map = 'map $ssl_server_name $up { ~^a\\.test$ ""; default 127.0.0.1:1; }';
    const stream = `${map} server { listen 443 ssl; ${CERTIFICATES} proxy_pass $up; }`;
    assert.equal(cells(stream), ['reached', '127.0.0.1:1: reached']);
    const named = `${map} server { listen 443 ssl; server_name b.lab; ${CERTIFICATES} proxy_pass 127.0.0.1:2; }
      server { listen 443 ssl; server_name a.test; ${CERTIFICATES} proxy_pass $up; }`;
    assert.is(follow(named, sni('A.test')), '2 127.0.0.1:1');
    assert.not.ok(cells(named).includes('refused'));
  });

  it('leaves undecided what a script may allow or refuse, at its place, but for whom the handshake refuses', () => {
    const server = (more: string) =>
      `js_import main.js; server { listen 443 ssl; ${CERTIFICATES} ssl_client_certificate a.pem; ssl_verify_client on; ${more} proxy_pass 127.0.0.1:1; }`;
    for (const script of [
      'js_access main.f;',
      'js_preread main.f;',
      'js_filter main.f;',
      'preread_by_lua_file f.lua;',
    ]) {
      assert.equal(cells(server(script)), ['refused refused unknown'], script);
    }
    // It may also let somebody by whom the rules refuse.
    assert.equal(cells(server('js_access main.f; deny all;')), ['refused refused unknown']);
    assert.equal(cells(server('deny all; js_preread main.f;')), ['refused']);
    const open = server('js_preread main.f;').replace('ssl_verify_client on', 'ssl_verify_client optional');
    assert.equal(reasonsOf(open), ['script: js_preread main.f']);
  });

  it('lists a script that answers as one, without a proof of what it says', () => {
    const stream = `server { listen 443 ssl; ${CERTIFICATES} ssl_client_certificate a.pem; ssl_verify_client on; content_by_lua_block { ngx.say("x") } }`;
    const { rows } = tableOf(stream);
    assert.is(rows[0]!.site.content, 'script');
    assert.equal(cells(stream), [GUARDED]);
  });

  it('does not decide what only ssl_conf_command asks for, which depends on the version', () => {
    const stream = `server { listen 443 ssl; ${CERTIFICATES} ssl_conf_command VerifyMode Request; proxy_pass 127.0.0.1:1; }`;
    assert.is(follow(stream, sni(null, 'untrusted', 'self')), 'version');
    assert.match(cells(stream)[0]!, /^reached unknown/);
    const { untrusted } = tableOf(stream).rows[0]!.access;
    assert.ok('reasons' in untrusted && untrusted.reasons.every(({ kind }) => kind === 'version'));
  });

  it('closes connections for an error that optional_no_ca does not let pass, as the lack of a CRL is', () => {
    const server = (more: string) =>
      `server { listen 443 ssl; ${CERTIFICATES} ssl_client_certificate a.pem; ssl_verify_client optional_no_ca; ${more} proxy_pass 127.0.0.1:1; }`;
    assert.is(follow(server(''), sni(null, 'untrusted', 'self')), '1 127.0.0.1:1');
    assert.is(follow(server('ssl_crl a.crl;'), sni(null, 'untrusted', 'self')), 'the certificate is not accepted');
    assert.is(follow(server('ssl_crl a.crl;'), sni(null, 'untrusted', 'unknown')), '1 127.0.0.1:1');
    assert.equal(cells(server('ssl_crl a.crl;')), ['reached']);
  });

  it('does not decide whether a certificate is asked for where the version of TLS does', () => {
    const stream = `server { listen 443 ssl; ${CERTIFICATES} ssl_client_certificate a.pem; ssl_verify_client optional; ssl_conf_command VerifyMode RequirePostHandshake; proxy_pass 127.0.0.1:1; }`;
    for (const tls of [sni(null), sni(null, 'trusted'), sni(null, 'untrusted', 'self')]) {
      assert.is(follow(stream, tls), 'tls-version');
    }
    assert.equal(cells(stream), ['unknown']);
  });

  it('follows targets that the client chooses', () => {
    const server = (more: string) =>
      `server { listen 443; ssl_preread on; ${more} proxy_pass $ssl_preread_server_name:443; }`;
    assert.equal(cells(server('resolver 127.0.0.1;')), ['reached']);
    assert.is(follow(server('resolver 127.0.0.1;'), sni('a.lab')), '1 a.lab:443');
    assert.is(follow(server(''), sni('a.lab')), 'no back end is called "a.lab:443"');
    assert.is(
      follow(server('').replace('server {', 'upstream a.lab:443 { server 127.0.0.1:1; } server {'), sni('a.lab')),
      '1 a.lab:443',
    );
  });

  it('calls nothing refused in a server that could not be read as a whole', () => {
    const stream = `server { listen 443 ssl; ${CERTIFICATES} ssl_client_certificate a.pem; ssl_verify_client on; include gone.conf; proxy_pass 127.0.0.1:1; }`;
    assert.equal(cells(stream), ['unknown']);
    assert.equal(
      cells(
        `map $ssl_client_verify $up { SUCCESS a; include gone.conf; } upstream a { server 127.0.0.1:1; } server { listen 443 ssl; ${CERTIFICATES} ssl_client_certificate a.pem; ssl_verify_client optional; proxy_pass $up; }`,
      ),
      ['unknown refused unknown'],
    );
  });

  it('knows addresses of datagrams apart, and that they carry no TLS', () => {
    const stream = `server { listen 443 udp; proxy_pass 127.0.0.1:1; } server { listen 443 ssl; ${CERTIFICATES} ssl_client_certificate a.pem; ssl_verify_client on; proxy_pass 127.0.0.1:2; }`;
    assert.equal(cells(stream), ['reached', GUARDED]);
  });

  it('answers where a place has many values, or says that it cannot', () => {
    const many = Array.from({ length: 3_000 }, (_, index) => `name${index}.test 127.0.0.1:${index + 1};`).join(' ');
    const stream = `map $ssl_server_name $up { ${many} default ""; } server { listen 443 ssl; ${CERTIFICATES} proxy_pass $up; }`;
    const [row] = tableOf(stream).rows;
    assert.is(verdicts(row!.access), 'reached');
    assert.ok(row!.targets.length <= 64);
    assert.ok(cpuTime(() => tableOf(stream)) < 20_000);
    const maps = Array.from(
      { length: 12 },
      (_, index) => `map $ssl_server_name $m${index} { ~x${index} a; default b; }`,
    ).join(' ');
    const product = Array.from({ length: 12 }, (_, index) => `$m${index}`).join('');
    const [wide] = tableOf(`${maps} server { listen 443 ssl; ${CERTIFICATES} return "${product}"; }`).rows;
    assert.ok(['reached', 'unknown'].includes(verdicts(wide!.access)));
  });
});

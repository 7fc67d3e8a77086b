/**
 * Random pairs of servers on one address, with real certificates and CRLs: the evaluator, the access table and the real
 * nginx have to agree on every client, whoever makes the handshake.
 */
import * as assert from 'uvu/assert';
import { parseConfig } from '../../../grammar/index.js';
import { analyse } from '../../../src/analysis/analyse.js';
import { analyseStream } from '../../../src/analysis/analyse-stream.js';
import { evaluateStream } from '../../../src/analysis/evaluate/stream.js';
import { evaluate, type Trace } from '../../../src/analysis/evaluate.js';
import {
  CLIENT_CLASSES,
  type ClientClass,
  type Request,
  type StreamSession,
  type TlsChoice,
} from '../../../src/analysis/request.js';
import { Trust } from '../../../src/analysis/trust.js';
import type { ConfigNode } from '../../../src/config/config-tree.js';
import { expand } from '../../../src/config/expand.js';
import { ConfigReader } from '../../../src/config/reader.js';
import type { ClientAuthority, Excess } from '../../../src/model/client-trust.js';
import { verifyMode } from '../../../src/model/client-verification.js';
import type { HttpModel, StreamModel, VirtualServer } from '../../../src/model/model.js';
import { resolve } from '../../../src/model/resolve.js';
import { resolveStream } from '../../../src/model/resolve-stream.js';
import { NginxVersions } from '../../../src/model/versions.js';
import { type PemFile, readPem } from '../../../src/pki/pem.js';
import { unconfirmed } from '../../support/access-check.js';
import {
  type Authority,
  certificatePem,
  commonName,
  keyOf,
  makeAuthority,
  makeClient,
  privateKeyPem,
} from '../../support/certificates.js';
import { MemoryHost } from '../../support/memory-host.js';
import { freePorts, mainFile, requireNginx, withNginx } from '../../support/nginx.js';
import { numbers } from '../../support/numbers.js';
import type { KeyPair } from '../../support/pki.js';
import { sendAll } from '../../support/send.js';
import { answerOf, converse, requireStream, streamFile } from '../../support/stream-laboratory.js';
import { describe } from '../../support/suite.js';
import { certificates, crlOf, department, issuing, PAST, partner, root } from '../../support/trust-laboratory.js';

const key = keyOf('p256', 7);
/** A self-signed certificate of a client's own, which a server may pin. */
const pinned = makeAuthority(commonName('kim'), key, undefined, { isAuthority: false });
const gone = makeAuthority(commonName('Gone'), keyOf('p256', 4), undefined, { notAfter: PAST });
const narrow = makeAuthority(commonName('Narrow'), keyOf('p256', 5), root, { extendedKeyUsage: '1.3.6.1.5.5.7.3.1' });
const stranger = makeAuthority(commonName('Stranger'), keyOf('p256', 6));

const AUTHORITIES: Readonly<Record<string, Authority>> = { root, issuing, department, partner, gone, narrow };

const pairOf = (certificate: Buffer): KeyPair => ({
  certificate: certificatePem(certificate),
  key: privateKeyPem(key),
});
/** Each client sends its own certificate, and none of those above it. */
const CLIENTS: Readonly<Record<string, KeyPair>> = {
  ...Object.fromEntries(
    Object.entries(AUTHORITIES).map(([name, authority]) => [name, pairOf(makeClient(authority, key))]),
  ),
  pinned: pairOf(pinned.certificate),
  unknown: pairOf(makeClient(stranger, key)),
  self: pairOf(makeAuthority(commonName('self'), key, undefined, { isAuthority: false }).certificate),
};

/** The texts of `$ssl_client_verify` that are foretold, and the status that tells each. */
const TOLD = [
  'NONE',
  'SUCCESS',
  'FAILED:self-signed certificate',
  'FAILED:unable to verify the first certificate',
  'FAILED:unable to get certificate CRL',
  'FAILED:CRL has expired',
  'FAILED:CRL signature failure',
  'FAILED:certificate revoked',
];
const told = `${TOLD.map((text, index) => `if ($ssl_client_verify = "${text}") { return ${601 + index}; }`).join('\n')}
return 600;`;

type Draw = (below: number) => number;

/** What a server trusts and refuses, and how it answers; the names of its files begin with `prefix`. */
function serverText(prefix: string, draw: Draw, files: Record<string, string>): string {
  const certificate = (name: string): string => certificates((name === 'pinned' ? pinned : AUTHORITIES[name])!);
  const some = (share: number): string[] => [...Object.keys(AUTHORITIES), 'pinned'].filter(() => draw(100) < share);
  const crlsFor = (names: readonly string[]): string =>
    names
      .flatMap(name => {
        const authority = AUTHORITIES[name];
        if (authority === undefined) return [];
        const state = draw(12);
        if (state === 0) return [];
        if (state === 1) return [crlOf(authority, { nextUpdate: PAST })];
        if (state === 2) return [crlOf(authority, { signer: stranger.key, hasKeyIdentifier: false })];
        if (state === 3) return [crlOf(authority, { revoked: [issuing.serial, department.serial] })];
        return [crlOf(authority)];
      })
      .join('') + crlOf(stranger);
  const lines: string[] = [];
  const mode = ['on', 'on', 'optional', 'optional', 'optional_no_ca', 'off'][draw(6)]!;
  lines.push(`ssl_verify_client ${mode};`);
  const client = some(45);
  const add = (directive: string, name: string, text: string): void => {
    files[`${prefix}-${name}.pem`] = text;
    lines.push(`${directive} ${prefix}-${name}.pem;`);
  };
  if (mode === 'on' || mode === 'optional' || draw(3) > 0) {
    if (client.length === 0) client.push('root');
    add('ssl_client_certificate', 'ca', client.map(certificate).join(''));
  }
  const trusted = draw(3) === 0 ? some(30) : [];
  if (trusted.length > 0) add('ssl_trusted_certificate', 'trusted', trusted.map(certificate).join(''));
  if (draw(2) === 0) add('ssl_crl', 'crl', crlsFor([...Object.keys(AUTHORITIES)]));
  if (draw(8) === 0) add('ssl_conf_command VerifyCAFile', 'store', certificates(root, issuing, partner));
  if (draw(3) > 0) lines.push(`ssl_verify_depth ${draw(4)};`);
  return lines.join('\n');
}

interface Pair {
  readonly port: number;
  readonly text: string;
  readonly files: Readonly<Record<string, string>>;
}

/** What tells a pair from others. */
const settingsOf = ({ text }: Pair): string => text.replaceAll(told, 'told');

const NAMES = ['first.test', 'second.test'];

function makePair(port: number, seed: number): Pair {
  const draw = numbers(seed);
  const files: Record<string, string> = {};
  const servers = NAMES.map((name, index) => {
    const own = index === 1 && draw(6) === 0 ? '' : 'ssl_certificate server.pem; ssl_certificate_key server.key;';
    return `server {
listen 127.0.0.1:${port} ssl; server_name ${name}; ${own}
${serverText(`${port}-${index}`, draw, files)}
error_page 495 = /refused;
location / { return 200 served; }
location = /told { ${told} }
location = /refused { internal; ${told} }
}`;
  });
  return { port, files, text: servers.join('\n') };
}

/** A server of stream, which tells the verdict. */
function makeStreamServer(port: number, seed: number): Pair {
  const files: Record<string, string> = {};
  const text = `server {
listen 127.0.0.1:${port} ssl; ssl_certificate server.pem; ssl_certificate_key server.key;
${serverText(`${port}`, numbers(seed), files)}
return "return-1 $ssl_client_verify";
}`;
  return { port, files, text };
}

/** The model of a configuration with what its files hold. */
function modelOf(pair: Pair, now: Date): HttpModel {
  const { nodes, trust } = treeOf(mainFile(pair.text), pair, now);
  return resolve(nodes, trust)!;
}

function streamModelOf(pair: Pair, now: Date): StreamModel {
  const { nodes, trust } = treeOf(streamFile(pair.text), pair, now);
  return resolveStream(nodes, trust);
}

function treeOf(text: string, { files }: Pair, now: Date): { nodes: readonly ConfigNode[]; trust: Trust } {
  const host = new MemoryHost({ 'nginx.conf': text });
  const { nodes } = expand('/work/nginx.conf', new ConfigReader(host, parseConfig));
  const read = new Map<string, PemFile>();
  const trust = new Trust(
    (node, argument) => {
      const name = node.args[argument]!;
      const file = read.get(name) ?? readPem(name, Buffer.from(files[name]!, 'latin1'));
      read.set(name, file);
      return file;
    },
    now,
    NginxVersions.exactly('1.22.1'),
  );
  return { nodes, trust };
}

/** The CAs of all servers by the subjects that nginx shows. */
function authoritiesIn(model: HttpModel | StreamModel): ReadonlyMap<string, ClientAuthority> {
  const known = model.servers.flatMap(server => model.trust!.authoritiesOf(server)!);
  return new Map(known.map(authority => [authority.subject, authority]));
}

const SUBJECTS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.keys(AUTHORITIES).map(name => [name, `CN=${name[0]!.toUpperCase()}${name.slice(1)}`])),
  pinned: 'CN=kim',
};

/** What a client offers, or `none`. */
function offered(known: ReadonlyMap<string, ClientAuthority>, client: string, serverName: string | null): TlsChoice {
  if (client === 'none') return { serverName, certificate: 'none' };
  const authority = known.get(SUBJECTS[client] ?? '');
  // Whom no server knows is a stranger, and a pinned certificate one of those that sign for themselves.
  const issuer = client === 'self' || (client === 'pinned' && authority === undefined) ? 'self' : 'unknown';
  return {
    serverName,
    certificate: 'trusted',
    // Requests share a connection where all of this is equal.
    subject: client,
    ...(authority === undefined ? { issuer } : { issuer: authority.file, authority }),
  };
}

function requestsTo(model: HttpModel, port: number): { client: string; host: string; request: Request }[] {
  const known = authoritiesIn(model);
  return ['none', ...Object.keys(CLIENTS)].flatMap(client =>
    NAMES.flatMap(host =>
      [...NAMES, null].flatMap(serverName =>
        ['/', '/told'].map(target => {
          const tls = offered(known, client, serverName);
          const request: Request = {
            connect: { address: '127.0.0.1', port },
            tls,
            http: { method: 'GET', target, headers: [['Host', host]] },
          };
          return { client, host, request };
        }),
      ),
    ),
  );
}

function statusOf({ outcome }: Trace): number {
  return outcome.kind === 'content' || outcome.kind === 'refused' ? outcome.status : 0;
}

/** The classes that a client belongs to at a server; none where it is of a CA that a server without a policy refuses. */
function classesAt(server: VirtualServer, handshake: VirtualServer, model: HttpModel, client: string): ClientClass[] {
  if (client === 'none') return ['none'];
  const trust = model.trust!;
  const authority = authoritiesIn(model).get(SUBJECTS[client] ?? '');
  if (verifyMode(handshake) === 'off') return ['untrusted', 'trusted'];
  // A server that does not verify has no policy of its own.
  const measure = verifyMode(server) === 'off' ? handshake : server;
  if (authority === undefined) return ['untrusted'];
  const isOwn = trust.authoritiesOf(measure)!.some(one => one.key === authority.key);
  // Of a CA of its own the client is trusted, but where the server accepts none of its clients.
  if (isOwn && trust.verdictOn(measure, authority).kind === 'accepted') return ['trusted'];
  if (isOwn && measure !== server && trust.lockoutOf(measure) !== undefined) return ['trusted'];
  const isForeign = ({ authority: other, refuses }: Excess): boolean =>
    other.key === authority.key && refuses === 'all';
  return !isOwn || trust.excessOf(handshake, measure)!.some(isForeign) ? ['untrusted'] : [];
}

const PAIRS = 60;

describe('trust sets in the handshake', it => {
  it('decide alike in the evaluator, in the access table and in the real nginx', async () => {
    if (!requireNginx()) return;
    const now = new Date();
    const ports = await freePorts(PAIRS);
    const pairs = ports.map((port, index) => makePair(port, 100 + index));
    const serverKey = keyOf('p256', 8);
    const files: Record<string, string> = {
      'server.pem': certificatePem(makeClient(root, serverKey)),
      'server.key': privateKeyPem(serverKey),
      'nginx.conf': mainFile(pairs.map(({ text }) => text).join('\n')),
    };
    for (const pair of pairs) Object.assign(files, pair.files);
    const seen = new Map<string, number>();
    const count = (outcome: string) => seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
    await withNginx(files, async () => {
      for (const pair of pairs) {
        const model = modelOf(pair, now);
        const table = analyse(model);
        assert.equal(unconfirmed(model, table), [], settingsOf(pair));
        const sent = requestsTo(model, pair.port);
        const clientOf = new Map(sent.map(({ client, request }) => [request.tls!, client]));
        const answers = await sendAll(
          sent.map(({ request }) => request),
          { credentials: tls => CLIENTS[clientOf.get(tls)!] },
        );
        const open = new Map<string, ClientClass[]>();
        for (const [index, { client, host, request }] of sent.entries()) {
          const { serverName } = request.tls!;
          const where = `${client}, SNI ${serverName}, Host ${host}, ${request.http.target}\n${settingsOf(pair)}`;
          const { status } = answers[index]!;
          const trace = evaluate(model, request);
          if (trace.outcome.kind === 'unknown') {
            // Of several errors the last one counts, which is not foretold.
            assert.is(trace.outcome.reason.text, 'why OpenSSL refuses the certificate', where);
            assert.ok(status !== 601 && status !== 602, `${status}: ${where}`);
            count('undecided text');
            continue;
          }
          assert.is(statusOf(trace), status, where);
          count(`${status}`);
          if (request.http.target !== '/' || status !== 200) continue;
          const server = model.servers[NAMES.indexOf(host)]!;
          const named = model.servers[serverName === NAMES[1] ? 1 : 0]!;
          const handshake = named.scope.setting('ssl_certificate') === undefined ? model.servers[0]! : named;
          const row = table.rows.find(({ site }) => site.server === server && site.scope.node?.args[0] === '/')!;
          for (const clientClass of classesAt(server, handshake, model, client)) {
            assert.is(row.access[clientClass].verdict, 'reached', `${clientClass}: ${where}`);
            open.set(host, [...(open.get(host) ?? []), clientClass]);
          }
        }
        // What the table calls reached is reached by one of the clients.
        for (const { access, site } of table.rows) {
          if (site.scope.node?.args[0] !== '/') continue;
          for (const clientClass of CLIENT_CLASSES) {
            const { verdict } = access[clientClass];
            const isOpen = open.get(NAMES[site.server.index]!)?.includes(clientClass) ?? false;
            assert.is(
              verdict === 'reached',
              isOpen,
              `${clientClass} at ${NAMES[site.server.index]}: ${settingsOf(pair)}`,
            );
            count(`${clientClass} ${verdict}`);
          }
        }
      }
    });
    // Every outcome must have come up, or the generator has gone blind.
    const expected = [
      '200',
      'undecided text',
      ...TOLD.map((_, index) => `${601 + index}`),
      '421',
      '400',
      'trusted refused',
    ];
    for (const outcome of expected) assert.ok(seen.has(outcome), `${outcome} never came up: ${[...seen].join(' ')}`);
  });

  it('decide alike in the evaluator, in the access table and in the real nginx for stream', async () => {
    if (!requireStream()) return;
    const now = new Date();
    const ports = await freePorts(PAIRS);
    const servers = ports.map((port, index) => makeStreamServer(port, 900 + index));
    const serverKey = keyOf('p256', 8);
    const files: Record<string, string> = {
      'server.pem': certificatePem(makeClient(root, serverKey)),
      'server.key': privateKeyPem(serverKey),
      'nginx.conf': streamFile(servers.map(({ text }) => text).join('\n')),
    };
    for (const one of servers) Object.assign(files, one.files);
    const seen = new Map<string, number>();
    await withNginx(files, async () => {
      for (const one of servers) {
        const model = streamModelOf(one, now);
        const known = authoritiesIn(model);
        const [server] = model.servers as [(typeof model.servers)[number]];
        const measured = verifyMode(server) !== 'off';
        const open = new Set<ClientClass>();
        const sessions = ['none', ...Object.keys(CLIENTS)].map(client => {
          const tls = offered(known, client, null);
          const session: StreamSession = { connect: { address: '127.0.0.1', port: one.port }, tls, http: null };
          return { client, session, answer: converse(session, () => CLIENTS[client]) };
        });
        for (const { client, session, ...sent } of sessions) {
          const answer = await sent.answer;
          const { outcome } = evaluateStream(model, session);
          const where = `${client}\n${one.text}`;
          assert.is(answerOf(outcome), answer, where);
          seen.set(answer, (seen.get(answer) ?? 0) + 1);
          if (answer === 'closed') continue;
          if (client === 'none') open.add('none');
          else if (!measured) CLIENT_CLASSES.forEach(clientClass => void open.add(clientClass));
          // Nobody but strangers gets in as a failure, under optional_no_ca.
          else open.add(answer.endsWith('SUCCESS') ? 'trusted' : 'untrusted');
        }
        const [{ access }] = analyseStream(model).rows as [ReturnType<typeof analyseStream>['rows'][number]];
        for (const clientClass of CLIENT_CLASSES) {
          const { verdict } = access[clientClass];
          // Who is not asked, or has nothing to show, is like somebody without a certificate.
          assert.is(verdict === 'reached', open.has(clientClass), `${clientClass}: ${one.text}`);
          seen.set(`${clientClass} ${verdict}`, (seen.get(`${clientClass} ${verdict}`) ?? 0) + 1);
        }
      }
    });
    for (const outcome of ['closed', 'return-1 NONE', 'return-1 SUCCESS', 'trusted reached', 'trusted refused']) {
      assert.ok(seen.has(outcome), `${outcome} never came up: ${[...seen].join(' ')}`);
    }
  });
});

/**
 * Cases of the rules about trust and revocation: a configuration that is flagged and one that is accepted, what the linter
 * says of each, and how the real nginx answers the clients of its CAs.
 */
import { connect } from 'node:tls';
import * as assert from 'uvu/assert';
import { rules } from '../../rules/index.js';
import type { Finding, Level } from '../../src/finding.js';
import { lint } from '../../src/lint.js';
import type { VersionText } from '../../src/model/versions.js';
import type { LintResult } from '../../src/report/result.js';
import {
  type Authority,
  type CrlSpec,
  certificatePem,
  commonName,
  crlPem,
  keyOf,
  makeAuthority,
  makeClient,
  makeCrl,
  privateKeyPem,
} from './certificates.js';
import { MemoryHost } from './memory-host.js';
import { freePorts, mainFile, withNginx } from './nginx.js';
import { streamFile } from './stream-laboratory.js';

/** Everything is judged at this moment; certificates and CRLs hold from 2020 to 2126 unless a case says otherwise. */
export const NOW = new Date('2030-06-01T00:00:00Z');
/** In the past both of `NOW` and of the clock that nginx goes by. */
export const PAST = new Date('2021-01-01T00:00:00Z');
/** In the future of both. */
export const FUTURE = new Date('2100-01-01T00:00:00Z');

export const root = makeAuthority(commonName('Root'), keyOf('p256'));
export const issuing = makeAuthority(commonName('Issuing'), keyOf('p256', 1), root);
export const department = makeAuthority(commonName('Department'), keyOf('p256', 2), issuing);
export const partner = makeAuthority(commonName('Partner'), keyOf('p256', 3));

/** The certificates of some authorities, one behind the other. */
export const certificates = (...authorities: readonly Authority[]): string =>
  authorities.map(({ certificate }) => certificatePem(certificate)).join('');

/** The CRL of an authority. */
export const crlOf = ({ key, name }: Authority, more: Partial<CrlSpec> = {}): string =>
  crlPem(makeCrl({ issuer: name, signer: key, ...more }));

/** What a client shows: nothing, a certificate that one of the authorities issued, or one that it signed itself. */
export const CLIENTS = {
  none: undefined,
  root: makeClient(root, keyOf('p256', 7)),
  issuing: makeClient(issuing, keyOf('p256', 7)),
  department: makeClient(department, keyOf('p256', 7)),
  partner: makeClient(partner, keyOf('p256', 7)),
  self: makeAuthority(commonName('self'), keyOf('p256', 7), undefined, { isAuthority: false }).certificate,
} as const;
export type ClientName = keyof typeof CLIENTS;

const serverKey = keyOf('p256', 8);
const FILES: Readonly<Record<string, string>> = {
  'server.pem': certificatePem(makeClient(root, serverKey)),
  'server.key': privateKeyPem(serverKey),
  'root.pem': certificates(root),
  'chain.pem': certificates(root, issuing),
  'partner.pem': certificates(partner),
  'crl.pem': crlOf(root) + crlOf(issuing),
};

/** One configuration. */
export interface Situation {
  /** The content of an http block; every server answers with `$ssl_client_verify` where it does not say otherwise. */
  readonly http: string;
  /** True where it is the content of a stream block instead. */
  readonly isStream?: true;
  readonly files?: Readonly<Record<string, string>>;
  readonly version?: VersionText;
  readonly at?: Date;
  /** How nginx answers, by client: a status, with what it says of the verification where that is 200. */
  readonly answers?: Partial<Record<ClientName, string>>;
  /** nginx refuses to load it, for this reason. */
  readonly refusal?: RegExp;
}

/** A hazard, and the like of it that is none. */
export interface TrustCase {
  /** Completes "flags …". */
  readonly title: string;
  readonly flagged: Situation;
  /** Default: the rule's level. */
  readonly level?: Level;
  readonly message: RegExp;
  readonly accepted: Situation;
}

/** A server with a certificate that listens for TLS. */
export const server = (body: string, name = 'app.test', listen = '443 ssl'): string => `server {
  listen ${listen};
  server_name ${name};
  ssl_certificate server.pem;
  ssl_certificate_key server.key;
  ${body}
  return 200 $ssl_client_verify;
}`;

/** Lints a situation with all rules, or with some. */
export async function lintSituation(
  { at = NOW, files, http, isStream, version }: Situation,
  only: readonly string[] = rules.map(({ id }) => id),
): Promise<LintResult> {
  const host = new MemoryHost({
    ...FILES,
    ...files,
    'nginx.conf': `events {}\n${isStream ? 'stream' : 'http'} {\n${http}\n}\n`,
  });
  const options = { paths: ['nginx.conf'], prefix: undefined, now: at, nginxVersion: version };
  const chosen = rules.filter(({ id }) => only.includes(id));
  return lint(options, host, { rules: chosen, tool: { name: 'nginx-mtls-lint', version: '0.0.0' } });
}

/** The findings of one rule. */
export async function findingsOfRule(rule: string, situation: Situation): Promise<readonly Finding[]> {
  const { findings, notices } = await lintSituation(situation, [rule]);
  const failed = notices.filter(({ fatal, kind }) => fatal || kind === 'rule-failed');
  assert.equal(
    failed.map(({ text }) => text),
    [],
  );
  return findings;
}

/** Asserts that a rule flags the one situation of a case, once, and nothing of the other. Returns the finding. */
export async function checkCase(rule: string, one: TrustCase): Promise<Finding> {
  const flagged = await findingsOfRule(rule, one.flagged);
  assert.is(flagged.length, 1, `${one.flagged.http}\n${flagged.map(({ message }) => message).join('\n')}`);
  const [finding] = flagged;
  assert.match(finding!.message, one.message);
  assert.not.match(finding!.message, /^[A-Z]|\.$|undefined|\[object|NaN/);
  assert.is(finding!.level, one.level ?? rules.find(({ id }) => id === rule)!.level, finding!.message);
  const accepted = await findingsOfRule(rule, one.accepted);
  assert.equal(
    accepted.map(({ message }) => message),
    [],
    one.accepted.http,
  );
  return finding!;
}

/** Asserts that the real nginx does with a situation what it says. */
export async function checkWithNginx(situation: Situation): Promise<void> {
  const { answers = {}, files, http, isStream, refusal } = situation;
  const [tls, plain] = (await freePorts(2)) as [number, number];
  const config = http
    .replace(/(?<=\blisten )443\b/g, `127.0.0.1:${tls}`)
    .replace(/(?<=\blisten )80\b/g, `127.0.0.1:${plain}`);
  const all = { ...FILES, ...files, 'nginx.conf': isStream ? streamFile(config) : mainFile(config) };
  const started = await withNginx(all, async () => {
    for (const [client, expected] of Object.entries(answers)) {
      const answer = await ask(tls, CLIENTS[client as ClientName]);
      assert.is(answer, expected, `${client}\n${http}`);
    }
  }).catch((error: Error) => error);
  if (refusal === undefined) {
    if (started !== undefined) throw started;
  } else assert.match(String(started), refusal, http);
}

/** The same in a stream block, which refuses by closing the connection; undefined where stream has nothing like it. */
export function streamTwin({ answers = {}, http, ...rest }: Situation): Situation | undefined {
  const isAlike = !/location|\bif\b|\bmap\b|ssl_ocsp|http2|return 30|\bssl (?:on|off);|default_server/.test(http);
  const sockets = http.match(/listen [^;]+/g) ?? [];
  if (!isAlike || new Set(sockets).size !== sockets.length) return undefined;
  return {
    ...rest,
    http: http.replace(/\s*server_name [^;]+;/g, '').replace(/return 200 ([^;]+);/g, 'return $1;'),
    isStream: true,
    answers: Object.fromEntries(
      Object.entries(answers).map(([client, answer]) => [client, answer.replace(/^400$/, 'none').replace(/^200 /, '')]),
    ),
  };
}

/** Status, and the body of a 200; `alert` where the handshake is refused. What stream says has no status. */
function ask(port: number, certificate: Buffer | undefined): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      port,
      host: '127.0.0.1',
      servername: 'app.test',
      rejectUnauthorized: false,
      ...(certificate && { cert: certificatePem(certificate), key: privateKeyPem(keyOf('p256', 7)) }),
    });
    let answer = '';
    socket.setTimeout(20_000, () => socket.destroy(new Error('no answer')));
    socket.setEncoding('latin1');
    socket.on('secureConnect', () => socket.write('GET / HTTP/1.0\r\nHost: app.test\r\n\r\n'));
    socket.on('data', (data: string) => {
      answer += data;
    });
    socket.on('error', error => (/alert|ECONNRESET/.test(`${error}`) ? resolve('alert') : reject(error)));
    socket.on('close', () => {
      const status = /^HTTP\/1\.\d (\d+)/.exec(answer)?.[1] ?? (answer === '' ? 'none' : answer);
      resolve(status === '200' ? `200 ${answer.split('\r\n\r\n')[1]}` : status);
    });
  });
}

/**
 * Runs configurations of stream on a real nginx: back ends that say who they are, connections of every kind of client, and
 * what each of them is answered with.
 */
import { existsSync } from 'node:fs';
import { createServer, connect as dial, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { connect as connectTls, createSecureContext } from 'node:tls';
import { parseFile } from '../../grammar/index.js';
import type { StreamOutcome } from '../../src/analysis/evaluate/stream.js';
import type { StreamSession, TlsChoice } from '../../src/analysis/request.js';
import { expand } from '../../src/config/expand.js';
import { ConfigReader } from '../../src/config/reader.js';
import type { StreamModel } from '../../src/model/model.js';
import { resolveStream } from '../../src/model/resolve-stream.js';
import { MemoryHost } from './memory-host.js';
import { freePorts, requireNginx, temporaryFolder, withNginx } from './nginx.js';
import { MODULES } from './nginx-test.js';
import { issuerNamed, type KeyPair } from './pki.js';
import { credentialsWithContents } from './send.js';

const MODULE = join(MODULES, 'ngx_stream_module.so');

/** Whether nginx with the module for stream can be run; see `requireNginx`. */
export function requireStream(): boolean {
  if (!requireNginx()) return false;
  if (existsSync(MODULE)) return true;
  if (process.env['REQUIRE_NGINX'] === '1') throw new Error(`${MODULE} is not installed`);
  console.error(`SKIPPED: ${MODULE} is not installed`);
  return false;
}

/** The content of a stream block as a main file. */
export function streamFile(stream: string): string {
  return streamMain(`stream {\naccess_log off;\n${stream}\n}`);
}

/** A whole stream block in a main file. */
export function streamMain(block: string): string {
  return `load_module ${MODULE};
worker_processes 1;
error_log error.log;
events { worker_connections 1024; }
${block}
`;
}

/** The model of a main file. */
export function streamModelOf(text: string): StreamModel {
  const host = new MemoryHost({ '/nginx/nginx.conf': text });
  return resolveStream(expand('/nginx/nginx.conf', new ConfigReader(host, parseFile)).nodes);
}

/** Back ends on unix sockets, and ports for nginx to listen on. */
export interface StreamLaboratory {
  readonly ports: readonly number[];
  /** `upstream` blocks `site-1`, `site-2` … */
  readonly upstreams: string;
  stop(): Promise<void>;
}

/** Starts back ends, each of which sends `site-N` to whoever says something. */
export async function openStreamLaboratory(sites: number, ports: number): Promise<StreamLaboratory> {
  const folder = temporaryFolder({});
  const servers: Server[] = [];
  const open = new Set<Socket>();
  const upstreams: string[] = [];
  for (let site = 1; site <= sites; site++) {
    const path = join(folder, `site-${site}`);
    const server = createServer(socket => {
      open.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => open.delete(socket));
      socket.once('data', () => socket.end(`site-${site}`));
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(path, resolve);
    });
    servers.push(server);
    upstreams.push(`upstream site-${site} { server unix:${path}; }`);
  }
  return {
    ports: await freePorts(ports),
    upstreams: upstreams.join('\n'),
    stop: async () => {
      for (const socket of open) socket.destroy();
      await Promise.all(servers.map(server => new Promise(resolve => server.close(resolve))));
    },
  };
}

/** What a client is answered with: `site-N`, `return-N …` as far as the line goes, or `closed`. */
export type StreamAnswer = string;

/** Runs nginx on a main file and makes the connections, a few at a time. */
export async function converseAll(
  text: string,
  sessions: readonly StreamSession[],
  prepare: (prefix: string) => void = () => {},
): Promise<StreamAnswer[]> {
  return withNginx({ 'nginx.conf': text }, async nginx => {
    prepare(nginx.prefix);
    const answers: StreamAnswer[] = new Array<StreamAnswer>(sessions.length);
    const waiting = [...sessions.keys()];
    const worker = async (): Promise<void> => {
      for (let index = waiting.shift(); index !== undefined; index = waiting.shift()) {
        answers[index] = await converse(sessions[index]!);
      }
    };
    await Promise.all(Array.from({ length: 12 }, worker));
    return answers;
  });
}

/** How long a connection may take, in milliseconds: far more than it does. */
const PATIENCE = 15_000;

/** Makes one connection, says something, and tells what comes back. */
export function converse(session: StreamSession, credentials = ownCredentials): Promise<StreamAnswer> {
  const { connect, sourceAddress, tls } = session;
  const local = sourceAddress === undefined ? {} : { localAddress: sourceAddress };
  const plain = dial(
    connect.unix === undefined ? { host: connect.address, port: connect.port, ...local } : { path: connect.unix },
  );
  const line = new Recorder(plain);
  if (connect.proxyProtocol !== undefined) plain.write(proxyLine(connect.proxyProtocol));
  return new Promise(resolve => {
    let received = '';
    const timer = setTimeout(() => end(), PATIENCE);
    const end = (): void => {
      clearTimeout(timer);
      plain.destroy();
      // Where nginx passes bytes on, a back end answers a handshake in clear.
      resolve(answerIn(received) ?? answerIn(line.received) ?? 'closed');
    };
    plain.on('error', () => end());
    // What has come in may still have to be deciphered.
    plain.on('close', () => (tls === null ? end() : setTimeout(end, 50)));
    if (tls === null) {
      plain.write('hello, stream\r\n');
      return;
    }
    const secure = connectTls({
      socket: line,
      secureContext: contextOf(credentials(tls)),
      rejectUnauthorized: false,
      ...(tls.serverName === null ? {} : { servername: tls.serverName }),
    });
    secure.on('data', (data: Buffer) => {
      received += data.toString('latin1');
    });
    secure.once('secureConnect', () => secure.write('hello, stream\r\n'));
    secure.on('error', () => plain.end());
    secure.on('end', () => plain.end());
  });
}

function answerIn(text: string): string | undefined {
  const answer = /(?:site|return)-\d+[^\r\n]*/i.exec(text)?.[0];
  return answer === undefined ? undefined : sameSite(answer);
}

/** Names of upstreams ignore case; a back end tells its own. */
function sameSite(answer: string): string {
  return /^site-\d+$/i.test(answer) ? answer.toLowerCase() : answer;
}

function contextOf(pair: KeyPair | undefined): ReturnType<typeof createSecureContext> {
  return createSecureContext(pair && { cert: pair.certificate, key: pair.key });
}

/** The certificates of the laboratory's own authorities, with the contents that are asked for. */
function ownCredentials(choice: TlsChoice): KeyPair | undefined {
  const { issuer } = choice;
  return credentialsWithContents(issuer === undefined ? choice : { ...choice, issuer: issuerNamed(issuer) ?? issuer });
}

function proxyLine(address: string): string {
  return address === '' ? 'PROXY UNKNOWN\r\n' : `PROXY TCP4 ${address} 127.0.0.1 40000 443\r\n`;
}

/** A connection that keeps what comes in as it comes in, for a handshake on top of it. */
class Recorder extends Duplex {
  readonly #socket: Socket;
  received = '';

  constructor(socket: Socket) {
    super();
    this.#socket = socket;
    socket.on('data', (data: Buffer) => {
      this.received += data.toString('latin1');
      this.push(data);
    });
    socket.on('end', () => this.push(null));
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#socket.write(chunk, () => done());
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#socket.end();
    done();
  }
}

/** What an outcome of the evaluator looks like to the client. */
export function answerOf(outcome: StreamOutcome): StreamAnswer {
  if (outcome.kind === 'closed') return 'closed';
  if (outcome.kind === 'unknown') return `unknown ${outcome.reason.kind}`;
  return sameSite(outcome.value);
}

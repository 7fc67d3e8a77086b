/**
 * A back end that speaks HTTP, gRPC and uwsgi over TLS, asks for a certificate, and notes which one each request came
 * under.
 */
import { createServer as createHttp2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import type { KeyPair } from './pki.js';

/** Stands for a request that came without a certificate. */
export const NO_CERTIFICATE = 'nobody';

export interface TlsBackEnd {
  readonly port: number;
  /** The common names of the certificates under which requests arrived since the last call, in order. */
  take(): string[];
  stop(): Promise<void>;
}

/** Starts a back end with a certificate of its own. It answers every request with 200 and the name that it notes. */
export async function startTlsBackEnd({ certificate, key }: KeyPair): Promise<TlsBackEnd> {
  let names: string[] = [];
  const sockets = new Set<TLSSocket>();
  const note = (socket: TLSSocket): string => {
    const { subject } = socket.getPeerCertificate();
    const name = String(subject?.CN ?? NO_CERTIFICATE);
    names.push(name);
    return name;
  };
  const grpc = createHttp2Server();
  grpc.on('session', session => session.on('error', () => {}));
  const options = { cert: certificate, key, requestCert: true, rejectUnauthorized: false };
  const server = createServer({ ...options, ALPNProtocols: ['h2', 'http/1.1'] }, socket => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    if (socket.alpnProtocol === 'h2') {
      grpc.emit('connection', socket);
      return;
    }
    let received = '';
    socket.setEncoding('latin1');
    socket.on('data', (data: string) => {
      received += data;
      if (received.startsWith('\0')) {
        // Two bytes behind the first say how long the variables are; there is no body.
        if (received.length < 4 + received.charCodeAt(1) + received.charCodeAt(2) * 256) return;
        const body = note(socket);
        socket.end(`HTTP/1.0 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
        return;
      }
      for (let end = received.indexOf('\r\n\r\n'); end !== -1; end = received.indexOf('\r\n\r\n')) {
        const head = received.slice(0, end);
        received = received.slice(end + 4);
        const body = note(socket);
        const wish = /\r\nConnection: *([^\r]*)/i.exec(head)?.[1]?.toLowerCase();
        const isOld = /^[^\r]* HTTP\/1\.0(?:\r|$)/.test(head);
        const closes = isOld ? wish !== 'keep-alive' : wish === 'close';
        const connection = closes ? 'close' : 'keep-alive';
        const answer = `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\nConnection: ${connection}\r\n\r\n${body}`;
        if (closes) socket.end(answer);
        else socket.write(answer);
      }
    });
  });
  grpc.on('stream', stream => {
    stream.on('error', () => {});
    const { socket } = stream.session!;
    // The session shows its socket through a proxy; what it does not forbid is the socket's own.
    const body = note(socket as TLSSocket);
    stream.respond({ ':status': 200, 'content-type': 'text/plain' });
    stream.end(body);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    take: () => {
      const taken = names;
      names = [];
      return taken;
    },
    stop: () =>
      new Promise(resolve => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

/** Starts a back end, runs the callback and stops the back end, whatever happens. */
export async function withTlsBackEnd<T>(pair: KeyPair, use: (backEnd: TlsBackEnd) => Promise<T>): Promise<T> {
  const backEnd = await startTlsBackEnd(pair);
  try {
    return await use(backEnd);
  } finally {
    await backEnd.stop();
  }
}

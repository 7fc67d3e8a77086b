/**
 * The back end of the laboratory: it reads whatever nginx passes on, in each protocol that nginx speaks to back ends,
 * never refuses anything, answers 200 with its name, and tells at once what it was asked.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { grpcAnswer, grpcFields } from './grpc-request.js';

/** The directives that pass a request on, without `_pass`. */
export type Protocol = 'proxy' | 'fastcgi' | 'uwsgi' | 'scgi' | 'grpc' | 'memcached';

/** One request that arrived. */
export interface Contact {
  /** The number of the site that passed it on. */
  readonly site: number;
  /** What stood in the header X-Request; empty without one. */
  readonly request: string;
  /** The header fields, or parameters, that arrived, in order; undefined for a protocol without any. */
  readonly fields: readonly Field[] | undefined;
}

export type Field = readonly [name: string, value: string];

export interface RecordingBackEnd {
  /**
   * The unix sockets on which sites up to this number are served. A site named in the Host header (proxy_pass) or the
   * `:authority` (grpc_pass) shares one socket with the others; the remaining protocols have one socket for each site.
   */
  socket(protocol: Protocol, site: number): string;
  /** Resolves when all the sockets that were asked for accept connections. */
  ready(): Promise<void>;
  /** Resolves when nothing more arrives: nginx may have sent a request that is not read yet, and gone away. */
  settle(): Promise<void>;
  /** What arrived since the last call. */
  take(): Contact[];
  stop(): Promise<void>;
}

/** Turns of the event loop, one after the other, in which nothing arrives, where all has. */
const QUIET_TURNS = 3;

/** Opens the back end; its sockets lie in the folder. */
export function openBackEnd(folder: string): RecordingBackEnd {
  let contacts: Contact[] = [];
  /** How many connections and requests have arrived. */
  let arrivals = 0;
  const servers = new Map<string, Server>();
  const connections = new Set<Socket>();
  let opening: Promise<void>[] = [];

  const open = (name: string, make: () => Server): string => {
    const path = join(folder, name);
    if (!servers.has(name)) {
      const server = make();
      servers.set(name, server);
      opening.push(
        new Promise((resolve, reject) => {
          server.once('error', reject);
          server.listen(path, resolve);
        }),
      );
    }
    return path;
  };

  const record = (contact: Contact) => {
    arrivals += 1;
    contacts.push(contact);
  };
  const serve = (protocol: Protocol, own: number) => () =>
    createServer(socket => {
      connections.add(socket);
      arrivals += 1;
      const chunks: Buffer[] = [];
      let isAnswered = false;
      socket.on('data', (chunk: Buffer) => {
        // The body is not waited for: a subrequest announces the one of its parent, and sends none. nginx closes.
        if (isAnswered) return;
        chunks.push(chunk);
        const asked = READERS[protocol](chunks.length === 1 ? chunk : Buffer.concat(chunks));
        if (asked === undefined) return;
        isAnswered = true;
        const site = asked.site ?? own;
        record({ site, request: asked.request, fields: asked.fields });
        const name = [`${protocol}_pass site-${site}`, ...(asked.line === undefined ? [] : [asked.line])].join(' ');
        socket.write(WRITERS[protocol](name, asked), 'latin1');
        // Here nginx waits for the end of the connection, and has sent all that it will.
        if (protocol === 'fastcgi') socket.end();
      });
      socket.on('error', () => {});
      socket.on('close', () => connections.delete(socket));
    });

  return {
    socket: (protocol, site) => {
      const isShared = protocol === 'proxy' || protocol === 'grpc';
      if (isShared) return open(`${protocol}.sock`, serve(protocol, 0));
      return open(`${protocol}-${site}.sock`, serve(protocol, site));
    },
    ready: async () => {
      const pending = opening;
      opening = [];
      await Promise.all(pending);
    },
    settle: async () => {
      for (let quiet = 0, seen = arrivals; quiet < QUIET_TURNS; quiet = arrivals === seen ? quiet + 1 : 0) {
        seen = arrivals;
        await new Promise(resolve => setTimeout(resolve, 1));
      }
    },
    take: () => {
      const taken = contacts;
      contacts = [];
      return taken;
    },
    stop: async () => {
      for (const connection of connections) connection.destroy();
      await Promise.all([...servers.values()].map(server => new Promise(resolve => server.close(resolve))));
    },
  };
}

/** What a request says, once its head has arrived. */
interface Asked {
  /** The site, where the request names it. */
  readonly site?: number;
  readonly request: string;
  readonly fields?: readonly Field[];
  readonly isHead?: boolean;
  /** The status that the name of the site asks for. */
  readonly status?: number;
  /** Method and target, where the protocol has them in a line. */
  readonly line?: string;
}

function siteOf(host: string): number | undefined {
  const number = /^site-(\d+)/.exec(host)?.[1];
  return number === undefined ? undefined : Number(number);
}

/** Names and values in turn. */
function inPairs(words: readonly string[]): Field[] {
  return words.flatMap((word, index) => (index % 2 === 0 ? [[word, words[index + 1] ?? ''] as const] : []));
}

function askedWith(fields: readonly Field[]): Asked {
  return { request: fields.find(([name]) => name === 'HTTP_X_REQUEST')?.[1] ?? '', fields };
}

const READERS: Readonly<Record<Protocol, (bytes: Buffer) => Asked | undefined>> = {
  // The request line is not read: nginx passes on texts that no server would take.
  proxy: bytes => {
    const text = bytes.toString('latin1');
    const end = text.indexOf('\r\n\r\n');
    if (end === -1) return undefined;
    const head = text.slice(0, end);
    const value = (name: string) => new RegExp(`\\r\\n${name}: *([^\\r]*)`, 'i').exec(head)?.[1] ?? '';
    const site = siteOf(value('Host'));
    const status = Number(/-says-(\d+)$/.exec(value('Host'))?.[1] ?? 200);
    const named = site === undefined ? {} : { site };
    const line = head.slice(0, head.indexOf('\r\n')).replace(/ HTTP\/1\.[01]$/, '');
    const fields = [...head.matchAll(/\r\n([^\r:]*): ([^\r]*)/g)].map(
      ([, name = '', text = '']): Field => [name, text],
    );
    return { ...named, request: value('X-Request'), fields, isHead: head.startsWith('HEAD '), status, line };
  },
  // Records of version, type, request id (2), length (2), padding, reserved; parameters end with an empty record.
  fastcgi: bytes => {
    const parameters: Buffer[] = [];
    for (let at = 0; at + 8 <= bytes.length; ) {
      const type = bytes[at + 1];
      const length = bytes.readUInt16BE(at + 4);
      const next = at + 8 + length + bytes[at + 6]!;
      if (next > bytes.length) return undefined;
      if (type === 4) parameters.push(bytes.subarray(at + 8, at + 8 + length));
      if (type === 5 && length === 0) return askedWith(fastcgiParameters(Buffer.concat(parameters)));
      at = next;
    }
    return undefined;
  },
  // A modifier, the size of the variables (2, little endian), a modifier, then lengths (2) and texts in turn.
  uwsgi: bytes => {
    if (bytes.length < 4) return undefined;
    const end = 4 + bytes.readUInt16LE(1);
    if (bytes.length < end) return undefined;
    const words: string[] = [];
    for (let at = 4; at < end; ) {
      const length = bytes.readUInt16LE(at);
      words.push(bytes.toString('latin1', at + 2, at + 2 + length));
      at += 2 + length;
    }
    return askedWith(inPairs(words));
  },
  // A netstring of texts that end in NUL, names and values in turn.
  scgi: bytes => {
    const text = bytes.toString('latin1');
    const colon = text.indexOf(':');
    if (colon === -1) return undefined;
    const end = colon + 1 + Number(text.slice(0, colon));
    if (text.length <= end) return undefined;
    return askedWith(inPairs(text.slice(colon + 1, end - 1).split('\0')));
  },
  grpc: bytes => {
    const fields = grpcFields(bytes);
    if (fields === undefined) return undefined;
    const value = (name: string) => fields.find(([other]) => other === name)?.[1] ?? '';
    const site = siteOf(value(':authority')) ?? 0;
    return { site, request: value('x-request'), fields: fields.filter(([name]) => !name.startsWith(':')) };
  },
  // The laboratory's key is a letter and the number of the request.
  memcached: bytes => {
    const line = /^get k(.*)\r\n/.exec(bytes.toString('latin1'));
    return line === null ? undefined : { request: line[1]! };
  },
};

function fastcgiParameters(bytes: Buffer): Field[] {
  const fields: Field[] = [];
  for (let at = 0; at < bytes.length; ) {
    const lengths: number[] = [];
    for (let word = 0; word < 2; word += 1) {
      const isLong = bytes[at]! > 127;
      lengths.push(isLong ? bytes.readUInt32BE(at) & 0x7fff_ffff : bytes[at]!);
      at += isLong ? 4 : 1;
    }
    const [nameLength = 0, valueLength = 0] = lengths;
    const end = at + nameLength;
    fields.push([bytes.toString('latin1', at, end), bytes.toString('latin1', end, end + valueLength)]);
    at = end + valueLength;
  }
  return fields;
}

const WRITERS: Readonly<Record<Protocol, (body: string, asked: Asked) => string>> = {
  proxy: (body, { isHead, status }) =>
    `HTTP/1.0 ${status} Answer\r\nContent-Length: ${body.length}\r\n\r\n${isHead ? '' : body}`,
  uwsgi: body => `HTTP/1.0 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  scgi: body => `Status: 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  fastcgi: body => {
    const answer = `Status: 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const record = (type: number, content: string) =>
      String.fromCharCode(1, type, 0, 1, content.length >> 8, content.length & 255, 0, 0) + content;
    return record(6, answer) + record(6, '') + record(3, '\0'.repeat(8));
  },
  grpc: body => grpcAnswer(body),
  memcached: (body, { request }) => `VALUE k${request} 0 ${body.length}\r\n${body}\r\nEND\r\n`,
};

/** HTTP servers on the loopback interface that answer with what they were asked, to show who was reached and how. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a back end saw of a request. */
export interface Seen {
  readonly backEnd: string;
  readonly method: string;
  readonly target: string;
  /** Names in lower case; repeated headers are joined as node joins them. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

export interface BackEnd {
  readonly name: string;
  readonly port: number;
  /** Every request that arrived, in order. */
  readonly seen: readonly Seen[];
  stop(): Promise<void>;
}

/** Starts a back end. It answers 200 with what it saw as JSON, and with its name in the header X-Back-End. */
export async function startBackEnd(name: string): Promise<BackEnd> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const record: Seen = {
      backEnd: name,
      method: request.method ?? '',
      target: request.url ?? '',
      headers: request.headers,
    };
    seen.push(record);
    request.resume();
    response.setHeader('X-Back-End', name);
    response.end(JSON.stringify(record));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    name,
    port,
    seen,
    stop: () =>
      new Promise(resolve => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** Starts several back ends, runs the callback and stops them, whatever happens. */
export async function withBackEnds<T>(names: readonly string[], use: (backEnds: BackEnd[]) => Promise<T>): Promise<T> {
  const backEnds: BackEnd[] = [];
  try {
    for (const name of names) backEnds.push(await startBackEnd(name));
    return await use(backEnds);
  } finally {
    for (const backEnd of backEnds) await backEnd.stop();
  }
}

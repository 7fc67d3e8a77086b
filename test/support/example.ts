/** Runs the set-ups of docs/examples on the real nginx, with certificates of their own script, on free ports. */
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Request, TlsChoice } from '../../src/analysis/request.js';
import { freePorts, startNginx, temporaryFolder } from './nginx.js';
import type { KeyPair } from './pki.js';
import { type Answer, send } from './send.js';

export type ExampleName = 'hazards' | 'repaired';
export const EXAMPLES_FOLDER = 'docs/examples';

/** An example that runs. Requests name the ports that its files name; they are sent to where it listens really. */
export interface RunningExample {
  /** Sends a request. `trusted` is alice unless the subject says otherwise, `untrusted` a client of another CA. */
  send(request: Request): Promise<Answer>;
}

/** The files of an example as they lie in the project, by path; what its script and nginx write is not among them. */
export function exampleFiles(name: ExampleName): Record<string, string> {
  const folder = join(EXAMPLES_FOLDER, name);
  return readTree(folder, path => !/^(certs|run)\//.test(path));
}

function readTree(folder: string, wanted: (path: string) => boolean): Record<string, string> {
  const files: Record<string, string> = {};
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
      .slice(folder.length + 1)
      .replaceAll('\\', '/');
    if (entry.isFile() && wanted(path)) files[path] = readFileSync(join(folder, path), 'latin1');
  }
  return files;
}

let copy: string | undefined;

/** A folder with a copy of both examples, with the certificates that their script makes; made at the first call. */
export function exampleFolder(): string {
  if (copy === undefined) {
    const files: Record<string, string> = {};
    for (const name of ['hazards', 'repaired'] as const) {
      for (const [path, text] of Object.entries(exampleFiles(name))) files[`${name}/${path}`] = text;
    }
    const folder = temporaryFolder(files);
    const { status, stderr } = spawnSync('sh', [join(EXAMPLES_FOLDER, 'make-certificates.sh'), folder], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`make-certificates.sh failed: ${stderr}`);
    copy = folder;
  }
  return copy;
}

/** Ports that the files of the examples and their back ends name. */
const PORTS = ['8080', '8443', '9001', '9002', '9003', '9443'];

/**
 * Starts an example and its back ends, runs the callback and stops all of them, whatever happens.
 *
 * @param more files to add, by path
 */
export async function withExample(
  name: ExampleName,
  use: (example: RunningExample) => Promise<void>,
  more: Readonly<Record<string, string>> = {},
): Promise<void> {
  const free = await freePorts(PORTS.length);
  const real = new Map(PORTS.map((port, index) => [port, free[index]!]));
  const folder = join(exampleFolder(), name);
  const certs = readTree(folder, path => path.startsWith('certs/'));
  const files: Record<string, string> = { ...more, ...certs, 'run/.gitignore': '' };
  for (const [path, text] of Object.entries(exampleFiles(name))) {
    // The process id file belongs to the harness; everything else stays as it is, but for the ports.
    files[path] = text
      .replace(/^pid .*;$/m, '')
      .replace(/(?<=:)\d{4}\b/g, port => String(real.get(port) ?? fail(`${path}: the port ${port} is not known`)));
  }
  const credentials = (choice: TlsChoice): KeyPair | undefined => {
    if (choice.certificate === 'none') return undefined;
    const trusted = /^CN=([^,]*)/.exec(choice.subject ?? '')?.[1] ?? 'alice';
    const client = choice.certificate === 'trusted' ? trusted : 'stranger';
    return { certificate: certs[`certs/${client}.pem`]!, key: certs[`certs/${client}.key`]! };
  };
  const stopBackEnds = await startBackEnds(join(folder, 'certs'), real);
  try {
    const nginx = await startNginx(files);
    try {
      await use({
        send: request => {
          const port = real.get(String(request.connect.port)) ?? fail(`nobody listens on ${request.connect.port}`);
          return send({ ...request, connect: { ...request.connect, port } }, { credentials });
        },
      });
    } finally {
      await nginx.stop();
    }
  } finally {
    await stopBackEnds();
  }
}

/** Starts docs/examples/backend.mjs and waits until all of its ports are bound; returns what ends it. */
async function startBackEnds(certs: string, real: ReadonlyMap<string, number>): Promise<() => Promise<void>> {
  const ports = [
    ['wiki', '9001'],
    ['git', '9002'],
    ['reports', '9003'],
    ['ledger', '9443'],
  ].map(([name, port]) => `${name}=${real.get(port!)}`);
  const child = spawn(process.execPath, [join(EXAMPLES_FOLDER, 'backend.mjs'), certs, ...ports], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const closed = new Promise<void>(resolve => child.once('close', () => resolve()));
  const stop = async () => {
    kill();
    await closed;
    process.off('exit', kill);
  };
  let output = '';
  const ready = new Promise<boolean>(resolve => {
    const timer = setTimeout(() => resolve(false), 10_000);
    child.stdout.on('data', (data: Buffer) => {
      output += data.toString('latin1');
      if (output.split(' listens on ').length > ports.length) {
        clearTimeout(timer);
        resolve(true);
      }
    });
    child.stderr.on('data', (data: Buffer) => {
      output += data.toString('latin1');
    });
    void closed.then(() => {
      clearTimeout(timer);
      resolve(false);
    });
  });
  if (!(await ready)) {
    await stop();
    throw new Error(`backend.mjs did not start: ${output}`);
  }
  return stop;
}

function fail(message: string): never {
  throw new Error(message);
}

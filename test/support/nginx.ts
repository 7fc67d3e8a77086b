/**
 * Runs a real nginx on a configuration of its own: own folder, own ports, no master process, one process per call.
 * Everything stays on the loopback interface, and every process is gone when the test run ends.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A running nginx. */
export interface Nginx {
  /** The folder that holds its files; relative paths of its configuration start here. */
  readonly prefix: string;
  /** What nginx logged so far. */
  errorLog(): string;
  /** Ends the process and removes the folder. */
  stop(): Promise<void>;
}

let available: boolean | undefined;

/**
 * Whether nginx and openssl can be run. Where one is missing it says so on the terminal, and throws instead when
 * REQUIRE_NGINX=1, so that a continuous integration run cannot pass without the comparison.
 */
export function requireNginx(): boolean {
  if (available === undefined) {
    const missing = [
      ['nginx', '-v'],
      ['openssl', 'version'],
    ].filter(([command, option]) => spawnSync(command!, [option!]).status !== 0);
    available = missing.length === 0;
    if (!available) {
      const names = missing.map(([command]) => command).join(' and ');
      if (process.env['REQUIRE_NGINX'] === '1') {
        available = undefined;
        throw new Error(`${names} cannot be run, and REQUIRE_NGINX=1 asks for it`);
      }
      console.error(`\nSKIPPED: ${names} cannot be run, so nothing is compared with the real nginx.`);
    }
  }
  return available;
}

const usedPorts = new Set<number>();

/** Test files run in several processes, each of which takes ports of its own: between the search and nginx lies a moment. */
const JOB = Number(process.env.TEST_JOB ?? 0);
const JOBS = Number(process.env.TEST_JOBS ?? 1);

/** Ports that nobody listens on, below the range from which the system takes the ports of clients. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  for (let attempt = 0; ports.length < count; attempt += 1) {
    if (attempt > 1000 + count) throw new Error('no free port found');
    const port = 12_000 + Math.floor((Math.random() * 20_000) / JOBS) * JOBS + JOB;
    if (usedPorts.has(port) || !(await isFree(port))) continue;
    usedPorts.add(port);
    ports.push(port);
  }
  return ports;
}

function isFree(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '0.0.0.0', () => probe.close(() => resolve(true)));
  });
}

const running = new Set<ChildProcess>();
const folders = new Set<string>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Writes files, by path relative to the folder, into a folder of their own that the end of the process removes. */
export function temporaryFolder(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'nginx-mtls-lint-'));
  folders.add(folder);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text, 'latin1');
  }
  return folder;
}

export interface StartOptions {
  /** The main file, relative to the folder. */
  readonly main?: string;
  /** How long it may take to come up, in milliseconds. */
  readonly timeout?: number;
}

/**
 * Starts nginx on the given files (path relative to its folder → text, one character per byte) and waits until its
 * ports are bound. The files must not set `daemon`, `master_process` or `pid`. Rejects with nginx's own message where
 * it refuses the configuration.
 */
export async function startNginx(files: Readonly<Record<string, string>>, options: StartOptions = {}): Promise<Nginx> {
  const { main = 'nginx.conf', timeout = 10_000 } = options;
  const prefix = temporaryFolder(files);
  const log = join(prefix, 'error.log');
  const pid = join(prefix, 'nginx.pid');
  const globals = `daemon off; master_process off; pid ${pid};`;
  const child = spawn('nginx', ['-p', `${prefix}/`, '-c', join(prefix, main), '-e', log, '-g', globals], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  running.add(child);
  let messages = '';
  child.stderr!.on('data', (data: Buffer) => {
    messages += data.toString('latin1');
  });
  const ended = new Promise<void>(resolve => {
    child.once('error', () => resolve());
    child.once('close', () => resolve());
  });
  let alive = true;
  void ended.then(() => {
    alive = false;
    running.delete(child);
  });
  const stop = async () => {
    if (alive) child.kill('SIGKILL');
    await ended;
    rmSync(prefix, { recursive: true, force: true });
    folders.delete(prefix);
  };
  const deadline = Date.now() + timeout;
  // nginx writes its pid file only after it has bound every socket.
  while (readOr(pid, '') === '') {
    if (!alive || Date.now() > deadline) {
      const said = messages + readOr(log, '');
      await stop();
      throw new Error(`nginx did not start: ${said.trim()}`);
    }
    await new Promise(resolve => setTimeout(resolve, 3));
  }
  return { prefix, stop, errorLog: () => readOr(log, '') };
}

/** Starts nginx, runs the callback and stops nginx, whatever happens. */
export async function withNginx<T>(
  files: Readonly<Record<string, string>>,
  use: (nginx: Nginx) => Promise<T>,
  options: StartOptions = {},
): Promise<T> {
  const nginx = await startNginx(files, options);
  try {
    return await use(nginx);
  } finally {
    await nginx.stop();
  }
}

/** A main file around the content of an http block, with nothing logged and nothing written outside the folder. */
export function mainFile(http: string): string {
  return `worker_processes 1;
error_log error.log;
events { worker_connections 1024; }
http {
access_log off;
client_body_temp_path body;
proxy_temp_path proxy;
fastcgi_temp_path fastcgi;
uwsgi_temp_path uwsgi;
scgi_temp_path scgi;
${http}
}
`;
}

function readOr(path: string, fallback: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return fallback;
  }
}

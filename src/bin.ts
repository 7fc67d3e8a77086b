/**
 * The edge to the process: the only file that touches it. It is a bundle of its own in old syntax (scripts/bundle.mjs),
 * so that a Node.js that is too old gets as far as the message, and so that the compile cache covers all the rest.
 */
import { fstatSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Script } from 'node:vm';
import type { Output } from './cli.js';

/** Set by scripts/bundle.mjs from package.json. */
declare const PACKAGE_VERSION: string;

const OLDEST_NODE = [20, 19];

async function start(): Promise<void> {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major! < OLDEST_NODE[0]! || (major === OLDEST_NODE[0] && minor! < OLDEST_NODE[1]!)) {
    console.error(`nginx-mtls-lint needs Node.js ${OLDEST_NODE.join('.')} or later; this is ${process.version}.`);
    process.exitCode = 2;
    return;
  }
  const { main, nodeHost } = await loadCommandLine(major!);
  process.exitCode = await main(process.argv.slice(2), {
    stdout: output(1),
    stderr: output(2),
    env: process.env,
    host: nodeHost(process.cwd()),
    now: () => new Date(),
    version: PACKAGE_VERSION,
    readStdin,
    writeFile: (path, text) => writeFileSync(path, text),
    rulePage,
  });
}

/** What Node.js puts around a CommonJS module (module.wrap); asking for it would load more than a small run needs. */
const WRAPPER = ['(function (exports, require, module, __filename, __dirname) { ', '\n});'] as const;

/** The first version of Node.js with a compile cache of its own. */
const HAS_COMPILE_CACHE = 22;

/**
 * How much a function has to run before V8 thinks of optimizing it, over four times the default of Node.js 20: linting a
 * few files ends before optimized code pays (a quarter of the processor time beyond Node.js's own), and 10,000 servers
 * take as long as before. Later versions wait by themselves.
 */
const INTERRUPT_BUDGET = 300_000;

/**
 * Loads the command line with as little compiling as can be: Node.js has a compile cache of its own since 22.1; before,
 * the code cache made by the build takes its place. V8 checks that the cache is its own and compiles anew where it is not.
 */
async function loadCommandLine(major: number): Promise<typeof import('./cli.js')> {
  if (major >= HAS_COMPILE_CACHE) return loadThroughCompileCache();
  const codeCache = readOptional(join(__dirname, 'cli.cache'));
  if (codeCache === undefined) return import('./cli.js');
  const path = join(__dirname, 'cli.cjs');
  const wrapped = WRAPPER.join(readFileSync(path, 'latin1'));
  const script = new Script(wrapped, { filename: path, cachedData: codeCache });
  const loaded = { exports: {} as typeof import('./cli.js') };
  // Not before: a code cache is good for the flags that it was made with.
  (await import('node:v8')).setFlagsFromString(`--interrupt-budget=${INTERRUPT_BUDGET}`);
  // It lies beside this file, so that the same names lead to the same files.
  script.runInThisContext()(loaded.exports, require, loaded, path, __dirname);
  return loaded.exports;
}

/**
 * The compile cache of Node.js keeps what is compiled when a file is loaded, not what is compiled when it first runs, so
 * all functions are compiled with the file. That makes the first run a little slower and all later ones a third faster.
 */
async function loadThroughCompileCache(): Promise<typeof import('./cli.js')> {
  const { enableCompileCache, getCompileCacheDir } = (await import('node:module')) as CompileCache;
  enableCompileCache?.();
  // Without a folder for it nothing is kept.
  if (getCompileCacheDir?.() === undefined) return import('./cli.js');
  const { setFlagsFromString } = await import('node:v8');
  setFlagsFromString('--no-lazy');
  try {
    return await import('./cli.js');
  } finally {
    // What Node.js loads of its own later was compiled with this flag.
    setFlagsFromString('--lazy');
  }
}

/** What the module has since 22.1; the types are those of Node.js 20. */
interface CompileCache {
  readonly enableCompileCache?: () => void;
  readonly getCompileCacheDir?: () => string | undefined;
}

function readOptional(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

/**
 * A standard stream, made only when something is written to a terminal or another device: making it loads the streams of
 * Node.js, which takes longer than linting a small file. Files, pipes and sockets are written to as they are.
 */
function output(descriptor: 1 | 2): Output {
  let made: NodeJS.WriteStream | undefined;
  let isClosed = false;
  const isDevice = !isPlain(descriptor);
  const stream = (): NodeJS.WriteStream => {
    if (made === undefined) {
      made = descriptor === 1 ? process.stdout : process.stderr;
      // A reader that has seen enough, as in `nginx-mtls-lint | head`, is no error.
      made.on('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'EPIPE') isClosed = true;
      });
    }
    return made;
  };
  const toStream = (text: string | Uint8Array): Promise<void> =>
    new Promise((resolve, reject) => {
      if (isClosed) resolve();
      else {
        stream().write(text, (error?: NodeJS.ErrnoException | null) => {
          if (error && error.code !== 'EPIPE') reject(error);
          else resolve();
        });
      }
    });
  return {
    get isTerminal() {
      return isDevice && stream().isTTY === true;
    },
    get columns() {
      return isDevice ? stream().columns : undefined;
    },
    write: async text => {
      if (isClosed) return;
      const rest = isDevice ? text : writeNow(descriptor, text);
      if (rest === undefined) isClosed = true;
      else if (rest.length > 0) await toStream(rest);
    },
  };
}

/** True for what can be written to without a stream. On Windows nothing is, since its pipes are none of the kind. */
function isPlain(descriptor: number): boolean {
  if (process.platform === 'win32') return false;
  try {
    const found = fstatSync(descriptor);
    return found.isFile() || found.isFIFO() || found.isSocket();
  } catch {
    return false;
  }
}

/** Writes as much as the system takes at once and returns the rest; undefined where nobody reads any more. */
function writeNow(descriptor: number, text: string): Uint8Array | undefined {
  let rest: Uint8Array = Buffer.from(text, 'utf8');
  try {
    while (rest.length > 0) rest = rest.subarray(writeSync(descriptor, rest));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EPIPE') return undefined;
    // A pipe that somebody made non-blocking is full: the stream waits.
    if (code !== 'EAGAIN') throw error;
  }
  return rest;
}

/** More than a configuration may have is cut off: the reader of files refuses it by its size. */
const MAX_STDIN = 200 * 1024 * 1024;

async function readStdin(): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of process.stdin as AsyncIterable<Buffer>) {
    parts.push(part);
    size += part.length;
    if (size > MAX_STDIN) break;
  }
  return Buffer.concat(parts).toString('latin1');
}

/** The pages lie beside the bundle's folder in the package; a bundle copied alone goes without them. */
function rulePage(id: string): string | undefined {
  return readOptional(join(__dirname, '..', 'docs', 'rules', `${id}.md`))?.toString('utf8');
}

void start();

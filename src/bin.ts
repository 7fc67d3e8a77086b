/**
 * The edge to the process: the only file that touches it. It is a bundle of its own in old syntax (scripts/bundle.mjs),
 * so that a Node.js that is too old gets as far as the message, and so that the compile cache covers all the rest.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import * as nodeModule from 'node:module';
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
  const { main, nodeHost } = await loadCommandLine();
  process.exitCode = await main(process.argv.slice(2), {
    stdout: output(process.stdout),
    stderr: output(process.stderr),
    env: process.env,
    host: nodeHost(process.cwd()),
    now: () => new Date(),
    version: PACKAGE_VERSION,
    readStdin,
    writeFile: (path, text) => writeFileSync(path, text),
    rulePage,
  });
}

/**
 * Loads the command line with as little compiling as can be: Node.js has a compile cache of its own since 22.1; before,
 * the code cache made by the build takes its place. V8 checks that the cache is its own and compiles anew where it is not.
 */
async function loadCommandLine(): Promise<typeof import('./cli.js')> {
  // The types are those of Node 20.
  const { enableCompileCache } = nodeModule as { enableCompileCache?: () => void };
  const codeCache = enableCompileCache === undefined ? readOptional(join(__dirname, 'cli.cache')) : undefined;
  enableCompileCache?.();
  if (codeCache === undefined) return import('./cli.js');
  const path = join(__dirname, 'cli.cjs');
  const wrapped = nodeModule.Module.wrap(readFileSync(path, 'utf8'));
  const script = new Script(wrapped, { filename: path, cachedData: codeCache });
  const loaded = { exports: {} as typeof import('./cli.js') };
  script.runInThisContext()(loaded.exports, nodeModule.createRequire(path), loaded, path, __dirname);
  return loaded.exports;
}

function readOptional(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

function output(stream: NodeJS.WriteStream): Output {
  let isClosed = false;
  // A reader that has seen enough, as in `nginx-mtls-lint | head`, is no error.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') isClosed = true;
  });
  return {
    isTerminal: stream.isTTY === true,
    columns: stream.columns,
    write: text =>
      new Promise((resolve, reject) => {
        if (isClosed) resolve();
        else {
          stream.write(text, (error?: NodeJS.ErrnoException | null) => {
            if (error && error.code !== 'EPIPE') reject(error);
            else resolve();
          });
        }
      }),
  };
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

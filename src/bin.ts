/**
 * The edge to the process: the only file that touches it. It is a bundle of its own in old syntax (scripts/bundle.mjs),
 * so that a Node.js that is too old gets as far as the message, and so that the compile cache covers all the rest.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { join } from 'node:path';
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
  // Since Node 22.1; the types are those of Node 20.
  (nodeModule as { enableCompileCache?: () => void }).enableCompileCache?.();
  const { main, nodeHost } = await import('./cli.js');
  process.exitCode = await main(process.argv.slice(2), {
    stdout: output(process.stdout),
    stderr: output(process.stderr),
    env: process.env,
    host: nodeHost(process.cwd()),
    now: () => new Date(),
    version: PACKAGE_VERSION,
    writeFile: (path, text) => writeFileSync(path, text),
    rulePage,
  });
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

/** The pages lie beside the bundle's folder in the package; a bundle copied alone goes without them. */
function rulePage(id: string): string | undefined {
  try {
    return readFileSync(join(__dirname, '..', 'docs', 'rules', `${id}.md`), 'utf8');
  } catch {
    return undefined;
  }
}

void start();

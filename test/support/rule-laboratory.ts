/**
 * Lints a snippet of an http block, compares every finding with what the snippet says of itself, and sends the requests
 * that prove the findings to a real nginx that runs the same snippet.
 */

import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import * as assert from 'uvu/assert';
import type { Request, TlsChoice, Witness } from '../../src/analysis/request.js';
import type { Finding } from '../../src/finding.js';
import { httpWitness } from './http-witness.js';
import { compare, expectationsOf, PREAMBLE, type RuleCase } from './lint.js';
import { freePorts, mainFile, requireNginx, withNginx } from './nginx.js';
import { PEM_FILES } from './page-files.js';
import { type KeyPair, pki } from './pki.js';
import { type Answer, credentialsWithContents, send } from './send.js';
import { describe } from './suite.js';

export interface SnippetOptions {
  /** False for a snippet that nginx has to refuse. */
  readonly loads?: boolean;
}

/** Whether what became of a request is what its finding claims. */
export type Holds = (outcome: Outcome, witness: Witness) => boolean;

const isServed: Holds = outcome => outcome.isServed;

/**
 * Lints a snippet whose lines say what is reported there: `# expect: rule-id`, with a level where it is not the rule's
 * own (`# expect: unsafe-if note`), several with commas between. Fails on a missing and on an extra finding of any rule
 * and level, where no line expects anything, where the real nginx does not load the snippet, and where it does not
 * serve a request that proves a finding. Returns the findings.
 */
export async function flags(snippet: string, { loads = true }: SnippetOptions = {}): Promise<readonly Finding[]> {
  const expected = expectationsOf(snippet);
  if (expected.length === 0) throw new Error(`no line says what is expected:\n${snippet}`);
  const findings = await compare(PREAMBLE + snippet, expected);
  const proofs = findings.flatMap(({ witness }) => (witness === undefined ? [] : [httpWitness(witness)]));
  if (!requireNginx()) return findings;
  if (!loads) {
    const outcome = await run(snippet, []).catch(error => error);
    assert.match(String(outcome), /nginx did not start/, `nginx loads\n${snippet}`);
    return findings;
  }
  const reached = await run(snippet, proofs);
  for (const outcome of reached) assert.ok(outcome.isServed, told(snippet, outcome));
  return findings;
}

function told(snippet: string, { witness, answer, received }: Outcome): string {
  return [snippet, JSON.stringify(witness.request), answer.raw || answer.failure, received].join('\n');
}

/**
 * Lints a snippet that is as it should be: no finding but the notes that its lines expect. The real nginx has to load
 * it, and to refuse the requests that prove the findings of a snippet that is not.
 */
export async function accepts(
  snippet: string,
  refused: readonly Finding[] = [],
  holds: Holds = isServed,
): Promise<void> {
  const expected = expectationsOf(snippet);
  const graver = expected.filter(line => !line.endsWith(' note'));
  if (graver.length > 0) throw new Error(`an accepted configuration expects ${graver.join(', ')}`);
  await compare(PREAMBLE + snippet, expected);
  if (!requireNginx()) return;
  const proofs = refused.flatMap(({ witness }) => (witness === undefined ? [] : [httpWitness(witness)]));
  for (const outcome of await run(snippet, proofs))
    assert.not.ok(holds(outcome, outcome.witness), told(snippet, outcome));
}

/** A flagged snippet and its accepted twin: what proves the findings of the one is refused by the other. */
export async function contrasts(flagged: string, accepted: string): Promise<readonly Finding[]> {
  const findings = await flags(flagged);
  await accepts(accepted, findings);
  return findings;
}

/**
 * Declares the tests of a rule: pairs of a flagged snippet and its accepted twin, and accepted snippets. With `holds` the
 * requests of the rule's own findings alone are sent, and judged by it.
 */
export function describeRule(
  rule: string,
  pairs: readonly RuleCase[],
  accepted: Readonly<Record<string, string>>,
  more: Parameters<typeof describe>[1] = () => {},
  holds?: Holds,
): void {
  describe(rule, it => {
    for (const { title, flagged, accepted: twin } of pairs) {
      it(title, async () => {
        const findings = holds === undefined ? await contrasts(flagged, twin) : await flags(flagged);
        const own = findings.filter(finding => finding.rule === rule);
        assert.ok(own.length > 0, `no finding of ${rule}`);
        if (holds !== undefined) await contrasted(flagged, twin, own, holds);
      });
    }
    for (const [title, snippet] of Object.entries(accepted)) it(title, () => accepts(snippet));
    more(it);
  });
}

/** Sends what proves findings of a snippet to it and to its accepted twin. */
async function contrasted(flagged: string, twin: string, own: readonly Finding[], holds: Holds): Promise<void> {
  if (requireNginx()) {
    const proofs = own.flatMap(({ witness }) => (witness === undefined ? [] : [httpWitness(witness)]));
    for (const outcome of await run(flagged, proofs))
      assert.ok(holds(outcome, outcome.witness), told(flagged, outcome));
  }
  await accepts(twin, own, holds);
}

/** What the real nginx answers to a request when it runs a snippet. */
export async function answerOf(snippet: string, request: Request): Promise<Answer> {
  const [outcome] = await run(snippet, [{ request, assumes: [], steps: [] }]);
  return outcome!.answer;
}

export interface Outcome {
  readonly witness: Witness;
  readonly answer: Answer;
  /** What the back end was sent. */
  readonly received: string;
  /** The back end was asked, or nginx itself answered with content. */
  readonly isServed: boolean;
}

/** Runs a snippet on the real nginx: its ports and its back ends are moved to free ones. Rejects where it does not load. */
async function run(snippet: string, proofs: readonly Witness[]): Promise<Outcome[]> {
  const ports = new Map<number, number>();
  const wanted = [443, 8443, 80];
  for (const [index, port] of (await freePorts(wanted.length)).entries()) ports.set(wanted[index]!, port);
  const backEnd = await countingBackEnd();
  try {
    const http = (PREAMBLE + snippet)
      .replace(/(?<=\blisten +)(\d+)(?=[ ;])/g, (_, port) => `127.0.0.1:${ports.get(Number(port)) ?? port}`)
      .replace(/127\.0\.0\.1:(?:8080|9443)\b/g, `127.0.0.1:${backEnd.port}`);
    const { authority, otherAuthority, serverCertificate, serverKey } = pki();
    const read = (path: string) => readFileSync(path, 'latin1');
    const files: Record<string, string> = {
      ...PEM_FILES,
      'nginx.conf': mainFile(http),
      'server.pem': read(serverCertificate),
      'server.key': read(serverKey),
      'clients-ca.pem': read(authority),
      'other-ca.pem': read(otherAuthority),
    };
    for (const { path, exists, isFolder } of proofs.flatMap(({ assumes }) => assumes)) {
      if (exists) files[isFolder === true ? `${path}/index.html` : path] = 'an assumed file';
    }
    return await withNginx(files, async () => {
      const outcomes: Outcome[] = [];
      for (const witness of proofs) {
        const before = backEnd.connections();
        const answer = await send(moved(witness.request, ports), { credentials: credentialsOf });
        const isContent = answer.status >= 200 && answer.status < 300;
        const isPassedOn = backEnd.connections() > before;
        outcomes.push({ witness, answer, received: backEnd.received(), isServed: isContent || isPassedOn });
      }
      return outcomes;
    });
  } finally {
    await backEnd.stop();
  }
}

/** The client certificate that a witness names by the file of its CA. */
function credentialsOf(choice: TlsChoice): KeyPair | undefined {
  const { clients } = pki();
  if (choice.issuer === 'other-ca.pem') return clients.other;
  return credentialsWithContents(choice.issuer === 'clients-ca.pem' ? { ...choice, issuer: 'authority' } : choice);
}

function moved(request: Request, ports: ReadonlyMap<number, number>): Request {
  const port = ports.get(request.connect.port);
  if (port === undefined) throw new Error(`no snippet listens on port ${request.connect.port}`);
  return { ...request, connect: { address: '127.0.0.1', port } };
}

interface CountingBackEnd {
  readonly port: number;
  readonly connections: () => number;
  /** What came since it was asked last. */
  readonly received: () => string;
  readonly stop: () => Promise<void>;
}

/** A back end for every protocol: it counts who connects, and answers those who speak HTTP. */
async function countingBackEnd(): Promise<CountingBackEnd> {
  let connections = 0;
  let received = '';
  const server = createServer(socket => {
    connections += 1;
    socket.on('error', () => socket.destroy());
    socket.on('data', (data: Buffer) => {
      received += data.toString('latin1');
    });
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok'));
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => connections,
    received: () => {
      const taken = received;
      received = '';
      return taken;
    },
    stop: () => new Promise(resolve => server.close(() => resolve())),
  };
}

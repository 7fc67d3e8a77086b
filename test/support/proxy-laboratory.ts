/**
 * Runs snippets of an http block, or whole stream blocks, on the real nginx, in front of a back end that asks for a certificate and notes which one
 * it was shown.
 */

import { readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { rules } from '../../rules/index.js';
import type { Request } from '../../src/analysis/request.js';
import type { Finding } from '../../src/finding.js';
import { lint } from '../../src/lint.js';
import type { VersionText } from '../../src/model/versions.js';
import {
  certificatePem,
  commonName,
  type Key,
  keyOf,
  makeAuthority,
  makeClient,
  privateKeyPem,
} from './certificates.js';
import { httpWitness } from './http-witness.js';
import { compare, expectationsOf, isStreamBlock, lintSnippet } from './lint.js';
import { MemoryHost } from './memory-host.js';
import { freePorts, mainFile, requireNginx, withNginx } from './nginx.js';
import { PAGE_FILES, PEM_FILES } from './page-files.js';
import { pki } from './pki.js';
import { type Answer, send } from './send.js';
import { streamMain } from './stream-laboratory.js';
import { withTlsBackEnd } from './tls-back-end.js';

/** Where snippets expect the back end, and the ports that they listen on. */
export const BACK_END = '127.0.0.1:9443';
const PORTS = [443, 80];

/** A certificate of the proxy, as files of its name. */
function proxyFiles(name: string, key: Key): Record<string, string> {
  const authority = makeAuthority(commonName('proxies'), keyOf('p256', 30));
  return {
    [`${name}.pem`]: certificatePem(makeClient(authority, key, commonName(name))),
    [`${name}.key`]: privateKeyPem(key),
  };
}

/** Clients of one configuration, and what the back end saw of them. */
export interface Laboratory {
  /** Sends a request; the back end's answer says under which name it came. */
  readonly send: (request: Request) => Promise<Answer>;
  /** The common names under which requests came to the back end since the last call. */
  readonly shown: () => string[];
}

/**
 * Starts nginx on a snippet. Beside it lie `server.pem` (for `localhost`) with `server.key`, `clients-ca.pem`, `other-ca.pem`,
 * `backend-ca.pem`, which issued the certificate of the back end (`localhost`), and the proxy's `proxy.pem` and
 * `reports-proxy.pem` with their keys, whose common names are those of the files.
 */
export async function withLaboratory<T>(snippet: string, use: (laboratory: Laboratory) => Promise<T>): Promise<T> {
  const { authority, otherAuthority, serverCertificate, serverKey } = pki();
  const read = (path: string) => readFileSync(path, 'latin1');
  const pair = { certificate: read(serverCertificate), key: read(serverKey) };
  const ports = new Map<number, number>();
  for (const [index, port] of (await freePorts(PORTS.length)).entries()) ports.set(PORTS[index]!, port);
  return withTlsBackEnd(pair, backEnd => {
    const http = snippet
      .replace(/(?<=\blisten +)(\d+)(?=[ ;])/g, (_, port) => `127.0.0.1:${ports.get(Number(port)) ?? port}`)
      .replaceAll(BACK_END, `127.0.0.1:${backEnd.port}`);
    const files = {
      ...PEM_FILES,
      'nginx.conf': isStreamBlock(snippet) ? streamMain(http) : mainFile(http),
      'server.pem': pair.certificate,
      'server.key': pair.key,
      'clients-ca.pem': read(authority),
      'backend-ca.pem': read(authority),
      'other-ca.pem': read(otherAuthority),
      ...proxyFiles('proxy', keyOf('p256', 31)),
      ...proxyFiles('reports-proxy', keyOf('p256', 32)),
    };
    return withNginx(files, () =>
      use({
        send: request => {
          const port = ports.get(request.connect.port)!;
          return send({ ...request, connect: { address: '127.0.0.1', port } });
        },
        shown: () => backEnd.take(),
      }),
    );
  });
}

/** A plain request to the port 80 of a snippet. */
export function plainGet(target: string, headers: Request['http']['headers'] = []): Request {
  const host = headers.some(([name]) => name === 'Host') ? [] : ([['Host', 'app.test']] as const);
  return {
    connect: { address: '127.0.0.1', port: 80 },
    tls: null,
    http: { method: 'GET', target, headers: [...host, ...headers] },
  };
}

/**
 * Lints a snippet whose lines say what is reported there, and one that is as it should be. On the real nginx each request
 * that proves a finding of the rule has to get to the back end under a certificate of the proxy in the one, and must not in
 * the other.
 */
export async function contrastsCertificates(
  rule: string,
  flagged: string,
  accepted: string,
): Promise<readonly Finding[]> {
  const findings = await compare(flagged, expectationsOf(flagged));
  const own = findings.filter(finding => finding.rule === rule);
  assert.ok(own.length > 0, `no finding of ${rule}\n${flagged}`);
  await compare(accepted, expectationsOf(accepted));
  const { notices } = await lintSnippet(accepted);
  assert.equal(
    notices.filter(({ text }) => /not decided/.test(text)).map(({ text }) => text),
    [],
    accepted,
  );
  assert.not.ok(accepted.includes(`expect: ${rule}`), accepted);
  if (!requireNginx()) return findings;
  const requests = own.map(({ message, witness }) => {
    assert.ok(witness, message);
    return httpWitness(witness!).request;
  });
  for (const [snippet, isLent] of [
    [flagged, true],
    [accepted, false],
  ] as const) {
    await withLaboratory(snippet, async ({ send, shown }) => {
      for (const request of requests) {
        const answer = await send(request);
        const names = shown().filter(name => name.endsWith('proxy'));
        assert.is(names.length > 0, isLent, `${snippet}\n${JSON.stringify(request)}\n${answer.raw || answer.failure}`);
      }
    });
  }
  return findings;
}

/** The findings of one rule on a snippet, for one version of nginx. */
export async function findingsFor(
  rule: string,
  snippet: string,
  nginxVersion: VersionText,
): Promise<readonly Finding[]> {
  const host = new MemoryHost({ 'nginx.conf': `http {\n${snippet}\n}\n`, ...PAGE_FILES });
  const options = { paths: ['nginx.conf'], prefix: undefined, now: new Date('2026-11-23T00:00:00Z'), nginxVersion };
  const { findings, notices } = await lint(options, host, {
    rules,
    tool: { name: 'nginx-mtls-lint', version: '0.0.0' },
  });
  assert.equal(
    notices.filter(({ fatal, kind }) => fatal || kind === 'rule-failed').map(({ text }) => text),
    [],
  );
  return findings.filter(finding => finding.rule === rule);
}

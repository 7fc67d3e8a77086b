/** Replays the witnesses of an access table on a real nginx. */
import { existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { AccessTable } from '../../src/analysis/access.js';
import { evaluate } from '../../src/analysis/evaluate.js';
import { CLIENT_CLASSES, type ClientClass, type Request, type Witness } from '../../src/analysis/request.js';
import { EXAMPLE_CREDENTIALS } from '../../src/analysis/witness.js';
import type { HttpModel, VirtualServer } from '../../src/model/model.js';
import { environmentOf, isNamed } from './access-check.js';
import { agrees, credentialsByFile, type Ending, endingOfAnswer, endingOfTrace } from './differential.js';
import type { Surroundings } from './generate-config.js';
import { mainFile, startNginx } from './nginx.js';
import { sendAll } from './send.js';

/** A witness that does not end at its site on the real nginx. */
export interface FailedWitness {
  readonly client: ClientClass;
  readonly block: string;
  readonly request: Request;
  readonly observed: Ending;
  readonly expected: Ending;
}

export interface Replay {
  readonly failed: readonly FailedWitness[];
  readonly replayed: number;
  /** Witnesses that this machine cannot stage: an address or a certificate that it does not have. */
  readonly skipped: number;
}

/** An address of the loopback network that no generated configuration names by itself. */
export const OUTSIDER = '127.0.0.77';

/** Sends every witness of the table to a real nginx on the configuration, with the files as the witness assumes them. */
export async function replay(
  http: string,
  model: HttpModel,
  table: AccessTable,
  surroundings: Surroundings,
): Promise<Replay> {
  const failed: FailedWitness[] = [];
  let replayed = 0;
  let skipped = 0;
  const sent = new Map<string, { witness: Witness; client: ClientClass; block: string }>();
  for (const { site, access } of table.rows) {
    for (const client of CLIENT_CLASSES) {
      const verdict = access[client];
      if (verdict.verdict !== 'reached' && verdict.verdict !== 'conditional') continue;
      const request = staged(verdict.witness.request, http, site.server, surroundings);
      if (request === undefined) {
        skipped += 1;
        continue;
      }
      const block = [site.scope.node?.name, ...(site.scope.node?.args ?? []), site.content].join(' ');
      const witness = { ...verdict.witness, request };
      sent.set(JSON.stringify([request, witness.assumes, block]), { witness, client, block });
    }
  }
  const nginx = await startNginx({ 'nginx.conf': mainFile(http) });
  try {
    for (const { witness, client, block } of sent.values()) {
      const undo = stageFiles(witness, surroundings.root);
      if (undo === undefined) {
        skipped += 1;
        continue;
      }
      try {
        const [answer] = await sendAll([witness.request], { credentials: ({ issuer }) => credentialsByFile(issuer) });
        const observed = endingOfAnswer(answer!);
        const expected = endingOfTrace(evaluate(model, witness.request, environmentOf(witness.assumes)));
        // A rewrite to a text without a slash is passed on as it is, and the laboratory's back end cannot read that line.
        const isUnreadable = observed.status === 500 && /[?&]u=[^/@]/.test(witness.request.http.target);
        if (isUnreadable && expected.what.startsWith('proxy_pass') && observed.block === expected.block) {
          skipped += 1;
          continue;
        }
        replayed += 1;
        if (!agrees(witness.request, observed, expected)) {
          failed.push({ client, block, request: witness.request, observed, expected });
        }
      } finally {
        undo();
      }
    }
  } finally {
    await nginx.stop();
  }
  return { failed, replayed, skipped };
}

/** `u:p`, which the laboratory's user file holds. */
const LABORATORY_CREDENTIALS = 'Basic dTpw';

/** The request with addresses and certificates that are there; undefined where they cannot be staged. */
export function staged(
  request: Request,
  http: string,
  server: VirtualServer,
  { authority, otherAuthority }: Surroundings,
): Request | undefined {
  const { sourceAddress = OUTSIDER, tls } = request;
  const { http: sent } = request;
  const withPassword = sent.headers.map(
    ([name, value]) => [name, value === EXAMPLE_CREDENTIALS ? LABORATORY_CREDENTIALS : value] as const,
  );
  const real = { ...request, sourceAddress, http: { ...sent, headers: withPassword } };
  if (!sourceAddress.startsWith('127.') || (sourceAddress === OUTSIDER && isNamed(http, OUTSIDER))) return undefined;
  if (tls === null || tls.certificate === 'none') return real;
  const own = server.scope.value('ssl_client_certificate', '');
  const unknown = [authority, otherAuthority].find(file => !http.includes(`ssl_client_certificate ${file}`));
  const issuer = tls.issuer === 'unknown' ? unknown : (tls.issuer ?? (own === '' ? authority : own));
  return issuer === undefined ? undefined : { ...real, tls: { ...tls, issuer } };
}

/** Makes the files as a witness assumes them; returns what undoes it, or undefined where that is not possible. */
function stageFiles({ assumes }: Witness, root: string): (() => void) | undefined {
  const undo: (() => void)[] = [];
  const back = (): void => {
    for (const step of undo.reverse()) step();
  };
  try {
    for (const { path, exists, isFolder } of assumes) {
      const bytes = Buffer.from(path, 'latin1').toString('utf8');
      if (!bytes.startsWith(`${root}/`) || bytes.includes('/../')) {
        back();
        return undefined;
      }
      const clean = bytes.replace(/\/+$/, '');
      // The root itself also holds what the laboratory lives on.
      if (clean === root) {
        if (exists && isFolder === true) continue;
        back();
        return undefined;
      }
      const wanted = !exists ? 'absent' : isFolder === true ? 'folder' : 'file';
      const found = !existsSync(clean) ? 'absent' : statSync(clean).isDirectory() ? 'folder' : 'file';
      if (wanted === found) continue;
      if (found !== 'absent') {
        renameSync(clean, `${clean}.away`);
        undo.push(() => renameSync(`${clean}.away`, clean));
      }
      if (wanted === 'folder') makeFolders(clean, undo);
      if (wanted === 'file') {
        makeFolders(dirname(clean), undo);
        writeFileSync(clean, 'static staged');
        undo.push(() => rmSync(clean));
      }
    }
  } catch {
    back();
    return undefined;
  }
  return back;
}

function makeFolders(path: string, undo: (() => void)[]): void {
  if (existsSync(path)) return;
  makeFolders(dirname(path), undo);
  mkdirSync(path);
  undo.push(() => rmSync(path, { recursive: true }));
}

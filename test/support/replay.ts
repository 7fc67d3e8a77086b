/** Replays the witnesses of an access table on a real nginx. */
import { existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { AccessTable, Site } from '../../src/analysis/access.js';
import { type Environment, environmentOf, evaluate } from '../../src/analysis/evaluate.js';
import {
  type AssumedFile,
  CLIENT_CLASSES,
  type ClientClass,
  type Request,
  type Witness,
} from '../../src/analysis/request.js';
import { arrivalAt } from '../../src/analysis/sites.js';
import { EXAMPLE_CREDENTIALS } from '../../src/analysis/witness.js';
import type { HttpModel, VirtualServer } from '../../src/model/model.js';
import { isNamed } from './access-check.js';
import { agrees, type Ending, endingOfTrace, isAmong, type Running } from './differential.js';
import type { Surroundings } from './generate-config.js';

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
  /** Witnesses that this machine cannot stage, for want of an address or a certificate, or whose answer shows nothing. */
  readonly skipped: number;
}

/** An address of the loopback network that no generated configuration names by itself. */
export const OUTSIDER = '127.0.0.77';

/** A witness with the cell that it belongs to. */
interface Sent {
  readonly witness: Witness;
  readonly client: ClientClass;
  readonly block: string;
}

/**
 * Sends every witness of the table to the real nginx that runs the configuration, with the files as the witness assumes
 * them. `text` is all that the configuration says, its files included.
 */
export async function replay(
  running: Running,
  text: string,
  model: HttpModel,
  table: AccessTable,
  surroundings: Surroundings,
  environment: Environment,
): Promise<Replay> {
  const failed: FailedWitness[] = [];
  let replayed = 0;
  let skipped = 0;
  const sent = new Map<string, Sent>();
  for (const { site, client, witness } of stagedWitnesses(text, table, surroundings)) {
    if (witness === undefined) {
      skipped += 1;
      continue;
    }
    const block = [site.scope.node?.name, ...(site.scope.node?.args ?? []), site.content].join(' ');
    sent.set(JSON.stringify([witness.request, witness.assumes, block]), { witness, client, block });
  }
  const send = async (group: readonly Sent[]) => {
    const observations = await running.observe(group.map(({ witness }) => witness.request));
    for (const [index, { witness, client, block }] of group.entries()) {
      const { request } = witness;
      const { answer, observed } = observations[index]!;
      const assumed = environmentOf(witness);
      const trace = evaluate(model, request, assumed);
      const expected = endingOfTrace(trace);
      const { backEndStatus, fileAt, isLimited, passwordIsRight } = environment;
      // The laboratory has back ends that refuse or are not there; a witness assumes that all of them answer, and it may assume
      // that a password is wrong which is right here. What comes of it may look for files of which the witness assumes nothing.
      const found: Environment = { ...assumed, backEndStatus, fileAt, isLimited, passwordIsRight };
      const here = endingOfTrace(evaluate(model, request, found));
      if (JSON.stringify(here) !== JSON.stringify(expected)) {
        skipped += 1;
        continue;
      }
      if (agrees(request, observed, expected) || isAmong(answer, observed, expected, trace.block)) {
        replayed += 1;
        continue;
      }
      // A site on the side is proved whatever a script then makes of the request, which its answer cannot show.
      if (witness.via !== undefined && expected.what.startsWith('unknown: ')) {
        skipped += 1;
        continue;
      }
      // A request before this one may have used up what a limit allows.
      const late = endingOfTrace(evaluate(model, request, { ...found, isLimited: () => true }));
      if (agrees(request, observed, late)) {
        skipped += 1;
        continue;
      }
      replayed += 1;
      failed.push({ client, block, request, observed, expected });
    }
  };
  // What needs no change of files goes first, all at once.
  const untouched: Sent[] = [];
  const touching: Sent[] = [];
  for (const one of sent.values()) (isInPlace(one.witness, surroundings.root) ? untouched : touching).push(one);
  await send(untouched);
  for (const one of touching) {
    const undo = stageFiles(one.witness, surroundings.root);
    if (undo === undefined) {
      skipped += 1;
      continue;
    }
    try {
      await send([one]);
    } finally {
      undo();
    }
  }
  return { failed, replayed, skipped };
}

/**
 * The witnesses that end elsewhere once they are ready to be sent: what that takes, such as an address where none is told, is
 * nothing that a witness leaves open.
 */
export function astray(text: string, model: HttpModel, table: AccessTable, surroundings: Surroundings): Request[] {
  const found: Request[] = [];
  for (const { site, witness } of stagedWitnesses(text, table, surroundings)) {
    if (witness === undefined) continue;
    const trace = evaluate(model, witness.request, environmentOf(witness));
    if (arrivalAt(trace, site, witness.via) === undefined) found.push(witness.request);
  }
  return found;
}

/** The witnesses of a table, ready to be sent; undefined for those that this machine cannot stage. */
function* stagedWitnesses(
  text: string,
  table: AccessTable,
  surroundings: Surroundings,
): Generator<{ site: Site; client: ClientClass; witness: Witness | undefined }> {
  for (const { site, access } of table.rows) {
    for (const client of CLIENT_CLASSES) {
      const verdict = access[client];
      if (verdict.verdict !== 'reached' && verdict.verdict !== 'conditional') continue;
      const request = staged(verdict.witness.request, text, site.server, surroundings);
      yield { site, client, witness: request && { ...verdict.witness, request } };
    }
  }
}

/** Whether all files are as the witness assumes them. */
function isInPlace({ assumes }: Witness, root: string): boolean {
  return assumes.every(file => wantedState(file) === foundState(file.path, root));
}

type FileState = 'absent' | 'folder' | 'file';

function wantedState({ exists, isFolder }: AssumedFile): FileState {
  return !exists ? 'absent' : isFolder === true ? 'folder' : 'file';
}

/** What is at a path below the root; undefined for any other path. */
function foundState(path: string, root: string): FileState | undefined {
  const clean = cleanPath(path, root);
  if (clean === undefined) return undefined;
  return !existsSync(clean) ? 'absent' : statSync(clean).isDirectory() ? 'folder' : 'file';
}

/** The path without final slashes, as the file system has it; undefined where it leads out of the root. */
function cleanPath(path: string, root: string): string | undefined {
  const bytes = Buffer.from(path, 'latin1').toString('utf8');
  if (!bytes.startsWith(`${root}/`) || bytes.includes('/../')) return undefined;
  return bytes.replace(/\/+$/, '');
}

/** `u:p`, which the laboratory's user file holds. */
const LABORATORY_CREDENTIALS = 'Basic dTpw';

/** The request with addresses and certificates that are there; undefined where they cannot be staged. */
export function staged(
  request: Request,
  http: string,
  server: VirtualServer,
  { authority }: Surroundings,
): Request | undefined {
  const { connect, tls } = request;
  const hasAddress = connect.unix === undefined && !connect.address.includes(':');
  const { sourceAddress = hasAddress ? OUTSIDER : undefined } = request;
  const { http: sent } = request;
  const withPassword = sent.headers.map(
    ([name, value]) => [name, value === EXAMPLE_CREDENTIALS ? LABORATORY_CREDENTIALS : value] as const,
  );
  const from = sourceAddress === undefined ? {} : { sourceAddress };
  const real = { ...request, ...from, http: { ...sent, headers: withPassword } };
  if (hasAddress && !sourceAddress!.startsWith('127.')) return undefined;
  if (!hasAddress && sourceAddress !== undefined) return undefined;
  if (sourceAddress === OUTSIDER && isNamed(http, OUTSIDER)) return undefined;
  if (tls === null || tls.certificate === 'none') return real;
  const own = server.scope.value('ssl_client_certificate', '');
  return { ...real, tls: { ...tls, issuer: tls.issuer ?? (own === '' ? authority : own) } };
}

/** Makes the files as a witness assumes them; returns what undoes it, or undefined where that is not possible. */
function stageFiles({ assumes }: Witness, root: string): (() => void) | undefined {
  const undo: (() => void)[] = [];
  const back = (): void => {
    for (const step of undo.reverse()) step();
  };
  try {
    for (const file of assumes) {
      const clean = cleanPath(file.path, root);
      const wanted = wantedState(file);
      const found = foundState(file.path, root);
      // The root itself also holds what the laboratory lives on.
      if (clean === undefined || found === undefined || (clean === root && wanted !== 'folder')) {
        back();
        return undefined;
      }
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

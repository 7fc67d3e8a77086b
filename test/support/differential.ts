/** Sends requests to a real nginx on a configuration and to the evaluator on its model, and compares where they end. */
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseConfig } from '../../grammar/index.js';
import type { Site } from '../../src/analysis/access.js';
import { ASSUMED_ENVIRONMENT, type Environment, evaluate, type Trace } from '../../src/analysis/evaluate.js';
import type { Request, TlsChoice } from '../../src/analysis/request.js';
import { shownAt } from '../../src/analysis/sites.js';
import { BODILESS } from '../../src/analysis/withheld.js';
import { expand } from '../../src/config/expand.js';
import { ConfigReader } from '../../src/config/reader.js';
import type { HttpModel } from '../../src/model/model.js';
import { resolve } from '../../src/model/resolve.js';
import type { Scope } from '../../src/model/scope.js';
import { differingFields } from './arrived-fields.js';
import type { Surroundings } from './generate-config.js';
import { MemoryHost } from './memory-host.js';
import { freePorts, mainFile, startNginx, temporaryFolder } from './nginx.js';
import { MODULES } from './nginx-test.js';
import { clientNamed, issuerNamed, type KeyPair, pki } from './pki.js';
import { type Contact, openBackEnd, type RecordingBackEnd } from './recording-back-end.js';
import { type Answer, headerOf, sendAll } from './send.js';

/** Where a request ended, in a form in which nginx's answer and the evaluator's trace can be compared. */
export interface Ending {
  /** `proxy_pass N`, `return N`, `static`, the name of another handler; `refused`, `redirected`, `empty`, `closed`. */
  readonly what: string;
  readonly status: number;
  /** The number of the block that named itself in X-Block. */
  readonly block: string;
}

/** What one request came to. */
export interface Observation {
  readonly request: Request;
  readonly answer: Answer;
  readonly observed: Ending;
  /** The sites whose back end was asked, on the side too, sorted; undefined where the request cannot be told. */
  readonly contacts: readonly string[] | undefined;
  /** What those back ends were sent. */
  readonly arrived: readonly Contact[];
}

/** The model of a main file, with the files that it includes by path relative to it. */
export function modelOf(text: string, files: Readonly<Record<string, string>> = {}): HttpModel {
  const included = Object.entries(files).map(([path, content]) => [`/nginx/${path}`, content] as const);
  const host = new MemoryHost({ '/nginx/nginx.conf': text, ...Object.fromEntries(included) });
  return resolve(expand('/nginx/nginx.conf', new ConfigReader(host, parseConfig)).nodes);
}

/** What all configurations of a run share: certificates, back ends, static files. */
export interface Laboratory {
  /** New ports for one configuration. */
  surroundings(): Promise<Surroundings>;
  readonly environment: Environment;
  readonly backEnd: RecordingBackEnd;
  stop(): Promise<void>;
}

const STATIC_FILES = [
  'page.html',
  'index.html',
  'a/b',
  'x.php',
  'dir/index.html',
  'secret',
  'other/page.html',
  'b/page.html',
];
/** A page that includes another one on the side. */
const INCLUDING_FILE = 'ssi.html';

/** Starts the back end and writes the static files. */
export async function openLaboratory(): Promise<Laboratory> {
  const root = temporaryFolder({ users: 'u:{PLAIN}p\n' });
  for (const file of STATIC_FILES) {
    mkdirSync(join(root, file, '..'), { recursive: true });
    writeFileSync(join(root, file), `static ${file}`);
  }
  writeFileSync(join(root, INCLUDING_FILE), `static ${INCLUDING_FILE} <!--# include virtual="/secret" -->`);
  const backEnd = openBackEnd(root);
  const { authority, otherAuthority, serverCertificate, serverKey } = pki();
  return {
    backEnd,
    environment: { ...ASSUMED_ENVIRONMENT, fileAt, backEndStatus },
    surroundings: async () => {
      const [one = 0, two = 0, three = 0, sparePort = 0] = await freePorts(4);
      return {
        ...{ authority, otherAuthority, serverCertificate, serverKey, root, sparePort },
        ports: [one, two, three],
        unixListener: join(root, 'listener.sock'),
        backEnd: backEnd.socket('proxy', 0),
        backEndSocket: backEnd.socket,
      };
    },
    stop: () => backEnd.stop(),
  };
}

/** The name of an upstream tells how it answers: `dead` is not there, `says-403` answers with that status. */
function backEndStatus(target: string): number {
  if (/-dead$/.test(target)) return 502;
  return Number(/-says-(\d+)$/.exec(target)?.[1] ?? 200);
}

function fileAt(path: string): 'file' | 'directory' | 'absent' {
  try {
    const found = statSync(Buffer.from(path, 'latin1'));
    return found.isDirectory() ? 'directory' : 'file';
  } catch {
    return 'absent';
  }
}

/** The client certificate of an issuer that is named by its file, with the contents that are asked for. */
export function credentialsByFile({
  issuer,
  serial,
  subject,
}: Pick<TlsChoice, 'issuer' | 'serial' | 'subject'>): KeyPair | undefined {
  const signer = issuerNamed(issuer);
  if (signer === undefined) return undefined;
  if (subject === undefined && serial === undefined) return pki().clients[signer];
  return clientNamed(subject ?? 'CN=client', signer, serial);
}

/** A real nginx that runs a configuration. */
export interface Running {
  /**
   * Sends the requests, and tells what came back and whom nginx asked meanwhile. They share connections unless each is to have
   * one of its own: only then it is sure to be sent once.
   */
  observe(requests: readonly Request[], isolated?: boolean): Promise<Observation[]>;
}

/**
 * Runs a real nginx on the content of an http block, with the files that it includes, while the callback runs. Rejects
 * where nginx refuses it.
 */
export async function withConfiguration<T>(
  laboratory: Laboratory,
  http: string,
  use: (running: Running) => Promise<T>,
  files: Readonly<Record<string, string>> = {},
): Promise<T> {
  await laboratory.backEnd.ready();
  const nginx = await startNginx({ ...files, 'nginx.conf': loggedMainFile(http, Object.values(files)) });
  const log = join(nginx.prefix, FINISHED);
  try {
    return await use({ observe: (requests, isolated) => observeRequests(laboratory, log, requests, isolated) });
  } finally {
    await nginx.stop();
  }
}

/** Sends the requests, each by itself, to a real nginx on the content of an http block. Rejects where nginx refuses it. */
export function observe(
  laboratory: Laboratory,
  http: string,
  requests: readonly Request[],
  files: Readonly<Record<string, string>> = {},
): Promise<Observation[]> {
  return withConfiguration(laboratory, http, running => running.observe(requests, true), files);
}

/** The log to which nginx writes the number of each request that has ended, with all that it did on the side. */
const FINISHED = 'finished.log';

/** The modules that directives need, by a part of their names. */
const NEEDED_MODULES: Readonly<Record<string, readonly string[]>> = {
  _by_lua: ['ndk_http_module', 'ngx_http_lua_module'],
  image_filter: ['ngx_http_image_filter_module'],
};

/** The same lines as `mainFile`, with a log, and with the modules that are named. */
function loggedMainFile(http: string, included: readonly string[]): string {
  const logged = mainFile(http).replace(
    'access_log off;',
    `log_format finished "$http_x_request"; access_log ${FINISHED} finished;`,
  );
  const needed = Object.entries(NEEDED_MODULES).flatMap(([word, modules]) =>
    [http, ...included].some(text => text.includes(word)) ? modules : [],
  );
  return needed.map(name => `load_module ${MODULES}/${name}.so; `).join('') + logged;
}

/** How long an answer may take, in milliseconds: long, since the machine may be busy. */
const LONGEST_ANSWER = 20_000;
/** How long is waited for what happens on the side, in milliseconds. */
const LONGEST_ASIDE = 2000;

async function observeRequests(
  laboratory: Laboratory,
  log: string,
  requests: readonly Request[],
  isolated = false,
): Promise<Observation[]> {
  const closings: (() => void)[] = [];
  const answers = await sendAll(requests, {
    credentials: credentialsByFile,
    timeout: LONGEST_ANSWER,
    isolated,
    release: close => closings.push(close),
  });
  const waitedFor = requests.flatMap((request, index) =>
    isPlain(request) && answers[index]!.failure === undefined ? [numberOf(request)!] : [],
  );
  const finished = await finishedRequests(log, waitedFor);
  for (const close of closings) close();
  await laboratory.backEnd.settle();
  const contacts = new Map<string, Contact[]>();
  for (const contact of laboratory.backEnd.take()) {
    const known = contacts.get(contact.request);
    if (known === undefined) contacts.set(contact.request, [contact]);
    else known.push(contact);
  }
  return requests.map((request, index) => {
    const answer = answers[index]!;
    const number = numberOf(request);
    const arrived = contacts.get(number ?? '') ?? [];
    const hasEnded = answer.failure !== undefined || (number !== undefined && finished.has(number));
    const isTold = isPlain(request) && hasEnded && answer.isResent !== true;
    return {
      request,
      answer,
      observed: endingOfAnswer(answer),
      contacts: isTold ? arrived.map(({ site }) => `site-${site}`).sort() : undefined,
      arrived,
    };
  });
}

/** The requests that have ended, once all that are waited for have, or after a while. */
async function finishedRequests(log: string, waitedFor: readonly string[]): Promise<ReadonlySet<string>> {
  const end = Date.now() + LONGEST_ASIDE;
  for (let finished = new Set<string>(); ; finished = new Set(readFileSync(log, 'latin1').split('\n'))) {
    if (finished.size > 0 && waitedFor.every(number => finished.has(number))) return finished;
    if (waitedFor.length === 0 || Date.now() > end) return finished;
    await new Promise(resolve => setTimeout(resolve, 4));
  }
}

function numberOf(request: Request): string | undefined {
  return request.http.headers.find(([name]) => name === 'X-Request')?.[1];
}

/** Whether nginx reads the header with the number before anything can go wrong. */
function isPlain(request: Request): boolean {
  const { method, target, version } = request.http;
  const plain = version !== '0.9' && /^[A-Z]+$/.test(method) && /^\/[^%.]*$/.test(target) && target.length < 1000;
  return plain && numberOf(request) !== undefined;
}

/**
 * The sites whose back end is asked on the way that the evaluator found, sorted; undefined where it does not follow all
 * that happens on the side.
 */
function contactsOfTrace({ outcome, asides, passages }: Trace): string[] | undefined {
  const ends = [outcome, ...asides.map(aside => aside.outcome)];
  if (ends.some(end => end.kind === 'unknown')) return undefined;
  return passages.flatMap(({ site }) => /site-\d+/.exec(site.target ?? '') ?? []).sort();
}

/** What the content of handlers shows that does not come from a block with a number. */
const SHOWN: Readonly<Record<string, readonly string[]>> = {
  static: ['static ', '<title>Index of'],
  stub_status: ['Active connections'],
  empty_gif: ['GIF89a'],
};

/** Where an answer of nginx says that its request ended. */
export function endingOfAnswer(answer: Answer): Ending {
  const { status, body } = answer;
  const block = headerOf(answer, 'x-block') ?? '';
  const written = /^(?:(\w+_pass) site|(return))-(\d+)/.exec(body);
  // Not an ending of nginx: a back end hangs, or the machine is too slow.
  if (answer.failure?.startsWith('no answer')) return { what: 'silent', status, block };
  if (status === 0 && body === '') return { what: 'closed', status, block };
  if (written !== null) return { what: `${written[1] ?? written[2]} ${written[3]}`, status, block };
  if (/^static |^<html>\r\n<head><title>Index of/.test(body)) return { what: 'static', status, block };
  if (body.startsWith('Active connections')) return { what: 'stub_status', status, block };
  if (body.startsWith('GIF89a')) return { what: 'empty_gif', status, block };
  if (body === '' && status >= 200 && status < 300) return { what: 'empty', status, block };
  // nginx's own pages are known by their form; another text is that of a `return` which is made of variables alone.
  const isText = body !== '' && !body.startsWith('<html>\r\n<head><title>');
  if (isText && status < 400) return { what: 'return', status, block };
  return { what: status >= 300 && status < 400 ? 'redirected' : 'refused', status, block };
}

/**
 * Behind a code that closes the connection a post_action ends the request as any other, without an answer: the connection stays
 * open where the client may send another one (ngx_http_finalize_request, ngx_http_finalize_connection).
 */
const UNANSWERED = 'unanswered';

/** Where the evaluator says that a request ends. */
export function endingOfTrace({ outcome, block, asides }: Trace): Ending {
  const name = block?.effective('add_header')[0]?.args[1] ?? '';
  switch (outcome.kind) {
    case 'content': {
      const { site, status } = outcome;
      const own = site.content === 'return' ? site.source?.args[1] : site.target;
      const number = /(?:site|return)-(\d+)/.exec(own ?? '')?.[1];
      return { what: number === undefined ? site.content : `${site.content} ${number}`, status, block: name };
    }
    case 'closed': {
      const isFollowed = asides.some(({ via }) => via === 'post_action');
      return { what: isFollowed ? UNANSWERED : 'closed', status: 0, block: '' };
    }
    case 'unknown':
      return { what: `unknown: ${outcome.reason.kind}: ${outcome.reason.text}`, status: 0, block: '' };
    default:
      return { what: outcome.kind, status: outcome.status, block: name };
  }
}

/**
 * Whether the endings agree. An answer to HEAD has no body, so it shows status and block only; an answer whose body is
 * that of an error page (status 4xx with `return` text) counts as refused on both sides.
 */
export function agrees(request: Request, observed: Ending, expected: Ending): boolean {
  if (expected.what === UNANSWERED) return observed.what === 'closed' || observed.what === 'silent';
  if (request.http.version === '0.9') return agreesWithoutHead(observed, expected);
  if (observed.status !== expected.status || observed.block !== expected.block) return false;
  if (request.http.method === 'HEAD') return true;
  if (observed.what === expected.what) return true;
  // Under the code of an error a text does not show whether a `return` of that code gave it, or one behind an error page.
  if (observed.what === 'refused' && expected.what === 'return') return expected.status >= 400;
  // An error page may have given another code to a `return` of an error whose text is made of variables.
  if (observed.what === 'return' && expected.what === 'refused') return true;
  // Headers alone do not show that a back end was asked.
  if (/_pass( |$)/.test(expected.what) && BODILESS.has(expected.status)) return true;
  // Texts and empty answers under the status of an error or a redirect look like nginx's own pages.
  const plain = new Set(['refused', 'redirected', 'empty']);
  return plain.has(observed.what) && plain.has(expected.what);
}

/** Whether the block puts other content around its own: SSI, and the addition module. */
function addsContent(block: Scope | undefined): boolean {
  return ['ssi', 'add_before_body', 'add_after_body'].some(name => (block?.setting(name)?.args[0] ?? 'off') !== 'off');
}

/** Whether the answer holds the expected content beside what addition or SSI put around it. */
export function isAmong(
  { body, headers }: Answer,
  observed: Ending,
  expected: Ending,
  block: Scope | undefined,
): boolean {
  // An answer of HTTP/0.9 has neither status nor headers.
  const hasHead = headers.length > 0;
  const isHead = observed.status === expected.status && observed.block === expected.block;
  if (!addsContent(block) || (hasHead && !isHead)) return false;
  const [what = '', number] = expected.what.split(' ');
  // Of an answer without a text of its own, or with one that no site names, the rest is all that shows.
  const isPutAround = expected.status === 200 || block?.setting('ssi')?.args[0] === 'on';
  if (isPutAround && (what === 'empty' || what === 'refused')) return true;
  if (number === undefined) return (SHOWN[what] ?? [what]).some(text => body.includes(text));
  return body.includes(what === 'return' ? `return-${number}` : `${what} site-${number}`);
}

/** Whether the endings agree where the answer has no status and no headers. */
function agreesWithoutHead(observed: Ending, expected: Ending): boolean {
  const shown = new Map([
    ['redirected', 'refused'],
    // Nothing is sent, and the connection is closed.
    ['empty', 'closed'],
  ]);
  if (observed.status !== 0) return observed.what === expected.what && observed.status === expected.status;
  const what = shown.get(expected.what) ?? expected.what;
  // The text of a `return` with the status of an error stands alone.
  return observed.what === what || (what === 'refused' && observed.what === 'return');
}

/** A request that got to a site, there and here. */
export interface Arrival {
  readonly request: Request;
  readonly site: Site;
  /** On which it got there. */
  readonly conditions: Trace['conditions'];
  /** Whether the client was shown what the site says; otherwise it was asked beside a request, and nobody saw the answer. */
  readonly isShown: boolean;
}

/** Where a request ended, and what was asked on its side. */
export function arrivalsOf(request: Request, trace: Trace): Arrival[] {
  const { outcome, conditions, asides } = trace;
  const ends = [{ via: undefined, outcome, conditions }, ...asides];
  return ends.flatMap(({ via, outcome, conditions }) => {
    if (outcome.kind !== 'content') return [];
    const { site } = outcome;
    return [{ request, site, conditions, isShown: shownAt(trace, site, via) !== undefined }];
  });
}

export interface Disagreement {
  readonly request: Request;
  readonly observed: unknown;
  readonly expected: unknown;
  readonly trace: Trace;
}

export interface Comparison {
  readonly disagreements: readonly Disagreement[];
  /** How many requests the evaluator did not decide, by reason. */
  readonly undecided: ReadonlyMap<string, number>;
  /** Where requests got, with the sites that both sides agree on. */
  readonly arrivals: readonly Arrival[];
  /** The requests, and the way of each as the evaluator found it. */
  readonly requests: readonly Request[];
  readonly traces: readonly Trace[];
}

/** Follows each observed request with the evaluator. */
export function compare(model: HttpModel, observations: readonly Observation[], environment: Environment): Comparison {
  const arrivals: Arrival[] = [];
  const disagreements: Disagreement[] = [];
  const undecided = new Map<string, number>();
  const traces: Trace[] = [];
  for (const { request, answer, observed, contacts, arrived } of observations) {
    // What an answer includes is not known, and may end the connection with the answer.
    const isCut = ({ asides }: Trace): boolean => observed.what === 'closed' && asides.some(({ via }) => via === 'ssi');
    const judge = (trace: Trace): Pick<Disagreement, 'observed' | 'expected'> | undefined => {
      const expected = endingOfTrace(trace);
      if (trace.outcome.kind === 'unknown' || isCut(trace)) return undefined;
      if (!agrees(request, observed, expected) && !isAmong(answer, observed, expected, trace.block)) {
        return { observed, expected };
      }
      const asked = contactsOfTrace(trace);
      if (contacts === undefined || asked === undefined) return undefined;
      if (contacts.join() !== asked.join()) return { observed: contacts, expected: asked };
      return differingFields(trace.passages, arrived);
    };
    const { trace, wrong } = firstFitting(model, request, environment, judge);
    traces.push(trace);
    if (wrong !== undefined) disagreements.push({ request, ...wrong, trace });
    else if (trace.outcome.kind === 'unknown' || isCut(trace)) {
      const { what } = isCut(trace)
        ? { what: 'unknown: ssi: what an answer includes ends the connection' }
        : endingOfTrace(trace);
      undecided.set(what, (undecided.get(what) ?? 0) + 1);
    } else arrivals.push(...arrivalsOf(request, trace));
  }
  return { disagreements, undecided, arrivals, requests: observations.map(({ request }) => request), traces };
}

/** How many limits of one way may each be the one that refuses. */
const MOST_LIMITS = 6;

/**
 * The way of the request that fits: how many others a limit has let through before is not known, so each limit on the way
 * may refuse. Where none fits, the way on which no limit refuses, and what is wrong with it.
 */
function firstFitting<T>(
  model: HttpModel,
  request: Request,
  environment: Environment,
  judge: (trace: Trace) => T | undefined,
): { trace: Trace; wrong: T | undefined } {
  let first: { trace: Trace; wrong: T | undefined } | undefined;
  for (let refusing = -1, asked = 0; refusing < Math.min(asked, MOST_LIMITS); refusing += 1) {
    let limits = 0;
    const isLimited = () => limits++ === refusing;
    const trace = evaluate(model, request, { ...environment, isLimited }, { passages: true });
    const wrong = judge(trace);
    if (wrong === undefined) return { trace, wrong };
    first ??= { trace, wrong };
    asked = Math.max(asked, limits);
  }
  return first!;
}

/** A disagreement as text, with the way that the evaluator took. */
export function describeDisagreement({ request, observed, expected, trace }: Disagreement): string {
  const { connect, sourceAddress, tls, http } = request;
  return [
    `port ${connect.port} from ${sourceAddress} tls ${JSON.stringify(tls)} http ${JSON.stringify(http)}`,
    `  nginx:     ${JSON.stringify(observed)}`,
    `  evaluator: ${JSON.stringify(expected)}`,
    ...trace.steps.map(step => `    ${step.span.file.position(step.span.start).line}: ${step.text}`),
  ].join('\n');
}

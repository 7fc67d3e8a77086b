/** Sends requests to a real nginx on a configuration and to the evaluator on its model, and compares where they end. */
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseConfig } from '../../grammar/index.js';
import type { Site } from '../../src/analysis/access.js';
import { ASSUMED_ENVIRONMENT, type Environment, evaluate, type Trace } from '../../src/analysis/evaluate.js';
import type { ClientClass, Request } from '../../src/analysis/request.js';
import { expand } from '../../src/config/expand.js';
import { ConfigReader } from '../../src/config/reader.js';
import type { HttpModel } from '../../src/model/model.js';
import { resolve } from '../../src/model/resolve.js';
import type { Surroundings } from './generate-config.js';
import { MemoryHost } from './memory-host.js';
import { freePorts, mainFile, type Nginx, startNginx, temporaryFolder } from './nginx.js';
import { MODULES } from './nginx-test.js';
import { type KeyPair, pki } from './pki.js';
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
  readonly client: ClientClass;
  readonly answer: Answer;
  readonly observed: Ending;
  /** The sites whose back end was asked, on the side too, sorted; undefined where the request cannot be told. */
  readonly contacts: readonly string[] | undefined;
}

/** The model of one main file without includes. */
export function modelOf(text: string): HttpModel {
  const host = new MemoryHost({ '/nginx/nginx.conf': text });
  const model = resolve(expand('/nginx/nginx.conf', new ConfigReader(host, parseConfig)).nodes);
  if (model === undefined) throw new Error('the configuration has no http block');
  return model;
}

/** What all configurations of a run share: certificates, a back end, static files. */
export interface Laboratory {
  /** New ports for one configuration. */
  surroundings(): Promise<Surroundings>;
  readonly environment: Environment;
  /** What the back end was asked since the last call: `SITE REQUEST` each, the latter from the header X-Request. */
  contacts(): Promise<string[]>;
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

/** Starts the back end and writes the static files. */
export async function openLaboratory(): Promise<Laboratory> {
  const root = temporaryFolder({ users: 'u:{PLAIN}p\n' });
  for (const file of STATIC_FILES) {
    mkdirSync(join(root, file, '..'), { recursive: true });
    writeFileSync(join(root, file), `static ${file}`);
  }
  const backEnd = join(root, 'back-end.sock');
  // The back end answers what it would refuse by itself, TRACE for example, from its error page.
  const answer = 'return 200 "proxy_pass $http_host $request_method $request_uri";';
  const log = join(root, 'back-end.log');
  const server = `log_format contact "$http_host $http_x_request";
    server { listen unix:${backEnd}; access_log ${log} contact; error_page 400 405 = @any; location @any { ${answer} } ${answer} }`;
  const nginx: Nginx = await startNginx({ 'nginx.conf': mainFile(server) });
  const { authority, otherAuthority, serverCertificate, serverKey } = pki();
  let read = 0;
  return {
    environment: { ...ASSUMED_ENVIRONMENT, fileAt },
    surroundings: async () => {
      const [one = 0, two = 0, three = 0, sparePort = 0] = await freePorts(4);
      const files = { authority, otherAuthority, serverCertificate, serverKey };
      return { ...files, ports: [one, two, three], sparePort, backEnd, root };
    },
    contacts: async () => {
      // What happens on the side may go on after the answer.
      const size = () => statSync(log).size;
      for (let last = -1, turns = 0; size() !== last && turns < 50; turns += 1) {
        last = size();
        await new Promise(resolve => setTimeout(resolve, 40));
      }
      const lines = readFileSync(log, 'latin1').slice(read).split('\n').slice(0, -1);
      read = size();
      return lines;
    },
    stop: () => nginx.stop(),
  };
}

function fileAt(path: string): 'file' | 'directory' | 'absent' {
  try {
    const found = statSync(Buffer.from(path, 'latin1'));
    return found.isDirectory() ? 'directory' : 'file';
  } catch {
    return 'absent';
  }
}

/** The client certificate of an issuer that is named by its file. */
export function credentialsByFile(issuer: string | undefined): KeyPair | undefined {
  const { authority, otherAuthority, clients } = pki();
  if (issuer === authority) return clients.authority;
  if (issuer === otherAuthority) return clients.other;
  return issuer === 'self' ? clients.self : undefined;
}

/**
 * Sends the requests to a real nginx on the content of an http block, with the Lua module where a script stands in it.
 * Rejects where nginx refuses it.
 */
export async function observe(
  laboratory: Laboratory,
  http: string,
  requests: readonly Request[],
): Promise<Observation[]> {
  const modules = http.includes('_by_lua') ? ['ndk_http_module', 'ngx_http_lua_module'] : [];
  const loading = modules.map(name => `load_module ${MODULES}/${name}.so;\n`).join('');
  const nginx = await startNginx({ 'nginx.conf': `${loading}${mainFile(http)}` });
  try {
    const answers = await sendAll(requests, { credentials: ({ issuer }) => credentialsByFile(issuer) });
    const contacts = (await laboratory.contacts()).map(line => line.split(' '));
    return requests.map((request, index) => {
      const answer = answers[index]!;
      const mine = contacts.filter(([, number]) => number === numberOf(request)).map(([site]) => site!);
      return {
        request,
        client: request.tls?.certificate ?? 'none',
        answer,
        observed: endingOfAnswer(answer),
        contacts: isPlain(request) ? mine.sort() : undefined,
      };
    });
  } finally {
    await nginx.stop();
  }
}

function numberOf(request: Request): string | undefined {
  return request.http.headers.find(([name]) => name === 'X-Request')?.[1];
}

/** Whether nginx reads the header with the number before anything can go wrong. */
function isPlain(request: Request): boolean {
  const { method, target } = request.http;
  const plain = /^[A-Z]+$/.test(method) && /^\/[^%.]*$/.test(target) && target.length < 1000;
  return plain && numberOf(request) !== undefined;
}

/** The sites whose back end is asked on the way that the evaluator found, sorted. */
function contactsOfTrace({ outcome, asides }: Trace): string[] {
  return [outcome, ...asides.map(aside => aside.outcome)]
    .flatMap(end => (end.kind === 'content' && end.site.content === 'proxy_pass' ? [end.site.target ?? ''] : []))
    .map(target => target.replace(/^http:\/\/([^/]*).*/, '$1'))
    .sort();
}

/** Where an answer of nginx says that its request ended. */
export function endingOfAnswer(answer: Answer): Ending {
  const { status, body } = answer;
  const block = headerOf(answer, 'x-block') ?? '';
  const written = /^(proxy_pass site-|return-)(\d+)/.exec(body);
  if (status === 0) return { what: 'closed', status, block };
  if (written !== null) return { what: `${written[1]!.replace(/[ -].*/, '')} ${written[2]}`, status, block };
  if (/^static |^<html>\r\n<head><title>Index of/.test(body)) return { what: 'static', status, block };
  if (body.startsWith('Active connections')) return { what: 'stub_status', status, block };
  if (body.startsWith('GIF89a')) return { what: 'empty_gif', status, block };
  if (body === '' && status >= 200 && status < 300) return { what: 'empty', status, block };
  if (status >= 300 && status < 400) return { what: 'redirected', status, block };
  // A `return` whose text is made of variables alone.
  if (status >= 200 && status < 300) return { what: 'return', status, block };
  return { what: 'refused', status, block };
}

/** Where the evaluator says that a request ends. */
export function endingOfTrace({ outcome, block }: Trace): Ending {
  const name = block?.effective('add_header')[0]?.args[1] ?? '';
  switch (outcome.kind) {
    case 'content': {
      const { site, status } = outcome;
      const own = site.content === 'return' ? site.source?.args[1] : site.target;
      const number = /(?:site|return)-(\d+)/.exec(own ?? '')?.[1];
      return { what: number === undefined ? site.content : `${site.content} ${number}`, status, block: name };
    }
    case 'closed':
      return { what: 'closed', status: 0, block: '' };
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
  if (observed.status !== expected.status || observed.block !== expected.block) return false;
  if (request.http.method === 'HEAD') return true;
  if (observed.what === expected.what) return true;
  // Texts and empty answers under the status of an error or a redirect look like nginx's own pages.
  const plain = new Set(['refused', 'redirected', 'empty']);
  return plain.has(observed.what) && plain.has(expected.what);
}

/** A request that ended at a site, there and here. */
export interface Arrival {
  readonly request: Request;
  readonly client: ClientClass;
  readonly site: Site;
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
  /** The requests that reached content, with the site that both sides agree on. */
  readonly arrivals: readonly Arrival[];
}

/** Follows each observed request with the evaluator. */
export function compare(model: HttpModel, observations: readonly Observation[], environment: Environment): Comparison {
  const arrivals: Arrival[] = [];
  const disagreements: Disagreement[] = [];
  const undecided = new Map<string, number>();
  for (const { request, client, observed, contacts } of observations) {
    const trace = evaluate(model, request, environment);
    const expected = endingOfTrace(trace);
    if (trace.outcome.kind === 'unknown') undecided.set(expected.what, (undecided.get(expected.what) ?? 0) + 1);
    else if (!agrees(request, observed, expected)) disagreements.push({ request, observed, expected, trace });
    else if (contacts !== undefined && contacts.join() !== contactsOfTrace(trace).join()) {
      disagreements.push({ request, observed: contacts, expected: contactsOfTrace(trace), trace });
    } else if (trace.outcome.kind === 'content') arrivals.push({ request, client, site: trace.outcome.site });
  }
  return { disagreements, undecided, arrivals };
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

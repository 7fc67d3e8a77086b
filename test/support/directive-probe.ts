import { execFile, spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseConfig } from '../../grammar/index.js';
import { checkDirectives } from '../../src/config/check-directives.js';
import { CONTEXTS, type Context, type DirectiveForm, directiveForms } from '../../src/config/directives.js';
import { expand } from '../../src/config/expand.js';
import { ConfigReader } from '../../src/config/reader.js';
import { MemoryHost } from './memory-host.js';

/** The version whose command tables the directive table was read from. */
const TABLE_VERSION = '1.22.1';

/** Where Debian's packages put the dynamic modules. */
const MODULES = '/usr/share/nginx/modules';

/** Modules of the table that Debian 12's nginx-extras does not have. */
const NOT_BUILT: ReadonlySet<string> = new Set([
  'ngx_google_perftools_module',
  'ngx_http_degradation_module',
  'ngx_http_js_module',
  'ngx_http_spdy_module',
  'ngx_stream_js_module',
]);

/** One question: may this directive, so written, stand in this context? */
export interface Probe {
  readonly name: string;
  readonly context: Context;
  /** Number of arguments. */
  readonly count: number;
  readonly block: boolean;
}

/** What both are asked to say: the first complaint of the directive reader, or `accepted` (a handler may complain). */
export type Answer =
  | 'unknown'
  | 'misplaced'
  | 'not-terminated'
  | 'no-block'
  | 'argument-count'
  | 'invalid-flag'
  | 'accepted';

const WRAPPERS: Readonly<Record<Context, readonly [string, string]>> = {
  main: ['', ' events {}'],
  events: ['events { ', ' }'],
  http: ['events {} http { ', ' }'],
  server: ['events {} http { server { ', ' } }'],
  location: ['events {} http { server { location / { ', ' } } }'],
  'server-if': ['events {} http { server { if ($uri) { ', ' } } }'],
  'location-if': ['events {} http { server { location / { if ($uri) { ', ' } } } }'],
  limit_except: ['events {} http { server { location / { limit_except GET { ', ' } } } }'],
  upstream: ['events {} http { upstream u { ', ' } }'],
  stream: ['events {} stream { ', ' }'],
  'stream-server': ['events {} stream { server { ', ' } }'],
  'stream-upstream': ['events {} stream { upstream u { ', ' } }'],
  mail: ['events {} mail { ', ' }'],
  'mail-server': ['events {} mail { server { ', ' } }'],
};

/** Why nginx cannot be asked here, or undefined where it can. */
export function whyNotAsked(): string | undefined {
  const run = spawnSync('nginx', ['-v'], { encoding: 'utf8' });
  if (run.error !== undefined) return 'nginx is not installed';
  if (!run.stderr.includes(`nginx/${TABLE_VERSION}`)) return `nginx is not ${TABLE_VERSION}`;
  return existsSync(join(MODULES, 'ngx_http_lua_module.so')) ? undefined : 'nginx-extras is not installed';
}

/** The files of the dynamic modules without which nginx could not answer; loading all would take most of the time. */
function modulesFor({ name, context }: Probe): readonly string[] {
  const files = new Set<string>();
  const kinds = [context, ...directiveForms(name).flatMap(form => form.contexts)];
  if (kinds.some(kind => kind.startsWith('stream'))) files.add('ngx_stream_module');
  if (kinds.some(kind => kind.startsWith('mail'))) files.add('ngx_mail_module');
  for (const { module } of directiveForms(name)) {
    if (module === 'ngx_http_lua_module') files.add('ndk_http_module');
    if (existsSync(join(MODULES, `${module}.so`))) files.add(module);
  }
  return [...files];
}

/**
 * Whether nginx can be asked. Where it cannot it says so on the terminal, and throws with REQUIRE_NGINX=1, so that a
 * continuous integration run cannot pass without the comparison.
 */
export function canAskNginx(): boolean {
  const reason = whyNotAsked();
  if (reason === undefined) return true;
  if (process.env['REQUIRE_NGINX'] === '1') throw new Error(`${reason}, and REQUIRE_NGINX=1 asks for the comparison`);
  console.error(`\nSKIPPED: ${reason}, so the directive table is not compared with the real nginx.`);
  return false;
}

/** True for a row that nginx 1.22.1 with all of Debian's modules has. */
export function isInBuild(form: DirectiveForm): boolean {
  return form.since === undefined && !NOT_BUILT.has(form.module);
}

function textOf({ name, context, count, block }: Probe): string {
  const [before, after] = WRAPPERS[context];
  return `${before}${name}${' 1'.repeat(count)}${block ? ' {}' : ';'}${after}\n`;
}

/** What this project says. */
export function answerHere(probe: Probe): Answer {
  const tree = expand(
    '/work/nginx.conf',
    new ConfigReader(new MemoryHost({ 'nginx.conf': textOf(probe) }), parseConfig),
  );
  const problem = checkDirectives(tree, { available: isInBuild }).find(({ node }) => node.name === probe.name);
  return problem === undefined || problem.kind === 'duplicate' ? 'accepted' : problem.kind;
}

const MESSAGES: readonly (readonly [RegExp, Answer])[] = [
  [/unknown directive "/, 'unknown'],
  [/" directive is not allowed here/, 'misplaced'],
  [/ is not terminated by ";"/, 'not-terminated'],
  [/ has no opening "\{"/, 'no-block'],
  [/invalid number of arguments in "/, 'argument-count'],
  [/it must be "on" or "off"/, 'invalid-flag'],
];

/** What nginx says. `folder` is a folder for its files; `index` tells questions apart that are asked at the same time. */
export function askNginx(probe: Probe, folder: string, index: number): Promise<Answer> {
  const file = join(folder, `probe-${index}.conf`);
  const modules = modulesFor(probe).map(name => `load_module ${MODULES}/${name}.so;\n`);
  writeFileSync(file, modules.join('') + textOf(probe));
  return new Promise(resolve => {
    const options = ['-t', '-q', '-p', folder, '-e', 'stderr', '-g', `pid probe-${index}.pid;`, '-c', file];
    execFile('nginx', options, { timeout: 20_000 }, (_error, _output, messages) => {
      rmSync(file, { force: true });
      const first = messages.split('\n').find(line => /\[emerg\]/.test(line)) ?? '';
      resolve(MESSAGES.find(([pattern]) => pattern.test(first))?.[1] ?? 'accepted');
    });
  });
}

/** The questions about one name: every context; and for every row every count and the wrong ending. */
export function probesOf(name: string): Probe[] {
  const forms = directiveForms(name).filter(isInBuild);
  const probes: Probe[] = [];
  const block = forms[0]?.block ?? false;
  // With forty arguments no form that counts them is satisfied, so that no handler runs.
  for (const context of CONTEXTS) probes.push({ name, context, count: 40, block });
  for (const form of forms) {
    const context = form.contexts[0]!;
    for (let count = 0; count <= 9; count += 1) probes.push({ name, context, count, block: form.block });
    probes.push({ name, context, count: 1, block: !form.block });
  }
  return probes;
}

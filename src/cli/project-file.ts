/** `.nginx-mtls-lint.yml`: what a project says of how its configuration is to be judged. Loaded only where there is one. */
import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type YAMLMap } from 'yaml';
import { compileGlob } from '../config/glob.js';
import { absolutePath, folderOf, isAbsolutePath, pathFromText, shownPath } from '../config/host.js';
import type { PathMapping } from '../config/path-map.js';
import { LEVELS, type Level } from '../finding.js';
import { ACCEPTED_REFUSALS, type AcceptedRefusal, DEFAULT_SETTINGS, type Settings } from '../settings.js';
import { UsageError } from './options.js';
import { closest } from './suggest.js';

/** The keys of the file, in the order of its documentation. */
const KEYS = ['rules', 'ignore', 'maps', 'nginx-version', 'identity-headers', 'default-server', 'baseline'] as const;

/** What the reader needs besides the text. */
export interface ProjectFileSetting {
  /** The absolute path of the file, in bytes. */
  readonly path: string;
  readonly currentFolder: string;
  /** The ids of all rules. */
  readonly rules: readonly string[];
  /** Whether there is something at an absolute path. */
  readonly isThere: (path: string) => boolean;
}

/**
 * Reads a configuration file of the project.
 *
 * @param text the file, one character per byte
 * @throws UsageError with file and line where the file is not YAML, or says something that does not exist
 */
export function readProjectFile(text: string, setting: ProjectFileSetting): Settings {
  return new ProjectFileReader(text, setting).read();
}

class ProjectFileReader {
  readonly #setting: ProjectFileSetting;
  readonly #text: string;
  readonly #lines = new LineCounter();

  constructor(text: string, setting: ProjectFileSetting) {
    this.#text = Buffer.from(text, 'latin1').toString('utf8');
    this.#setting = setting;
  }

  read(): Settings {
    const document = parseDocument(this.#text, { lineCounter: this.#lines, prettyErrors: false, uniqueKeys: true });
    const [error] = document.errors;
    if (error?.code === 'MULTIPLE_DOCS')
      this.#refuse(error.pos[0], 'it holds a second document: put all of it into one');
    if (error !== undefined) this.#refuse(error.pos[0], `it is not YAML: ${error.message}`);
    const { contents } = document;
    if (contents === null || (isScalar(contents) && contents.value === null)) return DEFAULT_SETTINGS;
    let settings: Settings = DEFAULT_SETTINGS;
    for (const [key, node] of this.#entries(contents, 'the file')) {
      settings = { ...settings, ...this.#section(key.name, node, key.at) };
    }
    return settings;
  }

  #section(name: string, node: Node, at: number): Partial<Settings> {
    switch (name) {
      case 'rules':
        return { levels: this.#levels(node) };
      case 'ignore':
        return { isIgnored: this.#ignored(this.#texts(node, 'ignore')) };
      case 'maps':
        return { maps: this.#maps(node) };
      case 'nginx-version': {
        const version = this.#string(node, 'nginx-version');
        if (!/^\d+\.\d+\.\d+$/.test(version))
          this.#refuse(start(node), `nginx-version: "${version}" is no version such as 1.25.3`);
        return { nginxVersion: version };
      }
      case 'identity-headers':
        return { identityHeaders: this.#headers(node) };
      case 'default-server':
        return { acceptedRefusals: this.#refusals(node) };
      case 'baseline':
        return { baseline: this.#path(this.#string(node, 'baseline')) };
      default: {
        const meant = closest(name, KEYS);
        return this.#refuse(at, `there is no key "${name}"${meant === undefined ? '' : `; did you mean ${meant}?`}`);
      }
    }
  }

  #levels(node: Node): ReadonlyMap<string, Level | 'off'> {
    const levels = new Map<string, Level | 'off'>();
    for (const [key, value] of this.#entries(node, 'rules')) {
      if (!this.#setting.rules.includes(key.name)) {
        const meant = closest(key.name, this.#setting.rules);
        this.#refuse(
          key.at,
          `rules: no rule is called "${key.name}"${meant === undefined ? '' : `; did you mean ${meant}?`}`,
        );
      }
      // YAML 1.1 reads a bare `off` as false; here it is text.
      const level = this.#string(value, `rules: ${key.name}`);
      if (level !== 'off' && !LEVELS.includes(level as Level)) {
        this.#refuse(
          start(value),
          `rules: ${key.name}: "${level}" is no level; it is one of off, ${LEVELS.join(', ')}`,
        );
      }
      levels.set(key.name, level as Level | 'off');
    }
    return levels;
  }

  #maps(node: Node): readonly PathMapping[] {
    return this.#entries(node, 'maps').map(([key, value]) => {
      const from = pathFromText(key.name);
      if (!isAbsolutePath(from))
        this.#refuse(key.at, `maps: "${key.name}" is not absolute: it is a path of the configuration's machine`);
      const written = this.#string(value, `maps: ${key.name}`);
      const to = this.#path(written);
      if (!this.#setting.isThere(to)) this.#refuse(start(value), `maps: ${key.name}: there is no folder ${written}`);
      return { from: absolutePath('/', from), to };
    });
  }

  #headers(node: Node): readonly string[] {
    return this.#texts(node, 'identity-headers').map(({ at, text }) => {
      if (!/^[A-Za-z0-9_-]+$/.test(text)) this.#refuse(at, `identity-headers: "${text}" is no name of a header`);
      return text.toLowerCase();
    });
  }

  #refusals(node: Node): readonly AcceptedRefusal[] {
    return this.#entries(node, 'default-server').flatMap(([key, value]) => {
      if (key.name !== 'accept') this.#refuse(key.at, `default-server: there is no key "${key.name}"; there is accept`);
      return this.#texts(value, 'default-server: accept').map(({ at, text }) => {
        const known = ACCEPTED_REFUSALS.find(refusal => refusal === text);
        return (
          known ?? this.#refuse(at, `default-server: accept: "${text}" is none of ${ACCEPTED_REFUSALS.join(', ')}`)
        );
      });
    });
  }

  /** A pattern leaves out a path, or all below a folder; `*` and `?` stay within a name, `**` does not. */
  #ignored(patterns: readonly { readonly text: string }[]): (path: string) => boolean {
    const { currentFolder, path } = this.#setting;
    const compiled = patterns.map(({ text }) => compilePattern(pathFromText(text)));
    const folder = folderOf(path);
    return shown => {
      const absolute = absolutePath(currentFolder, pathFromText(shown));
      if (absolute !== folder && !absolute.startsWith(folder === '/' ? '/' : `${folder}/`)) return false;
      const names = absolute.slice(folder === '/' ? 1 : folder.length + 1).split('/');
      return compiled.some(pattern => matches(pattern, names));
    };
  }

  #path(text: string): string {
    return absolutePath(folderOf(this.#setting.path), pathFromText(text));
  }

  #entries(node: Node, what: string): (readonly [{ readonly name: string; readonly at: number }, Node])[] {
    if (!isMap(node)) this.#refuse(start(node), `${what}: keys with values are expected here`);
    return (node as YAMLMap<Node, Node | null>).items.map(({ key, value }) => {
      const name = isScalar(key)
        ? String(key.source ?? key.value)
        : this.#refuse(start(key), `${what}: a key is not plain text`);
      if (value === null) this.#refuse(start(key), `${what}: ${name} has no value`);
      return [{ name, at: start(key) }, value as Node] as const;
    });
  }

  #texts(node: Node, what: string): { readonly text: string; readonly at: number }[] {
    if (!isSeq(node)) this.#refuse(start(node), `${what}: a list is expected here`);
    return (node as { items: Node[] }).items.map(item => ({ text: this.#string(item, what), at: start(item) }));
  }

  /** A value as it is written, so that `1.20` stays what it is. */
  #string(node: Node, what: string): string {
    if (!isScalar(node) || node.value === null) this.#refuse(start(node), `${what}: a text is expected here`);
    const { source, value } = node as { source?: string; value: unknown };
    return typeof value === 'string' ? value : (source ?? String(value));
  }

  #refuse(offset: number, what: string): never {
    const { path, currentFolder } = this.#setting;
    const { col, line } = this.#lines.linePos(offset);
    throw new UsageError(
      `${shownPath(path, currentFolder)}:${line}:${col}: ${what}`,
      'docs/configuration.md describes the file.',
    );
  }
}

function start(node: Node): number {
  return node.range?.[0] ?? 0;
}

/** One test for each component; undefined for `**`. */
type CompiledPattern = readonly (((name: string) => boolean) | undefined)[];

function compilePattern(text: string): CompiledPattern {
  const components = text.split('/').filter(component => component !== '' && component !== '.');
  return components.map(component => (component === '**' ? undefined : compileGlob(component)));
}

/** True where a pattern names a path or a folder above it. Linear: the places that are reached are kept as a set. */
function matches(pattern: CompiledPattern, names: readonly string[]): boolean {
  let places = new Set([0]);
  for (const name of names) {
    const next = new Set<number>();
    for (const place of places) {
      for (let at = place; at < pattern.length; at += 1) {
        const test = pattern[at];
        if (test === undefined) {
          if (at === pattern.length - 1) return true;
          next.add(at);
          continue;
        }
        if (test(name)) next.add(at + 1);
        break;
      }
    }
    if (next.has(pattern.length)) return true;
    places = next;
  }
  return false;
}

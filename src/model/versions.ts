import type { ConfigNode } from '../config/config-tree.js';
import { type Context, type DirectiveForm, directiveForms } from '../config/directives.js';

/** A released version as `nginx -v` prints it: `1.27.4`. */
export type VersionText = `${number}.${number}.${number}`;

/** Versions from one on and below another; without a bound on a side where it is undefined. */
export interface VersionRange {
  readonly from: VersionText | undefined;
  readonly below: VersionText | undefined;
}

/** True for three numbers with dots between. */
export function isVersion(text: string): text is VersionText {
  return /^\d{1,4}\.\d{1,4}\.\d{1,4}$/.test(text);
}

/** Negative where the first version is the older one, 0 where they are equal. */
function compareVersions(one: VersionText, other: VersionText): number {
  const numbers = other.split('.').map(Number);
  return one.split('.').reduce((order, part, index) => order || Number(part) - numbers[index]!, 0);
}

/**
 * The versions of nginx that a configuration can be for: one that the user named, or all that know its directives. A
 * version is what its own project released under that number; distributions carry corrections back without changing it.
 */
export class NginxVersions {
  /** Undefined where the user named none. */
  readonly exact: VersionText | undefined;
  readonly range: VersionRange;

  private constructor(exact: VersionText | undefined, range: VersionRange) {
    this.exact = exact;
    this.range = range;
  }

  /** The one version that the user named. */
  static exactly(version: VersionText): NginxVersions {
    return new NginxVersions(version, { from: version, below: undefined });
  }

  /**
   * Every version that has all directives of a configuration: `ssl on;` is gone since 1.25.1, `http2 on;` there since; where
   * modules differ, as in `server_name` of stream, what counts is the part that a directive stands in. All versions where no
   * single one has them all.
   *
   * @param directives in the order in which nginx reads them, blocks in front of what is in them
   */
  static admitting(directives: Iterable<ConfigNode>): NginxVersions {
    const seen = new Set<string>();
    let from: VersionText | undefined;
    let below: VersionText | undefined;
    const narrow = (since: string | undefined, until: string | undefined): void => {
      if (since !== undefined && isVersion(since) && (from === undefined || compareVersions(since, from) > 0))
        from = since;
      if (until !== undefined && isVersion(until) && (below === undefined || compareVersions(until, below) < 0)) {
        below = until;
      }
    };
    let part = '';
    for (const { name, args, parent } of directives) {
      if (parent === undefined) part = name;
      // HTTP/3 came with 1.25.0 (ngx_http_core_listen).
      if (name === 'listen' && args.includes('quic')) narrow('1.25.0', undefined);
      // TLS 1.3 can be named since 1.13.0 (ngx_http_ssl_protocols).
      if (name === 'ssl_protocols' && args.some(value => value.toLowerCase() === 'tlsv1.3'))
        narrow('1.13.0', undefined);
      // Virtual servers of stream (ngx_stream_core_listen).
      if (part === 'stream' && name === 'listen' && args.includes('default_server')) narrow('1.25.5', undefined);
      const key = `${part} ${name}`;
      if (seen.has(key)) continue;
      seen.add(key);
      const forms = formsIn(part, name);
      if (forms.length === 0) continue;
      narrow(
        extreme(
          forms.map(({ since }) => since),
          -1,
        ),
        extreme(
          forms.map(({ until }) => until),
          1,
        ),
      );
    }
    const isImpossible = from !== undefined && below !== undefined && compareVersions(from, below) >= 0;
    return new NginxVersions(undefined, isImpossible ? { from: undefined, below: undefined } : { from, below });
  }

  /** Whether the version that the user named has a form of a directive; every form where none was named. */
  has({ since, until }: DirectiveForm): boolean {
    const { exact } = this;
    if (exact === undefined) return true;
    const bound = (version: string | undefined): VersionText | undefined =>
      version !== undefined && isVersion(version) ? version : undefined;
    return contains({ from: bound(since), below: bound(until) }, exact);
  }

  /** Whether none, some or all of these versions lie in one of the ranges. */
  within(...ranges: readonly VersionRange[]): 'none' | 'some' | 'all' {
    const { exact } = this;
    if (exact !== undefined) return ranges.some(range => contains(range, exact)) ? 'all' : 'none';
    const touched = ranges.filter(range => overlap(range, this.range));
    if (touched.length === 0) return 'none';
    return touched.some(range => covers(range, this.range)) ? 'all' : 'some';
  }
}

/** The forms of a directive that a part of the configuration knows; all of them outside of the parts, and where none fits. */
function formsIn(part: string, name: string): readonly DirectiveForm[] {
  const forms = directiveForms(name);
  if (forms.length < 2 || (part !== 'http' && part !== 'stream' && part !== 'mail')) return forms;
  const own = forms.filter(({ contexts }) => contexts.some(context => partOf(context) === part));
  return own.length === 0 ? forms : own;
}

/** The part of a configuration that has blocks of a kind; those of http are named without it. */
function partOf(context: Context): string {
  const [part = ''] = context.split('-', 1);
  return part === 'stream' || part === 'mail' || part === 'main' || part === 'events' ? part : 'http';
}

/** The smallest (-1) or largest (1) of these versions; undefined where one of them is. */
function extreme(versions: readonly (string | undefined)[], sign: -1 | 1): VersionText | undefined {
  let best: VersionText | undefined;
  for (const version of versions) {
    if (version === undefined || !isVersion(version)) return undefined;
    if (best === undefined || compareVersions(version, best) * sign > 0) best = version;
  }
  return best;
}

function contains({ from, below }: VersionRange, version: VersionText): boolean {
  return (
    (from === undefined || compareVersions(from, version) <= 0) &&
    (below === undefined || compareVersions(version, below) < 0)
  );
}

function overlap(one: VersionRange, other: VersionRange): boolean {
  const isBefore = (below: VersionText | undefined, from: VersionText | undefined): boolean =>
    below !== undefined && from !== undefined && compareVersions(below, from) <= 0;
  return !isBefore(one.below, other.from) && !isBefore(other.below, one.from);
}

function covers(outer: VersionRange, inner: VersionRange): boolean {
  const beginsEarlier =
    outer.from === undefined || (inner.from !== undefined && compareVersions(outer.from, inner.from) <= 0);
  const endsLater =
    outer.below === undefined || (inner.below !== undefined && compareVersions(inner.below, outer.below) <= 0);
  return beginsEarlier && endsLater;
}

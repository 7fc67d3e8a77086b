import { constantText, parseTemplate } from './template.js';

/** What a pass directive names: a back end, and perhaps the path that it is asked for. */
export interface PassTarget {
  /** In lower case, with the colon: `https:`. */
  readonly scheme: string | undefined;
  /** Host with port, the name of an upstream, or `unix:` with a path. */
  readonly authority: string;
  readonly uri: string | undefined;
}

/** The parts of a target without variables (ngx_parse_url); undefined for other text. */
export function parsePassTarget(target: string): PassTarget | undefined {
  const text = constantText(parseTemplate(target));
  if (text === undefined || text === '') return undefined;
  const [, scheme, authority = '', uri] = /^(?:([a-z]+:)\/\/)?(unix:[^:]*|[^/]*)(?::?(\/.*))?$/is.exec(text) ?? [];
  return { scheme: scheme?.toLowerCase(), authority, uri };
}

/** Schemes of pass directives and the port that they use where none is named. */
const PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443', 'grpc:': '80', 'grpcs:': '443' };

/** The address behind an authority, equal for spellings of one address: in lower case, with the port of the scheme. */
export function addressOf(authority: string, scheme: string | undefined): string {
  const text = authority.toLowerCase();
  return text.startsWith('unix:') || /:\d+$/.test(text) ? text : `${text}:${PORTS[scheme ?? 'http:'] ?? '80'}`;
}

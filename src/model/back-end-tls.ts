import type { ConfigNode } from '../config/config-tree.js';
import { holdsPlaceholder } from '../source/placeholder.js';
import type { Piece, Template } from './model.js';
import { parsePassTarget } from './pass-target.js';
import type { Scope } from './scope.js';
import { parseTemplate } from './template.js';
import type { NginxVersions, VersionRange } from './versions.js';

/** A pass directive that can speak TLS: the prefix of its settings, and the scheme that asks for TLS. */
interface Protocol {
  readonly prefix: 'proxy' | 'grpc' | 'uwsgi';
  readonly scheme: 'https://' | 'grpcs://' | 'suwsgi://';
}

/** In stream there are no schemes: `proxy_ssl` asks for TLS (ngx_stream_proxy_connect). */
const STREAM_PROTOCOL = { prefix: 'proxy', scheme: '' } as const;

/** The modules of http that speak TLS to a back end (ngx_http_proxy_pass, ngx_http_grpc_pass, ngx_http_uwsgi_pass). */
const PROTOCOLS: ReadonlyMap<string, Protocol> = new Map<string, Protocol>([
  ['proxy_pass', { prefix: 'proxy', scheme: 'https://' }],
  ['grpc_pass', { prefix: 'grpc', scheme: 'grpcs://' }],
  ['uwsgi_pass', { prefix: 'uwsgi', scheme: 'suwsgi://' }],
]);

/** The prefixes of their settings. */
export const BACK_END_PREFIXES = [...PROTOCOLS.values()].map(({ prefix }) => prefix);

/** Settings of TLS towards a back end, without their prefix, that say who the proxy is or whom it trusts. */
export const BACK_END_TLS_SETTINGS = [
  'ssl_certificate',
  'ssl_certificate_key',
  'ssl_verify',
  'ssl_trusted_certificate',
  'ssl_crl',
  'ssl_name',
] as const;

/** In how many of some versions of nginx something is so. */
export type Extent = 'none' | 'some' | 'all';

/** Versions in which upstreams keep connections unless told otherwise (change log of nginx 1.29.7). */
const KEEPING_BY_DEFAULT: VersionRange = { from: '1.29.7', below: undefined };

/**
 * In which of some versions an upstream keeps connections open: for the sites that use it together, and for each site by
 * itself. `keepalive` shares them unless it says `local`, which is what later versions do by default.
 */
export function keptConnections(
  upstream: ConfigNode | undefined,
  versions: NginxVersions,
): { readonly shared: Extent; readonly own: Extent } {
  const written = upstream?.children?.find(({ name }) => name === 'keepalive');
  if (written === undefined) return { shared: 'none', own: versions.within(KEEPING_BY_DEFAULT) };
  if (written.args[0] === '0') return { shared: 'none', own: 'none' };
  return { shared: written.args.includes('local') ? 'none' : 'all', own: 'all' };
}

/** A certificate of the proxy. */
export interface ProxyCertificate {
  /** The line that names it. */
  readonly node: ConfigNode;
  /** Its file; empty at run time means none. */
  readonly file: Template;
}

/**
 * The TLS settings in force for one pass directive. The modules have settings of their own each (mtls-semantics 12); all are
 * inherited one by one, and none is allowed in an `if`, which takes those of its location.
 */
export class BackEndTls {
  readonly pass: ConfigNode;
  readonly prefix: Protocol['prefix'];
  /** Whether TLS is spoken; `depends` where a variable decides. */
  readonly use: 'always' | 'never' | 'depends';
  readonly #scope: Scope;
  readonly #scheme: Protocol['scheme'] | '';

  private constructor(scope: Scope, pass: ConfigNode, { prefix, scheme }: Protocol | typeof STREAM_PROTOCOL) {
    this.pass = pass;
    this.prefix = prefix;
    this.#scope = scope;
    this.#scheme = scheme;
    this.use = scheme === '' ? switchUse(scope) : schemeUse(this.target, scheme);
  }

  /** The settings for a pass directive that ends a request or a connection in a block; undefined for every other handler. */
  static of(scope: Scope, pass: ConfigNode | undefined): BackEndTls | undefined {
    if (pass === undefined) return undefined;
    const isStream = scope.kind === 'stream-server';
    const protocol = isStream && pass.name === 'proxy_pass' ? STREAM_PROTOCOL : PROTOCOLS.get(pass.name);
    return protocol === undefined ? undefined : new BackEndTls(scope, pass, protocol);
  }

  /** What is passed to. */
  get target(): Template {
    return parseTemplate(this.pass.args[0] ?? '');
  }

  /**
   * Host and port of the target, or the name of an upstream, where TLS is spoken: what stands in front of its path, which is
   * also the name that the certificate has to be for unless another one is set.
   */
  get authority(): Template {
    const { target } = this;
    if (this.#scheme === '') return target;
    const fixed = parsePassTarget(this.pass.args[0] ?? '');
    return fixed === undefined ? authorityOf(target) : [{ kind: 'text', text: fixed.authority }];
  }

  /** Whether a target, as it is at run time, is spoken to over TLS (ngx_http_proxy_eval). */
  isTls(target: string): boolean {
    return target.toLowerCase().startsWith(this.#scheme);
  }

  /** What a target for TLS begins with, in lower case; nothing in stream. */
  get scheme(): string {
    return this.#scheme;
  }

  /** A setting by its name without the prefix: `ssl_verify`. */
  setting(name: string): ConfigNode | undefined {
    return this.#scope.setting(`${this.prefix}_${name}`);
  }

  /**
   * The certificate that is shown where the back end asks for one; undefined where there is none. A command sets another one
   * behind nginx's own setting (ngx_http_proxy_set_ssl), and in the place of an empty variable; a variable that is not empty
   * goes before it (ngx_http_upstream_ssl_certificate), which is left out: one is shown in any case.
   */
  get certificate(): ProxyCertificate | undefined {
    const command = this.#commands('certificate').at(-1);
    if (command !== undefined) return templateOf(command, 1);
    const node = this.setting('ssl_certificate');
    return node === undefined || (node.args[0] ?? '') === '' ? undefined : templateOf(node, 0);
  }

  /**
   * Whether the certificate of the back end has to verify, and to be for the name (ngx_http_upstream_ssl_handshake);
   * undefined where a template fills it in, or where it may stand in what could not be read.
   */
  get verification(): 'on' | 'off' | undefined {
    const value = this.setting('ssl_verify')?.args[0] ?? 'off';
    if (holdsPlaceholder(value) || this.#scope.gapFor(`${this.prefix}_ssl_verify`) !== undefined) return undefined;
    return value.toLowerCase() === 'on' ? 'on' : 'off';
  }

  /** True where it has to for certain. */
  get isVerified(): boolean {
    return this.verification === 'on';
  }

  /**
   * The command by which OpenSSL refuses a certificate that does not verify, although nginx looks at neither result nor name;
   * undefined where there is none.
   */
  get verifyCommand(): ConfigNode | undefined {
    const command = this.#commands('verifymode').at(-1);
    return command?.args[1]?.split(',').some(word => /^\s*\+?peer\s*$/i.test(word)) ? command : undefined;
  }

  /** The lines that name the files by which the certificate of a back end is judged; none where it is not. */
  get trust(): readonly ConfigNode[] {
    if (!this.isVerified) return [];
    const settings = ['ssl_trusted_certificate', 'ssl_crl'].flatMap(name => this.setting(name) ?? []);
    return [...settings, ...this.#commands('verifycafile')];
  }

  /** The name that the certificate has to be for, as it is written; undefined for the host of the target. */
  get name(): ConfigNode | undefined {
    return this.setting('ssl_name');
  }

  /** Whether TLS sessions are kept and taken up again; on by default. */
  get reusesSessions(): boolean {
    return this.setting('ssl_session_reuse')?.args[0]?.toLowerCase() !== 'off';
  }

  /**
   * In which of some versions a connection can stay open for a later request, if its upstream keeps any: where neither side
   * says `close`. From 1.29.7 on HTTP/1.1 without that word is the default; uwsgi is never kept.
   */
  keepsConnections(versions: NginxVersions): Extent {
    // In stream a connection of the client has one of its own.
    if (this.#scheme === '') return 'none';
    if (this.prefix !== 'proxy') return this.prefix === 'grpc' ? 'all' : 'none';
    const headers = this.#scope
      .effective('proxy_set_header')
      .filter(({ args }) => args[0]?.toLowerCase() === 'connection');
    const connection = headers.at(-1)?.args[1]?.toLowerCase();
    const version = this.#scope.setting('proxy_http_version')?.args[0];
    if (connection?.includes('close')) return 'none';
    // HTTP/1.0 keeps a connection that asks for it.
    if (version === '1.0') return connection === undefined || connection === '' ? 'none' : 'all';
    if (version !== undefined && connection !== undefined) return 'all';
    return connection === undefined || connection === '' ? versions.within(KEEPING_BY_DEFAULT) : 'all';
  }

  #commands(name: string): ConfigNode[] {
    const commands = this.#scope.effective(`${this.prefix}_ssl_conf_command`);
    return commands.filter(({ args }) => args[0]?.toLowerCase() === name);
  }
}

function templateOf(node: ConfigNode, argument: number): ProxyCertificate {
  return { node, file: parseTemplate(node.args[argument] ?? '') };
}

/** Variables that begin with a slash: a host ends in front of them. */
const PATH_VARIABLES: ReadonlySet<string> = new Set(['request_uri', 'uri', 'document_uri']);

/** What stands in a target with variables between its scheme, written or in a variable, and its path. */
function authorityOf(target: Template): Template {
  const authority: Piece[] = [];
  const [first, second] = target;
  const isSchemeComputed = first?.kind !== 'text' && second?.kind === 'text' && second.text.startsWith('://');
  for (const [index, piece] of target.entries()) {
    if (index === 0 && isSchemeComputed) continue;
    if (piece.kind !== 'text') {
      if (piece.kind === 'variable' && PATH_VARIABLES.has(piece.name)) break;
      authority.push(piece);
      continue;
    }
    const text = authority.length === 0 ? piece.text.replace(/^(?:[a-z]+)?:\/\//i, '') : piece.text;
    const end = text.search(/[/?#]/);
    if (text !== '' && end !== 0) authority.push({ kind: 'text', text: end === -1 ? text : text.slice(0, end) });
    if (end !== -1) break;
  }
  return authority;
}

/** `proxy_ssl` of stream; undecided where a template fills it in. */
function switchUse(scope: Scope): BackEndTls['use'] {
  const value = scope.value('proxy_ssl', 'off');
  if (holdsPlaceholder(value)) return 'depends';
  return value.toLowerCase() === 'on' ? 'always' : 'never';
}

/** A target without a variable in front of `://` says by its scheme whether TLS is spoken. */
function schemeUse(target: Template, scheme: string): BackEndTls['use'] {
  const [first] = target;
  if (first === undefined) return 'never';
  if (first.kind !== 'text') return 'depends';
  const text = first.text.toLowerCase();
  if (text.startsWith(scheme)) return 'always';
  return target.length > 1 && scheme.startsWith(text) ? 'depends' : 'never';
}

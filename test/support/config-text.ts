/** Writes the shape of a configuration out as files that nginx loads. */
import type { ConfigShape, Item, ServerShape, Surroundings } from './generate-config.js';
import { SOCKETS } from './generate-config.js';
import type { Protocol } from './recording-back-end.js';

/** The content of an http block, and the files that it includes, by their path relative to the main file. */
export interface ConfigText {
  readonly http: string;
  readonly files: Readonly<Record<string, string>>;
}

/** Directives that a block may hold once. */
const SINGLE = new Set([
  ...['proxy_pass', 'fastcgi_pass', 'uwsgi_pass', 'scgi_pass', 'grpc_pass', 'memcached_pass', 'empty_gif'],
  ...['try_files', 'internal', 'root', 'index', 'autoindex', 'random_index', 'satisfy', 'auth_request', 'auth_basic'],
  ...['auth_basic_user_file', 'recursive_error_pages', 'limit_except', 'real_ip_header', 'real_ip_recursive'],
  ...['client_max_body_size', 'stub_status', 'merge_slashes', 'underscores_in_headers', 'large_client_header_buffers'],
  ...['post_action', 'ssi', 'add_after_body', 'add_before_body', 'proxy_intercept_errors', 'ssl_reject_handshake'],
  ...['proxy_pass_request_headers', 'fastcgi_pass_request_headers', 'uwsgi_pass_request_headers'],
  ...['scgi_pass_request_headers', 'ignore_invalid_headers'],
  ...['limit_req', 'limit_conn', 'absolute_redirect', 'addition_types', 'access_by_lua_block', 'rewrite_by_lua_block'],
]);

/** Directives of which only one may stand in a block, whichever it is. */
const SAME: Readonly<Record<string, string>> = { alias: 'root' };

/** Lists of fields, and the field that carries the number of the request in each: a list of a block replaces that of http. */
const NUMBER_FIELDS: Readonly<Record<string, string>> = {
  proxy_set_header: 'proxy_set_header X-Request $http_x_request;',
  grpc_set_header: 'grpc_set_header X-Request $http_x_request;',
  fastcgi_param: 'fastcgi_param HTTP_X_REQUEST $http_x_request if_not_empty;',
  uwsgi_param: 'uwsgi_param HTTP_X_REQUEST $http_x_request if_not_empty;',
  scgi_param: 'scgi_param HTTP_X_REQUEST $http_x_request if_not_empty;',
};

/** The pass directive that a text is, and how its back end answers: `says-CODE`, `dead`, or as it should. */
const PASS = /^(\w+)_pass (?:\w+:\/\/)?site-#(-[\w-]+)?;$/;

/** Writes a shape out. Each `#` becomes a number of its own, `ROOT` the folder of static files. */
export function configText(shape: ConfigShape, surroundings: Surroundings): ConfigText {
  const writer = new Writer(surroundings);
  for (const [index, items] of shape.snippets.entries()) writer.snippet(index, items);
  writer.items(shape.http, 'http');
  const defaults = new Set<number>();
  for (const server of shape.servers) writer.server(server, defaults);
  const { serverCertificate, serverKey, sparePort } = surroundings;
  const head = `ssl_certificate ${serverCertificate};
ssl_certificate_key ${serverKey};
ssl_session_cache none;
ssl_session_tickets off;
default_type text/plain;
proxy_connect_timeout 3s;
map "k$http_x_request" $memcached_key { default "k$http_x_request"; }
limit_req_zone $arg_l zone=requests:1m rate=1r/m;
limit_conn_zone $arg_c zone=connections:1m;
${Object.values(NUMBER_FIELDS).join('\n')}
server {
  listen 127.0.0.1:${sparePort};
  set $v1 ''; set $v2 '';
  location ~ "^/(?<seg>[a-z]+)/(?<rn>[0-9])" { }
}
`;
  return { http: `${head}${writer.upstreams.join('')}${writer.lines.join('\n')}\n`, files: writer.files };
}

class Writer {
  readonly upstreams: string[] = [];
  readonly files: Record<string, string> = {};
  lines: string[] = [];
  readonly #surroundings: Surroundings;
  #identity = 0;
  #included = 0;
  #depth = 0;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  /** Writes items as the body of a block with this head; `seen` is what stands there already. */
  items(items: readonly Item[], outer: string, seen = new Set<string>()): void {
    for (const item of items) {
      if (typeof item === 'object' && 'include' in item) {
        this.#include(item.include, () => this.items(item.body, outer, seen));
        continue;
      }
      const head = typeof item === 'string' ? item : item.head;
      const name = head.split(/[ ;]/)[0]!;
      const single = SAME[name] ?? name;
      const isSingle = SINGLE.has(single) || name === 'SNIPPET';
      const key = name === 'location' ? locationKey(head) : isSingle ? `${single}` : undefined;
      if (name === 'alias' && outer.startsWith('location @')) continue;
      if (key !== undefined && seen.has(key)) continue;
      if (key !== undefined) seen.add(key);
      const number = NUMBER_FIELDS[name];
      if (number !== undefined && outer !== 'http' && !seen.has(name)) {
        seen.add(name);
        this.#line(number);
      }
      if (typeof item === 'string') {
        this.#line(name === 'SNIPPET' ? `include snippet-${head.slice('SNIPPET '.length)}.conf;` : item);
      } else if (head === '') {
        this.items(item.body, outer, seen);
      } else if (name !== 'location' || mayNest(outer, head)) {
        this.#block(head, () => {
          const isNamed = name === 'location' || (name === 'if' && outer.startsWith('location'));
          if (isNamed) this.#line('add_header X-Block # always;');
          this.items(item.body, head);
        });
      }
    }
  }

  /** A file that servers include by its number. */
  snippet(index: number, items: readonly Item[]): void {
    this.files[`snippet-${index}.conf`] = this.#elsewhere(() => this.items(items, 'server'));
  }

  server(shape: ServerShape, defaults: Set<number>): void {
    const write = () => this.#block('server', () => this.#serverBody(shape, defaults));
    if (shape.place === 'main') write();
    else this.#include(shape.place, write);
  }

  #serverBody({ names, sockets, verify, authority, body }: ServerShape, defaults: Set<number>): void {
    const { authority: one, otherAuthority: other, root } = this.#surroundings;
    this.#line('add_header X-Block # always;');
    for (const { socket, isDefault } of sockets) {
      const isMarked = isDefault && !defaults.has(socket);
      if (isMarked) defaults.add(socket);
      const { isTls, listen } = SOCKETS[socket];
      this.#line(
        `listen ${listen(this.#surroundings, this.#identity)}${isTls ? ' ssl' : ''}${isMarked ? ' default_server' : ''};`,
      );
    }
    if (names.length > 0) this.#line(`server_name ${names.join(' ')};`);
    this.#line(`ssl_verify_client ${authority === 'none' && verify !== 'off' ? 'optional_no_ca' : verify};`);
    if (authority !== 'none') this.#line(`ssl_client_certificate ${authority === 'other' ? other : one};`);
    if (authority === 'both') this.#line(`ssl_trusted_certificate ${other};`);
    this.#line(`root ${root};`);
    this.items(body, 'server', new Set(['root']));
  }

  #block(head: string, body: () => void): void {
    this.#line(`${head} {`);
    this.#depth += 1;
    body();
    this.#depth -= 1;
    this.#line('}');
  }

  #include(kind: 'file' | 'glob', body: () => void): void {
    this.#included += 1;
    const number = this.#included;
    const name = kind === 'file' ? `part-${number}.conf` : `parts/${number}-all.conf`;
    this.files[name] = this.#elsewhere(body);
    this.#line(`include ${kind === 'file' ? name : `parts/${number}-*.conf`};`);
  }

  #elsewhere(body: () => void): string {
    const { lines } = this;
    const depth = this.#depth;
    this.lines = [];
    this.#depth = 0;
    body();
    const text = `${this.lines.join('\n')}\n`;
    this.lines = lines;
    this.#depth = depth;
    return text;
  }

  #line(text: string): void {
    const { root } = this.#surroundings;
    const filled = text.replaceAll('#', () => String(++this.#identity)).replaceAll('ROOT', root);
    const pass = PASS.exec(text);
    if (pass !== null) this.#upstream(pass[1] as Protocol, pass[2] ?? '');
    this.lines.push(`${'  '.repeat(this.#depth)}${filled}`);
  }

  /** Declares the upstream of the site that was numbered last. */
  #upstream(protocol: Protocol, answers: string): void {
    const site = this.#identity;
    const { root, backEndSocket } = this.#surroundings;
    const socket = answers === '-dead' ? `${root}/nobody.sock` : backEndSocket(protocol, site);
    this.upstreams.push(`upstream site-${site}${answers} { server unix:${socket}; }\n`);
  }
}

/** Two prefix locations with one text are refused, with `^~` or without. */
function locationKey(head: string): string | undefined {
  const [, modifier = '', text] = head.split(' ');
  if (modifier.startsWith('~')) return undefined;
  return modifier === '=' ? `= ${text}` : (text ?? modifier);
}

/** Whether nginx takes a location inside another one (rows 2.51-2.54). */
function mayNest(outer: string, inner: string): boolean {
  if (!outer.startsWith('location')) return true;
  const [, outerModifier = '', outerText] = outer.split(' ');
  const [, innerModifier = '', innerText] = inner.split(' ');
  if (outerModifier === '=' || outerModifier.startsWith('@')) return false;
  if (innerModifier.startsWith('~')) return true;
  if (outerModifier.startsWith('~')) return false;
  return (innerText ?? innerModifier).startsWith(outerText ?? outerModifier);
}

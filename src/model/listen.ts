import type { ConfigNode } from '../config/config-tree.js';

/** What one `listen` directive says (ngx_http_core_listen, ngx_parse_url). */
export interface ListenAddress {
  /** `*`, which `0.0.0.0` stands for as well, an IPv4 address, an IPv6 address in brackets, a host name, or `unix:` and a path. */
  readonly address: string;
  /** 0 for a unix socket. */
  readonly port: number;
  readonly parameters: ReadonlySet<string>;
}

/** nginx listens here where a server names no address (8000 where it is not started as root). */
export const DEFAULT_LISTEN: ListenAddress = { address: '*', port: 80, parameters: new Set() };

/** The addresses of a `listen` directive: one, or one for each port of a range; none where nginx refuses it. */
export function parseListen(node: ConfigNode): ListenAddress[] {
  const [text, ...rest] = node.args;
  if (text === undefined) return [];
  const parameters = new Set(rest.map(parameter => parameter.toLowerCase()));
  if (text.startsWith('unix:')) return [{ address: text, port: 0, parameters }];
  const parts = /^(?:(\[[0-9A-Fa-f:.]+\]|[^:]*?)(?::(\d+)(?:-(\d+))?)?|(\d+)(?:-(\d+))?)$/.exec(text);
  if (parts === null) return [];
  const bare = /^(\d+)(?:-(\d+))?$/.exec(text);
  const host = bare === null ? parts[1]! : '*';
  const first = Number((bare === null ? parts[2] : bare[1]) ?? 80);
  const last = Number((bare === null ? parts[3] : bare[2]) ?? first);
  if (first < 1 || last > 65_535 || last < first) return [];
  const address = addressOf(host);
  return Array.from({ length: last - first + 1 }, (_, step) => ({ address, port: first + step, parameters }));
}

/** One text for all spellings of an address: two of them are one socket (ngx_cmp_sockaddr, row 14.29). */
function addressOf(host: string): string {
  if (host.startsWith('[')) return `[${shortIpv6(host.slice(1, -1))}]`;
  if (host === 'localhost') return '127.0.0.1';
  if (!/^\d+(?:\.\d+){3}$/.test(host)) return host;
  const plain = host.split('.').map(Number).join('.');
  return plain === '0.0.0.0' ? '*' : plain;
}

/** The canonical text of an IPv6 address (RFC 5952), so that two spellings of one address are one socket. */
function shortIpv6(text: string): string {
  try {
    return new URL(`http://[${text}]/`).hostname.slice(1, -1);
  } catch {
    return text.toLowerCase();
  }
}

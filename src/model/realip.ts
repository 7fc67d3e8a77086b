import { lowerCase } from '../source/ascii.js';
import type { Scope } from './scope.js';

/** Where realip takes the address from, when it is not a header: the line of the PROXY protocol. */
export const PROXY_LINE = 'proxy_protocol';

/**
 * The source from which realip takes the client's address in a scope (`real_ip_header`, ngx_http_realip): the name of the
 * variable of a header, or `PROXY_LINE`; undefined where no peer is trusted.
 */
export function realipSource(scope: Scope): string | undefined {
  if (scope.effective('set_real_ip_from').length === 0) return undefined;
  // Without HTTP there is no header (ngx_stream_realip_handler).
  if (scope.kind.startsWith('stream')) return PROXY_LINE;
  const name = realipHeader(scope);
  return name === PROXY_LINE ? PROXY_LINE : `http_${name.replaceAll('-', '_')}`;
}

/** The header that `real_ip_header` of http names, in lower case, or `PROXY_LINE` (ngx_http_realip). */
export function realipHeader(scope: Scope): string {
  return lowerCase(scope.value('real_ip_header', 'X-Real-IP'));
}

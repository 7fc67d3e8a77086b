import type { AnyRow, Site } from '../analysis/access.js';
import type { Listen, Server, ServerName } from '../model/model.js';
import { holdsPlaceholder } from '../source/placeholder.js';
import { decode, visible } from './display.js';
import { lineText, nameSpan } from './place.js';

/** What a content site is called: `location /api/`, `if ($arg_x)`, `limit_except GET`, `server`. Unicode, not escaped. */
export function siteLabel(site: Site<Server>): string {
  const node = site.scope.node;
  if (site.kind === 'http-server' || site.kind === 'stream-server' || node === undefined) return 'server';
  return decode([node.name, ...node.args].join(' '));
}

/** The site's label behind those of the blocks around it within the server: `location / > if ($arg_x)`. */
export function siteTrail(site: Site<Server>): string {
  const labels = [siteLabel(site)];
  const server = site.server.scope.node;
  for (let scope = site.scope.parent; scope?.node !== undefined && scope.node !== server; scope = scope.parent) {
    if (scope.kind !== 'location' && scope.kind !== 'if' && scope.kind !== 'limit_except') break;
    // A nested location repeats the prefix of the one around it, so only what an `if` or limit_except stands in helps.
    if (site.kind === 'location') break;
    labels.unshift(decode([scope.node.name, ...scope.node.args].join(' ')));
    if (scope.kind === 'location') break;
  }
  return labels.join(' > ');
}

/** A server's names as a configuration writes them: `app.test`, `*.app.test`, `~^www\.`. Unicode, not escaped. */
export function serverNames(server: Server): string[] {
  return server.names
    .filter(name => name.node !== undefined || nameText(name) !== '')
    .map(name => decode(nameText(name)));
}

function nameText(name: ServerName): string {
  switch (name.kind) {
    case 'exact':
      return name.text;
    case 'leading':
      return `*${name.text}`;
    case 'trailing':
      return `${name.text}*`;
    case 'regex':
      return `~${name.pattern.source}`;
  }
}

/** What a server is called: its first name, or `server at file:line` where it has none. Safe to print. */
export function serverLabel(server: Server): string {
  const name = serverNames(server).find(text => text !== '');
  return name === undefined ? `server at ${lineText(nameSpan(server.node))}` : visible(name);
}

/** A listening address with what the socket speaks: `127.0.0.1:8443 ssl`. Unicode, not escaped. */
export function listenText(listen: Listen<Server>, server: Server): string {
  const { node, socket } = listen;
  const written = node?.args[0] ?? '';
  // Where a template fills in the address or the port, nothing stands for what it leaves open.
  const address = socket.port === 0 ? socket.address : `${socket.address}:${socket.port}`;
  const words = [holdsPlaceholder(written) ? written : address];
  if (socket.defaultServer === server && socket.defaultIsExplicit) words.push('default_server');
  if (socket.udp && !socket.quic) words.push('udp');
  if (socket.ssl) words.push('ssl');
  if (socket.http2) words.push('http2');
  if (socket.quic) words.push('quic');
  if (socket.proxyProtocol) words.push('proxy_protocol');
  return decode(words.join(' '));
}

/** What a row protects: an upstream, a folder, or the kind of answer where there is neither. Unicode, not escaped. */
export function resourceOf(row: AnyRow): string {
  const { content, source, target } = row.site;
  if (target !== undefined) return `upstream ${decode(target).replace(/^[a-z]+:\/\/([^/?]+).*$/s, '$1')}`;
  if (content === 'static') {
    return source === undefined ? "root html (nginx's own)" : decode(`${source.name} ${source.args[0] ?? ''}`);
  }
  return content === 'return' ? 'text of return' : decode(content);
}

/**
 * A witness as a command line that anyone can run: `curl` where it can say the request, otherwise the bytes of the
 * request through `openssl s_client` (or, without TLS, through curl's telnet, which passes bytes on as they are).
 *
 * The text comes from a configuration that may be hostile: every word is quoted for a POSIX shell, and a line holds
 * nothing but printable ASCII.
 */
import type { Request, Session, StreamSession, TlsChoice } from '../analysis/request.js';

const TOKEN = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;
const PRINTABLE = /^[\x20-\x7e]*$/;

/** Headers that describe the body; curl makes its own, so a witness that sets them is sent as bytes. */
const FRAMING = new Set(['content-length', 'transfer-encoding', 'te']);

/** A body up to this many bytes stands in the command line; a longer one is made by `head`. */
const INLINE_BODY = 40;

/** The command for a request, on one line. */
export function curlLine(request: Session): string {
  return commandChunks(request).join(' ');
}

/** The command for a request, broken between words into lines of about `width` cells that a shell reads as one. */
export function curlLines(request: Session, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const chunk of commandChunks(request)) {
    if (line !== '' && line.length + 1 + chunk.length > width - 2) {
      lines.push(`${line} \\`);
      line = `  ${chunk}`;
    } else line = line === '' ? chunk : `${line} ${chunk}`;
  }
  lines.push(line);
  return lines;
}

/** The words of the command, quoted; an option and its value are one chunk. */
function commandChunks(request: Session): string[] {
  const shell = new ShellWords();
  const chunks =
    request.http === null ? streamChunks(request, shell) : (curlChunks(request, shell) ?? rawChunks(request, shell));
  return [...shell.assignments, ...chunks];
}

/** Quotes words, and keeps those that no quotes can hold in variables. */
class ShellWords {
  readonly assignments: string[] = [];

  /**
   * One word. A control byte or one above ASCII has no POSIX quotation that survives a terminal: such a word is made by
   * printf. Command substitution drops line ends at the end of its text, hence the dot, which `${v%.}` takes off. No
   * argument can hold NUL, so it is left out.
   */
  word(text: string): string {
    const bytes = toBytes(text).replaceAll('\0', '');
    if (PRINTABLE.test(bytes)) return quote(bytes);
    const name = `v${this.assignments.length + 1}`;
    this.assignments.push(`${name}=$(printf ${printfFormat(`${bytes}.`)});`);
    return `"\${${name}%.}"`;
  }
}

/** Text with characters above U+00FF is Unicode, any other is bytes already. */
function toBytes(text: string): string {
  return /[^\x00-\xff]/.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text;
}

/** Quotes printable text; `~`, `=` and the like are quoted too, only what no shell interprets stays bare. */
function quote(text: string): string {
  if (/^[A-Za-z0-9_@%+:,./-]+$/.test(text)) return text;
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** The format argument that makes printf(1) write exactly these bytes; only octal escapes of three digits are portable. */
function printfFormat(bytes: string): string {
  // A leading `-` would be an option to some shells.
  const format = bytes.replace(/^-|[^\x20-\x7e]|['\\%]/g, character => {
    if (character === '%') return '%%';
    if (character === '\\') return '\\\\';
    if (character === '\r') return '\\r';
    if (character === '\n') return '\\n';
    return `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`;
  });
  return `'${format}'`;
}

/** The request as words of curl, or undefined where curl would send something else. */
function curlChunks(request: Request, shell: ShellWords): string[] | undefined {
  const { connect, http, tls } = request;
  const defaultPort = tls === null ? 80 : 443;
  const hosts = http.headers.filter(([name]) => name.toLowerCase() === 'host').map(([, value]) => value);
  if (hosts.length > 1 || !TOKEN.test(http.method)) return undefined;
  // curl sends Host first; what stands in front of it is read in the settings of another server (row 12.5e).
  if (hosts.length > 0 && http.headers[0]?.[0].toLowerCase() !== 'host') return undefined;
  if (!PRINTABLE.test(http.target) || http.target === '') return undefined;
  // Every curl can be given the address of a PROXY line as text, but not in front of a handshake.
  if (connect.proxyProtocol !== undefined && connect.proxyProtocol !== '' && tls === null) return undefined;

  // curl takes the SNI from the URL's host and sends none for an address.
  const wanted = tls === null ? hosts[0]?.replace(/:\d*$/, '') : tls.serverName;
  const isNamed = wanted !== null && wanted !== undefined && isPlainName(wanted);
  if (tls !== null && tls.serverName !== null && !isNamed) return undefined;
  const host = isNamed ? wanted : connect.unix === undefined ? urlAddress(connect.address) : '127.0.0.1';
  const port = connect.unix === undefined ? connect.port : defaultPort;
  const authority = port === defaultPort ? host : `${host}:${port}`;

  const chunks = ['curl', '-i'];
  const version = http.version ?? '1.1';
  if (tls !== null) chunks.push('-k');
  if (version === '2' && tls === null) chunks.push('--http2-prior-knowledge');
  else if (tls !== null || version !== '1.1') chunks.push(`--http${version}`);
  // It would offer the protocol http/1.0, which servers without it refuse in the handshake.
  if (tls !== null && version !== '1.1' && version !== '2') chunks.push('--no-alpn');
  chunks.push('--path-as-is', "--noproxy '*'");
  const isHead = http.method === 'HEAD';
  if (isHead && http.body !== undefined) return undefined;
  if (isHead) chunks.push('-I');
  else if (http.method !== 'GET' || http.body !== undefined) chunks.push(`-X ${shell.word(http.method)}`);

  if (connect.unix !== undefined) chunks.push(`--unix-socket ${shell.word(connect.unix)}`);
  else if (isNamed) chunks.push(`--resolve ${shell.word(`${host}:${port}:${urlAddress(connect.address)}`)}`);
  if (request.sourceAddress !== undefined) chunks.push(`--interface ${shell.word(request.sourceAddress)}`);
  // Another address than its own is known to curl since 8.2.
  if (connect.proxyProtocol === '') chunks.push('--haproxy-protocol');
  else if (connect.proxyProtocol !== undefined) {
    chunks.push(`--haproxy-clientip ${shell.word(connect.proxyProtocol)}`);
  }
  if (tls !== null && tls.certificate !== 'none') {
    const [certificate, key] = certificateFiles(tls.certificate);
    chunks.push(`--cert ${certificate}`, `--key ${key}`);
  }

  const headers = headerChunks(request, hosts[0], authority, shell);
  if (headers === undefined) return undefined;
  chunks.push(...headers);
  if (http.body !== undefined) {
    const { length } = http.body;
    if (length <= INLINE_BODY) chunks.push(`--data-binary ${shell.word('x'.repeat(length))}`);
    else {
      chunks.unshift(`head -c ${length} /dev/zero |`);
      chunks.push('--data-binary @-');
    }
  }

  const scheme = tls === null ? 'http' : 'https';
  // curl's URL parser cuts fragments, expands braces and brackets and rejects blanks: such a target goes beside the URL.
  const isUrlPath = /^\/[A-Za-z0-9._~!$&'()*+,;=:@/?%-]*$/.test(http.target);
  if (!isUrlPath) chunks.push(`--request-target ${shell.word(http.target)}`);
  chunks.push(shell.word(`${scheme}://${authority}${isUrlPath ? http.target : '/'}`));
  return chunks;
}

/** The header options: those of the request, and those that keep curl from adding its own. */
function headerChunks(
  { http }: Request,
  host: string | undefined,
  authority: string,
  shell: ShellWords,
): string[] | undefined {
  const chunks: string[] = [];
  const names = new Set(http.headers.map(([name]) => name.toLowerCase()));
  if (!names.has('user-agent')) chunks.push("-A ''");
  if (!names.has('accept')) chunks.push('-H Accept:');
  if (http.body !== undefined && !names.has('content-type')) chunks.push('-H Content-Type:');
  if (http.body !== undefined && !names.has('expect')) chunks.push('-H Expect:');
  if (host === undefined) chunks.push('-H Host:');

  for (const [name, value] of http.headers) {
    const lowerName = name.toLowerCase();
    if (lowerName === 'host' && value === authority) continue;
    if (lowerName === 'content-length' && value === String(http.body?.length)) continue;
    const credentials = lowerName === 'authorization' ? basicCredentials(value) : undefined;
    if (credentials !== undefined) {
      chunks.push(`-u ${shell.word(credentials)}`);
      continue;
    }
    if (FRAMING.has(lowerName) || !TOKEN.test(name) || !PRINTABLE.test(value)) return undefined;
    // "Name:" would take the header out; "Name;" sends it empty.
    if (value === '') chunks.push(`-H ${shell.word(`${name};`)}`);
    else if (value.trim() !== value) return undefined;
    else chunks.push(`-H ${shell.word(`${name}: ${value}`)}`);
  }
  return chunks;
}

/** `user:password` of a Basic authorization, where curl writes the same header for it. */
function basicCredentials(value: string): string | undefined {
  const encoded = /^Basic ([A-Za-z0-9+/]+=*)$/.exec(value)?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('latin1');
  const isSame = Buffer.from(text, 'latin1').toString('base64') === encoded;
  return isSame && PRINTABLE.test(text) && text.includes(':') ? text : undefined;
}

/** The request as bytes through a pipe: `openssl s_client` for TLS, curl's telnet without. */
function rawChunks(request: Request, shell: ShellWords): string[] {
  const { connect, http, tls } = request;
  const names = new Set(http.headers.map(([name]) => name.toLowerCase()));
  const lines = [
    `${http.method} ${http.target} HTTP/${http.version ?? '1.1'}`,
    ...http.headers.map(([name, value]) => `${name}: ${value}`),
  ];
  const length = http.body?.length ?? 0;
  if (http.body !== undefined && !names.has('content-length') && !names.has('transfer-encoding')) {
    lines.push(`Content-Length: ${length}`);
  }
  if (http.version === '2') {
    return [": 'by a program of your own, in HTTP/2:';", `printf ${printfFormat(toBytes(lines.join('\r\n')))}`];
  }
  const inline = length <= INLINE_BODY ? 'x'.repeat(length) : '';
  if (connect.proxyProtocol !== undefined) {
    if (tls !== null) return unsendableChunks(lines, length, tls, shell);
    lines.unshift(proxyLine(connect.proxyProtocol));
  }
  const chunks = ['{', `printf ${printfFormat(toBytes(`${lines.join('\r\n')}\r\n\r\n${inline}`))};`];
  if (length > INLINE_BODY) chunks.push(`head -c ${length} /dev/zero;`);
  // The pipe stays open for the answer: both programs stop when their input ends.
  chunks.push('sleep 2;', '} |');

  return [...chunks, ...connectionChunks(request, shell)];
}

/** The program that passes bytes on to where a client connects, and prints what comes back. */
function connectionChunks({ connect, sourceAddress, tls }: Session, shell: ShellWords): string[] {
  const chunks: string[] = [];
  if (tls === null) {
    // nginx keeps the connection open for another request; nobody waits for that.
    chunks.push('curl', '-s', '-m 10', "--noproxy '*'");
    if (connect.unix !== undefined) chunks.push(`--unix-socket ${shell.word(connect.unix)}`, 'telnet://127.0.0.1');
    if (sourceAddress !== undefined) chunks.push(`--interface ${shell.word(sourceAddress)}`);
    if (connect.unix === undefined) {
      chunks.push(shell.word(`telnet://${urlAddress(connect.address)}:${connect.port}`));
    }
    return chunks;
  }
  chunks.push('openssl s_client', '-quiet', '-nocommands', '-no_ign_eof');
  if (connect.unix === undefined)
    chunks.push(`-connect ${shell.word(`${urlAddress(connect.address)}:${connect.port}`)}`);
  else chunks.push(`-unix ${shell.word(connect.unix)}`);
  if (tls.serverName === null) chunks.push('-noservername');
  else chunks.push(`-servername ${shell.word(tls.serverName)}`);
  if (sourceAddress !== undefined) chunks.push(`-bind ${shell.word(urlAddress(sourceAddress))}:0`);
  if (tls.certificate !== 'none') {
    const [certificate, key] = certificateFiles(tls.certificate);
    chunks.push(`-cert ${certificate}`, `-key ${key}`);
  }
  return chunks;
}

/** What a client says to a server of stream: bytes that are no handshake. */
const GREETING = 'hello';

/** A connection to a server of stream: `openssl s_client` for TLS, without it curl's telnet, and netcat for datagrams. */
function streamChunks(session: StreamSession, shell: ShellWords): string[] {
  const { connect, sourceAddress, tls } = session;
  if (connect.proxyProtocol !== undefined && tls !== null) return unsendableChunks([GREETING], 0, tls, shell);
  const lines = [...(connect.proxyProtocol === undefined ? [] : [proxyLine(connect.proxyProtocol)]), GREETING];
  const said = `printf ${printfFormat(`${lines.join('\r\n')}\r\n`)}`;
  if (connect.udp) {
    const from = sourceAddress === undefined ? [] : [`-s ${shell.word(sourceAddress)}`];
    return [said, '|', 'nc -u -w 2', ...from, shell.word(connect.address), String(connect.port)];
  }
  return ['{', `${said};`, 'sleep 2;', '} |', ...connectionChunks(session, shell)];
}

/**
 * What no usual program sends: curl writes a PROXY line and then its own request, openssl any request but nothing before
 * the handshake. The command says so and writes the bytes that belong behind the two.
 */
function unsendableChunks(
  lines: readonly string[],
  bodyLength: number,
  { serverName }: TlsChoice,
  shell: ShellWords,
): string[] {
  const body = bodyLength === 0 ? [] : [`head -c ${bodyLength} /dev/zero`];
  return [
    ": 'by a program of your own: a PROXY line, then TLS',",
    `${serverName === null ? "'without SNI'" : `'with the SNI' ${shell.word(serverName)}`}, then:;`,
    [`printf ${printfFormat(toBytes(`${lines.join('\r\n')}\r\n\r\n`))}`, ...body].join('; '),
  ];
}

/** The PROXY line, version 1 of the protocol, without its line end; nothing reads the fields behind the source address. */
export function proxyLine(address: string): string {
  if (address === '') return 'PROXY UNKNOWN';
  return address.includes(':') ? `PROXY TCP6 ${address} ::1 40000 443` : `PROXY TCP4 ${address} 127.0.0.1 40000 443`;
}

/** The files that stand for the client's certificate and key. */
function certificateFiles(certificate: 'trusted' | 'untrusted'): [certificate: string, key: string] {
  return certificate === 'trusted' ? ['client.pem', 'client.key'] : ['untrusted.pem', 'untrusted.key'];
}

/** An address as it stands in a URL: an IPv6 address needs brackets. */
function urlAddress(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}

/**
 * A name that curl passes on unchanged as host and SNI: it folds upper case, takes off a trailing dot, reads numbers as
 * an IPv4 address and converts international names.
 */
function isPlainName(name: string): boolean {
  if (name.length > 253 || !/^[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_][a-z0-9_-]{0,62})*$/.test(name)) return false;
  return !/^(\d+|0x[0-9a-f]*)$/.test(name.slice(name.lastIndexOf('.') + 1));
}

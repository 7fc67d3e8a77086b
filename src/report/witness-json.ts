import type { HttpRequest, Session, Witness } from '../analysis/request.js';
import { curlLine } from './curl.js';
import { decode, decodePath } from './display.js';

/** A witness as all JSON documents give it (spec section 4). Byte strings are decoded as UTF-8, other bytes as `\xNN`. */
export function witnessJson(witness: Witness<Session>): object {
  const { connect, http, sourceAddress, tls } = witness.request;
  return {
    connect: {
      address: decode(connect.address),
      port: connect.port,
      ...(connect.unix === undefined ? {} : { unix: decode(connect.unix) }),
      ...(connect.udp ? { udp: true } : {}),
      ...(connect.proxyProtocol === undefined ? {} : { proxyProtocol: decode(connect.proxyProtocol) }),
    },
    ...(sourceAddress === undefined ? {} : { sourceAddress: decode(sourceAddress) }),
    tls:
      tls === null
        ? null
        : {
            serverName: tls.serverName === null ? null : decode(tls.serverName),
            certificate: tls.certificate,
            ...(tls.issuer === undefined ? {} : { issuer: decode(tls.issuer) }),
            ...(tls.authority === undefined ? {} : { authority: decode(tls.authority.subject) }),
            ...(tls.subject === undefined ? {} : { subject: decode(tls.subject) }),
            ...(tls.serial === undefined ? {} : { serial: decode(tls.serial) }),
            ...(tls.fingerprint === undefined ? {} : { fingerprint: tls.fingerprint }),
          },
    request: http === null ? null : requestJson(http),
    assumes: witness.assumes.map(({ path, exists }) => ({ path: decodePath(path), exists })),
    curl: curlLine(witness.request),
    steps: witness.steps.map(({ span, text }) => {
      const { line, column } = span.file.position(span.start);
      return { file: decodePath(span.file.path), line, column, text: decode(text) };
    }),
  };
}

function requestJson({ body, headers, method, target, version }: HttpRequest): object {
  return {
    method: decode(method),
    target: decode(target),
    ...(version === undefined ? {} : { version }),
    headers: headersJson(headers),
    ...(body === undefined ? {} : { body: { length: body.length } }),
  };
}

/** Headers by name; a name that is sent several times has the list of its values, in order. */
function headersJson(headers: readonly (readonly [string, string])[]): object {
  const values = new Map<string, string[]>();
  for (const [name, value] of headers) {
    const list = values.get(decode(name)) ?? [];
    list.push(decode(value));
    values.set(decode(name), list);
  }
  return Object.fromEntries([...values].map(([name, list]) => [name, list.length === 1 ? list[0] : list]));
}

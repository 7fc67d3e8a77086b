import * as assert from 'uvu/assert';
import { compare, expectationsOf } from '../../support/lint.js';
import { plainGet, withLaboratory } from '../../support/proxy-laboratory.js';
import { requireStream } from '../../support/stream-laboratory.js';
import { describe } from '../../support/suite.js';

const UNVERIFIED = '# expect: unverified-upstream';
const LENT = '# expect: unconditional-proxy-certificate';
const SHARED = '# expect: shared-upstream-identity';

const shows = (name: string) => `proxy_ssl_certificate_key ${name}.key; proxy_ssl_certificate ${name}.pem;`;
const verifies = (authority: string, name = 'localhost') =>
  `proxy_ssl_verify on; proxy_ssl_trusted_certificate ${authority}; proxy_ssl_name ${name};`;
const RIGHT = verifies('backend-ca.pem');
const WRONG = verifies('other-ca.pem');
const PASS = 'proxy_ssl on; proxy_pass 127.0.0.1:9443;';
const OFF = 'proxy_ssl_session_reuse off;';

/** Servers of stream, the first of them on port 80, the second on port 443. */
const stream = (...bodies: readonly string[]) =>
  `stream { ${bodies.map((body, index) => `server { listen ${[80, 443][index]};\n${body}\n}`).join(' ')} }`;

interface Situation {
  readonly title: string;
  readonly snippet: string;
  /** Servers by their number, in the order in which connections come, with the name that the back end sees; `-` for none. */
  readonly seen: readonly (readonly [server: 0 | 1, name: 'proxy' | 'reports-proxy' | 'nobody' | '-'])[];
}

const SITUATIONS: readonly Situation[] = [
  {
    title: 'a certificate that is shown to whoever answers',
    snippet: stream(`${shows('proxy')} ${UNVERIFIED}, unconditional-proxy-certificate\n${PASS}`),
    seen: [[0, 'proxy']],
  },
  {
    title: 'a certificate that is shown to a verified back end',
    snippet: stream(`${RIGHT} ${shows('proxy')} ${LENT}\n${PASS}`),
    seen: [[0, 'proxy']],
  },
  {
    title: 'CAs that are not read without verification, missing ones too',
    snippet: stream(`proxy_ssl_trusted_certificate missing.pem; ${UNVERIFIED}\n${PASS}`),
    seen: [[0, 'nobody']],
  },
  { title: 'another CA than that of the back end', snippet: stream(WRONG + PASS), seen: [[0, '-']] },
  {
    title: 'settings without proxy_ssl, with files that are missing',
    snippet: stream(
      `proxy_ssl_certificate_key missing.key; proxy_ssl_certificate missing.pem; ${UNVERIFIED}\nproxy_pass 127.0.0.1:9443;`,
    ),
    // The back end speaks TLS alone, so it never answers.
    seen: [[0, '-']],
  },
  {
    title: 'no settings and no proxy_ssl',
    snippet: stream('proxy_pass 127.0.0.1:9443;'),
    seen: [[0, '-']],
  },
  {
    title: 'different certificates towards one address',
    snippet: stream(
      `${RIGHT} ${shows('proxy')} ${LENT}\n${PASS}`,
      `${RIGHT} ${shows('reports-proxy')} ${LENT}, shared-upstream-identity\n${PASS}`,
    ),
    seen: [
      [0, 'proxy'],
      [1, 'proxy'],
    ],
  },
  {
    title: 'the same the other way round',
    snippet: stream(
      `${RIGHT} ${shows('proxy')} ${LENT}\n${PASS}`,
      `${RIGHT} ${shows('reports-proxy')} ${LENT}, shared-upstream-identity\n${PASS}`,
    ),
    seen: [
      [1, 'reports-proxy'],
      [0, 'reports-proxy'],
    ],
  },
  {
    title: 'different certificates and no sessions',
    snippet: stream(
      `${RIGHT} ${shows('proxy')} ${LENT}\n${OFF + PASS}`,
      `${RIGHT} ${shows('reports-proxy')} ${LENT}\n${OFF + PASS}`,
    ),
    seen: [
      [0, 'proxy'],
      [1, 'reports-proxy'],
    ],
  },
  {
    title: 'a session of a server that trusts another CA',
    snippet: stream(RIGHT + PASS, `${WRONG} ${SHARED}\n${PASS}`),
    seen: [
      [0, 'nobody'],
      [1, 'nobody'],
    ],
  },
  {
    title: 'a session that another CA could not verify',
    snippet: stream(RIGHT + PASS, `${WRONG} ${SHARED}\n${PASS}`),
    seen: [
      [1, '-'],
      [0, '-'],
    ],
  },
  {
    title: 'a session of a server that verifies nobody',
    snippet: stream(PASS, `${RIGHT} ${SHARED}\n${PASS}`),
    seen: [
      [0, 'nobody'],
      [1, '-'],
    ],
  },
];

describe('certificates of the proxy in stream', it => {
  for (const { title, snippet, seen } of SITUATIONS) {
    it(title, async () => {
      await compare(snippet, expectationsOf(snippet));
      if (!requireStream()) return;
      await withLaboratory(snippet, async ({ send, shown }) => {
        for (const [server, name] of seen) {
          const { connect, ...rest } = plainGet('/');
          const answer = await send({ ...rest, connect: { ...connect, port: [80, 443][server]! } });
          const names = shown();
          const told = `${snippet}\n${server}: ${answer.raw || answer.failure}`;
          if (name === '-') assert.is.not(answer.status, 200, told);
          else assert.equal([answer.status, ...names], [200, name], told);
        }
      });
    });
  }
});

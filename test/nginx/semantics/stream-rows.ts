/** Runs the rows of the semantics documents that are about stream; `rows.ts` has those about http. */
import * as assert from 'uvu/assert';
import type { Access, StreamRow } from '../../../src/analysis/access.js';
import { analyseStream } from '../../../src/analysis/analyse-stream.js';
import { evaluateStream } from '../../../src/analysis/evaluate/stream.js';
import { CLIENT_CLASSES, type StreamSession } from '../../../src/analysis/request.js';
import { pki } from '../../support/pki.js';
import { stagedSession, streamContradictions } from '../../support/stream-check.js';
import {
  answerOf,
  converseAll,
  openStreamLaboratory,
  requireStream,
  type StreamAnswer,
  type StreamLaboratory,
  streamFile,
  streamModelOf,
} from '../../support/stream-laboratory.js';
import { describe } from '../../support/suite.js';

/** A connection; by default over TLS, without SNI and certificate. */
export interface StreamClient {
  readonly certificate?: 'trusted' | 'other' | 'untrusted';
  /** What the certificate has to have. */
  readonly subject?: string;
  readonly serial?: string;
  readonly sni?: string;
  /** To which port: that of TLS (default), PLAIN or PROXIED. */
  readonly to?: 'plain' | 'proxied';
  /** True for bytes that are no TLS. */
  readonly cleartext?: true;
  readonly from?: string;
  /** The address in the PROXY line. */
  readonly proxy?: string;
}

/**
 * A row. Texts hold these words: `SITE N` for a back end, `TEXT N` for a text that is sent, TLS, PLAIN and PROXIED for
 * listeners (all but PLAIN with TLS), CERTIFICATES for those of the server and the client CA, AUTHORITY and OTHER_AUTHORITY
 * for CA files.
 */
export interface StreamCase {
  readonly id: string;
  readonly title: string;
  readonly stream: string;
  readonly clients: readonly (readonly [client: StreamClient, answer: StreamAnswer])[];
  /** `1 proxy_pass` for the first server, `1 to site-1` for a value; one word stands for all classes. */
  readonly access: Readonly<Record<string, string>>;
}

export interface StreamSection {
  readonly document: 'mtls';
  readonly name: string;
  readonly rows: readonly StreamCase[];
}

/** One test for each row. */
export function describeStreamSection({ document, name, rows }: StreamSection): void {
  describe(`${document}-semantics: ${name}`, it => {
    for (const row of rows) {
      it(`${row.id} ${row.title}`, async () => {
        if (!requireStream()) return;
        const laboratory = await openStreamLaboratory(4, 3);
        try {
          await check(row, laboratory);
        } finally {
          await laboratory.stop();
        }
      });
    }
  });
}

async function check(row: StreamCase, laboratory: StreamLaboratory): Promise<void> {
  const { authority, otherAuthority, serverCertificate, serverKey } = pki();
  const [tls = 0, plain = 0, proxied = 0] = laboratory.ports;
  const words: Readonly<Record<string, string>> = {
    TLS: `listen 127.0.0.1:${tls} ssl;`,
    PLAIN: `listen 127.0.0.1:${plain};`,
    PROXIED: `listen 127.0.0.1:${proxied} ssl proxy_protocol;`,
    CERTIFICATES: `ssl_certificate ${serverCertificate}; ssl_certificate_key ${serverKey}; ssl_client_certificate ${authority};`,
    AUTHORITY: authority,
    OTHER_AUTHORITY: otherAuthority,
  };
  const stream = row.stream
    .replace(/\b[A-Z_]+\b/g, word => words[word] ?? word)
    .replace(/SITE (\d)/g, 'proxy_pass site-$1;')
    .replace(/TEXT (\d)/g, 'return "return-$1";');
  const text = streamFile(`${laboratory.upstreams}\n${stream}`);
  const model = streamModelOf(text);
  const table = analyseStream(model);
  const ports = { tls, plain, proxied };
  const sessions = row.clients.map(([client]) => sessionOf(client, ports));
  const witnesses = table.rows.flatMap(found => witnessesOf(found).flatMap(one => stagedSession(one, text) ?? []));
  const answers = await converseAll(text, [...sessions, ...witnesses]);
  const expected = row.clients.map(([, answer]) => answer);
  assert.equal(answers.slice(0, sessions.length), expected, 'the answers of nginx');
  const followed = [...sessions, ...witnesses].map(session => answerOf(evaluateStream(model, session).outcome));
  assert.equal(followed, answers, 'the evaluator');
  assert.not.ok(followed.slice(sessions.length).includes('closed'), 'witnesses');
  assert.equal(cellsOf(table.rows), sorted(row.access), 'the access table');
  const observed = sessions.map((session, index) => ({ session, answer: answers[index]! }));
  assert.equal(streamContradictions(model, table, observed, text), [], 'connections against the table');
}

function sessionOf(client: StreamClient, ports: Readonly<Record<'tls' | 'plain' | 'proxied', number>>): StreamSession {
  const { certificate, cleartext, from = '127.0.0.1', proxy, serial, sni = null, subject, to = 'tls' } = client;
  const { authority, otherAuthority } = pki();
  const issuers = { trusted: authority, other: otherAuthority, untrusted: 'self' };
  return {
    connect: { address: '127.0.0.1', port: ports[to], ...(proxy === undefined ? {} : { proxyProtocol: proxy }) },
    sourceAddress: from,
    tls: cleartext
      ? null
      : {
          serverName: sni,
          certificate: certificate === undefined ? 'none' : certificate === 'trusted' ? 'trusted' : 'untrusted',
          ...(certificate === undefined ? {} : { issuer: issuers[certificate] }),
          ...(serial === undefined ? {} : { serial }),
          ...(subject === undefined ? {} : { subject }),
        },
    http: null,
  };
}

function witnessesOf({ access, targets }: StreamRow): StreamSession[] {
  return [access, ...targets.map(target => target.access)].flatMap(cells =>
    CLIENT_CLASSES.flatMap(client => {
      const verdict = cells[client];
      return 'witness' in verdict ? [verdict.witness.request] : [];
    }),
  );
}

function cellsOf(rows: readonly StreamRow[]): string[] {
  const said = rows.flatMap(({ access, site, targets }) => {
    const number = site.server.index + 1;
    return [
      [`${number} ${site.content}`, verdictsOf(access)] as const,
      ...targets.map(target => [`${number} to ${target.value}`, verdictsOf(target.access)] as const),
    ];
  });
  return sorted(Object.fromEntries(said));
}

function verdictsOf(access: Access<StreamSession>): string {
  return CLIENT_CLASSES.map(client => access[client].verdict).join(' ');
}

function sorted(cells: Readonly<Record<string, string>>): string[] {
  return Object.entries(cells)
    .map(
      ([label, verdicts]) => `${label}: ${verdicts.includes(' ') ? verdicts : `${verdicts} ${verdicts} ${verdicts}`}`,
    )
    .sort();
}

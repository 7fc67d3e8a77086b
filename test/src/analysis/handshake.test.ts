import * as assert from 'uvu/assert';
import { analyse } from '../../../src/analysis/analyse.js';
import { evaluate } from '../../../src/analysis/evaluate.js';
import { type Entry, entriesOf } from '../../../src/analysis/handshake.js';
import { Knowledge } from '../../../src/analysis/knowledge.js';
import { CLIENT_CLASSES, type ClientClass, type Request, type TlsChoice } from '../../../src/analysis/request.js';
import { Symbols } from '../../../src/analysis/symbols.js';
import { requestsFor } from '../../../src/analysis/witness.js';
import type { VerifyMode } from '../../../src/model/client-verification.js';
import type { HttpModel } from '../../../src/model/model.js';
import { endingOfTrace, modelOf } from '../../support/differential.js';
import { describe } from '../../support/suite.js';

const MODES: readonly VerifyMode[] = ['off', 'on', 'optional', 'optional_no_ca'];

/** The values that `$ssl_client_verify` can have, and the status by which a server of the tests tells them. */
const TOLD: ReadonlyMap<string, number> = new Map([
  ['NONE', 601],
  ['SUCCESS', 602],
  ['FAILED:self-signed certificate', 603],
  ['FAILED:unable to verify the first certificate', 604],
]);
const NO_VALUE = 600;
const REFUSALS = [495, 496, 497];

/** What a server of the tests is given: a mode, the client CA, a further trusted file, whether it has a certificate. */
interface Policy {
  readonly mode: VerifyMode;
  readonly authority?: string;
  readonly trusted?: string;
  readonly isBare?: boolean;
}

function serverText(name: string, { mode, authority = 'a.pem', trusted, isBare = false }: Policy): string {
  const checks = [...TOLD].map(([value, code]) => `if ($ssl_client_verify = "${value}") { return ${code}; }`);
  return `server { listen 443 ssl; server_name ${name}; ssl_verify_client ${mode};
    ${isBare ? '' : 'ssl_certificate c; ssl_certificate_key k;'}
    ${authority === '' ? '' : `ssl_client_certificate ${authority};`}
    ${trusted === undefined ? '' : `ssl_trusted_certificate ${trusted};`}
    ${REFUSALS.map(code => `error_page ${code} = /${code};`).join(' ')}
    location / { ${checks.join(' ')} return ${NO_VALUE}; }
    ${REFUSALS.map(code => `location = /${code} { return ${code + 200}; }`).join(' ')}
  }`;
}

/** Two servers of one address; the first is its default. */
function pair(first: Policy, second: Policy): HttpModel {
  return modelOf(`http { ${serverText('first.test', first)} ${serverText('second.test', second)} }`);
}

/** What the entry claims, as the status by which a server of the tests tells it. */
function claimed({ refused, verify }: Pick<Entry, 'refused' | 'verify'>): number {
  return refused === undefined ? (TOLD.get(verify) ?? NO_VALUE) : refused + 200;
}

function observed(model: HttpModel, request: Request): number {
  return endingOfTrace(evaluate(model, request)).status;
}

function statusOf(model: HttpModel, entry: Entry): number {
  const [candidate] = requestsFor({
    entry,
    sockets: model.sockets,
    symbols: new Symbols(true),
    knowledge: Knowledge.NOTHING,
    sourceAddress: undefined,
    provokes: undefined,
    needsPassword: false,
    bodyLength: 0,
  });
  assert.ok(candidate, 'no request for an entry');
  return observed(model, candidate!.request);
}

/** Every policy of the tests: all modes with one CA, another one, both, or none where nginx allows that. */
const POLICIES: readonly Policy[] = MODES.flatMap(mode => [
  { mode },
  { mode, authority: 'b.pem' },
  { mode, trusted: 'b.pem' },
  ...(mode === 'optional_no_ca' || mode === 'off' ? [{ mode, authority: '' }] : []),
]);

function describePolicy({ mode, authority = 'a.pem', trusted = '', isBare = false }: Policy): string {
  return `${mode} ${authority}+${trusted}${isBare ? ' bare' : ''}`;
}

/** The files in which a server names the CAs that it accepts; that of client CAs is read where it verifies clients. */
function filesOf({ mode, authority = 'a.pem', trusted }: Policy): string[] {
  return [mode === 'off' ? '' : authority, trusted ?? ''].filter(file => file !== '');
}

/** The certificates that clients of a class can present, measured by a policy; nobody knows the CA of `c.pem`. */
function certificates(clientClass: ClientClass, measure: Policy): Partial<TlsChoice>[] {
  if (clientClass === 'none') return [{}];
  const own = filesOf(measure);
  const named = clientClass === 'trusted' ? own : ['a.pem', 'b.pem', 'c.pem', 'self'].filter(ca => !own.includes(ca));
  return named.map(issuer => ({ issuer }));
}

describe('handshake entries', it => {
  it('have the verdict of each mode for each class of client (mtls-semantics 1)', () => {
    const refused = (code: number) => `refused ${code}`;
    const failed = ['FAILED:self-signed certificate', 'FAILED:unable to verify the first certificate'];
    const expected: Readonly<Record<VerifyMode, Readonly<Record<ClientClass, readonly string[]>>>> = {
      off: { none: ['NONE'], untrusted: ['NONE'], trusted: ['NONE'] },
      on: { none: [refused(496)], untrusted: [refused(495), refused(495)], trusted: ['SUCCESS'] },
      optional: { none: ['NONE'], untrusted: [refused(495), refused(495)], trusted: ['SUCCESS'] },
      optional_no_ca: { none: ['NONE'], untrusted: failed, trusted: ['SUCCESS'] },
    };
    for (const mode of MODES) {
      const { servers, sockets } = modelOf(`http { ${serverText('first.test', { mode })} }`);
      for (const clientClass of CLIENT_CLASSES) {
        const found = entriesOf(sockets[0]!, servers[0]!, clientClass, undefined)
          .filter(({ tls }) => tls === 'host')
          .map(entry => (entry.refused === undefined ? entry.verify : refused(entry.refused)));
        assert.equal(found, expected[mode][clientClass], `${mode} ${clientClass}`);
      }
    }
  });

  it('follow ssl_conf_command VerifyMode, and are not decided where the version of TLS decides', () => {
    const verdictsOf = (body: string) => {
      const model =
        modelOf(`http { server { listen 443 ssl; ssl_certificate s.pem; ssl_client_certificate a.pem; ${body}
        location = /anybody { return 200 a; }
        location / { if ($ssl_client_verify != SUCCESS) { return 403; } return 200 b; } } }`);
      return analyse(model).rows.map(({ access }) => CLIENT_CLASSES.map(one => access[one].verdict).join(' '));
    };
    const optional = 'ssl_verify_client optional;';
    const asked = ['reached refused reached', 'refused refused reached'];
    assert.equal(verdictsOf(optional), asked);
    assert.equal(verdictsOf(`${optional} ssl_conf_command VerifyMode Once;`), asked);
    const unasked = ['reached reached reached', 'refused refused refused'];
    assert.equal(verdictsOf(`${optional} ssl_conf_command VerifyMode -Peer;`), unasked);
    assert.equal(verdictsOf(`${optional} ssl_conf_command VerifyMode Require,-Once;`), unasked);
    assert.equal(verdictsOf(`${optional} ssl_conf_command VerifyMode Require;`), [
      'refused refused reached',
      'refused refused reached',
    ]);
    assert.equal(verdictsOf(`${optional} ssl_conf_command VerifyMode RequestPostHandshake;`), [
      'reached unknown unknown',
      'refused refused unknown',
    ]);
    assert.equal(verdictsOf(`${optional} ssl_conf_command VerifyMode RequirePostHandshake;`), [
      'unknown unknown unknown',
      'refused refused unknown',
    ]);
  });

  it('says of every way in what a request on it meets', () => {
    for (const first of POLICIES) {
      for (const second of [...POLICIES, ...MODES.map(mode => ({ mode, isBare: true }))]) {
        const model = pair(first, second);
        const [socket] = model.sockets;
        for (const server of model.servers) {
          for (const clientClass of CLIENT_CLASSES) {
            for (const entry of entriesOf(socket!, server, clientClass, undefined)) {
              const tls = typeof entry.tls === 'string' ? entry.tls : 'other';
              const where = `${describePolicy(first)} / ${describePolicy(second)}: ${clientClass} to server ${model.servers.indexOf(server)} by ${tls}, ${entry.verify}`;
              assert.is(statusOf(model, entry), claimed(entry), where);
            }
          }
        }
      }
    }
  });

  it('holds what clients of each class meet over TLS, and nothing else', () => {
    const names = ['first.test', 'second.test'];
    for (const first of POLICIES) {
      for (const second of POLICIES) {
        const model = pair(first, second);
        const [socket] = model.sockets;
        for (const [index, server] of model.servers.entries()) {
          const [site, other] = index === 0 ? [first, second] : [second, first];
          for (const clientClass of CLIENT_CLASSES) {
            const entries = entriesOf(socket!, server, clientClass, undefined).filter(({ tls }) => tls !== 'plain');
            const statuses = new Set<number>();
            for (const serverName of [...names, null]) {
              // Who signs for a server that does not verify is measured by the server of the handshake.
              const handshake = serverName === names[1] ? second : first;
              const measure = site.mode === 'off' ? handshake : site;
              // Where the handshake asks nobody it makes no difference what a client would offer.
              for (const choice of handshake.mode === 'off' ? [{}] : certificates(clientClass, measure)) {
                const tls = { serverName, certificate: clientClass, ...choice };
                statuses.add(observed(model, request(names[index]!, tls)));
              }
            }
            // The SNI names another server, which refuses in any case.
            statuses.delete(421);
            const where = `${describePolicy(site)} beside ${describePolicy(other)}, ${index === 0 ? 'default, ' : ''}${clientClass}`;
            assert.equal([...new Set(entries.map(claimed))].sort(), [...statuses].sort(), where);
          }
        }
      }
    }
  });
});

function request(host: string, tls: TlsChoice): Request {
  return {
    connect: { address: '127.0.0.1', port: 443 },
    tls,
    http: { method: 'GET', target: '/', headers: [['Host', host]] },
  };
}

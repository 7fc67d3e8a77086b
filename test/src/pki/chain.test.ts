import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect, createServer, type TLSSocket } from 'node:tls';
import * as assert from 'uvu/assert';
import { type Certificate, parseCertificate, parseTrustedCertificate } from '../../../src/pki/certificate.js';
import {
  type AuthorityVerdict,
  acceptsClients,
  type CrlProblem,
  judgeAuthorities,
  TrustStore,
} from '../../../src/pki/chain.js';
import { parseRevocationList } from '../../../src/pki/crl.js';
import {
  type Authority,
  attribute,
  type CertificateSpec,
  type CrlSpec,
  certificatePem,
  crlPem,
  der,
  distinguishedName,
  extension,
  integer,
  KEY_KINDS,
  type Key,
  keyOf,
  makeAuthority,
  makeClient,
  makeCrl,
  privateKeyPem,
  sequence,
  trustedPem,
  trustSettings,
} from '../../support/certificates.js';
import { freePorts, mainFile, requireNginx, withNginx } from '../../support/nginx.js';
import { numbers } from '../../support/numbers.js';
import { describe } from '../../support/suite.js';
import { withFolder } from '../../support/tools.js';

const NOW = new Date('2030-06-01T00:00:00Z');

/** How a generated authority stands with its CRL. */
const SITUATIONS = [
  'good',
  'good',
  'good',
  'good',
  'missing',
  'expired',
  'future',
  'foreign',
  'nameless foreign',
  'tampered',
  'old and new',
  'good then newer tampered',
  'expired and good',
  'only clients',
  'only authorities',
  'only attributes',
  'both halves',
  'delta',
  'no end',
  'critical',
  'indirect',
  'no cRLSign',
  'revokes',
  'revokes strangers',
  'renewed name',
] as const;
type Situation = (typeof SITUATIONS)[number];

const SCOPE = '2.5.29.28';
const flag = (number: number): Buffer => sequence(der(0x80 | number, Buffer.from([0xff])));

const DAY = 86_400_000;

function crlsFor(
  situation: Situation,
  authority: Authority,
  stranger: Key,
  children: readonly number[],
  now: Date,
): Buffer[] {
  const earlier = new Date(now.getTime() - DAY);
  const later = new Date(now.getTime() + DAY);
  const base = { issuer: authority.name, signer: authority.key };
  const good = makeCrl(base);
  const scoped = (number: number): Buffer =>
    makeCrl({ ...base, extraExtensions: [extension(SCOPE, flag(number), true)] });
  switch (situation) {
    case 'good':
    case 'no cRLSign':
      return [good];
    case 'missing':
      return [];
    case 'expired':
      return [makeCrl({ ...base, nextUpdate: earlier })];
    case 'future':
      return [makeCrl({ ...base, thisUpdate: later })];
    case 'foreign':
      return [makeCrl({ ...base, signer: stranger })];
    case 'nameless foreign':
      return [makeCrl({ ...base, signer: stranger, hasKeyIdentifier: false })];
    case 'tampered':
      return [makeCrl({ ...base, tamper: true })];
    case 'old and new':
      return [makeCrl({ ...base, thisUpdate: earlier, revoked: children }), good];
    case 'good then newer tampered':
      return [good, makeCrl({ ...base, thisUpdate: earlier, tamper: true })];
    case 'expired and good':
      return [makeCrl({ ...base, nextUpdate: earlier }), good];
    case 'only clients':
      return [scoped(1)];
    case 'only authorities':
      return [scoped(2)];
    case 'only attributes':
      return [scoped(5)];
    case 'both halves':
      return [scoped(1), scoped(2)];
    case 'indirect':
      return [scoped(4)];
    case 'delta':
      // The model speaks of OpenSSL from 3.0.22 on; an older one is asked about delta lists in a test of its own.
      if (takesDeltasForComplete()) return [];
      return [makeCrl({ ...base, extraExtensions: [extension('2.5.29.27', integer(1), true)] })];
    case 'no end':
      return [makeCrl({ ...base, nextUpdate: null })];
    case 'critical':
      return [makeCrl({ ...base, extraExtensions: [extension('1.2.3.4', integer(1), true)] })];
    case 'revokes':
      return [makeCrl({ ...base, revoked: children })];
    case 'revokes strangers':
      return [makeCrl({ ...base, revoked: [3, 0x80, 0xffff, 0x7fffff] })];
    case 'renewed name':
      // The same name in other letters and another string type is the same name.
      return [makeCrl({ ...base, issuer: respelled(authority.name) })];
  }
}

let takesDeltas: boolean | undefined;

/** Whether the installed OpenSSL is one from before 3.0.22, which took a delta list for a complete one. */
function takesDeltasForComplete(): boolean {
  takesDeltas ??= withFolder(folder => {
    const authority = makeAuthority(distinguishedName(attribute('CN', 'Delta')), keyOf('p256', 0));
    const extraExtensions = [extension('2.5.29.27', integer(1), true)];
    const delta = makeCrl({ issuer: authority.name, signer: authority.key, extraExtensions });
    const client = makeClient(authority, keyOf('p256', 7));
    return opensslErrors(folder, { trusted: [authority.certificate], crls: [delta], depth: 10 }, [client])[0] === 0;
  });
  return takesDeltas;
}

function respelled(name: Buffer): Buffer {
  return Buffer.from(name.toString('latin1').replace(/Authority/g, 'aUTHORITY'), 'latin1');
}

interface Hierarchy {
  readonly authorities: readonly Authority[];
  /** The certificates that are configured: most of them. */
  readonly trusted: readonly Buffer[];
  /** Trust settings of some of those, which make them TRUSTED CERTIFICATE. */
  readonly settings?: ReadonlyMap<Buffer, Buffer>;
  readonly situations: readonly Situation[];
  /** Undefined where CRLs are not looked at. */
  readonly crls: readonly Buffer[] | undefined;
  /** `ssl_verify_depth`. */
  readonly depth: number;
}

/** What else can be wrong with an authority. */
const FLAWS: readonly Partial<CertificateSpec>[] = [
  { notAfter: new Date('2025-01-01T00:00:00Z') },
  { notBefore: new Date('2100-01-01T00:00:00Z') },
  { tamper: true },
  { isAuthority: false },
  { mayCertify: false },
  { pathLength: 0 },
  { extendedKeyUsage: '1.3.6.1.5.5.7.3.1' },
];

const CLIENTS = '1.3.6.1.5.5.7.3.2';
const SERVERS = '1.3.6.1.5.5.7.3.1';
const ANY = '2.5.29.37.0';

/** What trust settings can say. */
const SETTINGS: readonly Buffer[] = [
  trustSettings([CLIENTS]),
  trustSettings([CLIENTS]),
  trustSettings([SERVERS, ANY]),
  trustSettings([SERVERS]),
  trustSettings([]),
  trustSettings(undefined, [CLIENTS]),
  trustSettings([CLIENTS], [ANY]),
  trustSettings([CLIENTS], [SERVERS]),
  trustSettings(undefined, [SERVERS]),
  trustSettings(undefined),
];

/** A hierarchy some of whose certificates have trust settings. */
function generateTrusted(seed: number, now: Date): Hierarchy {
  const hierarchy = generate(seed, now);
  const next = numbers(seed + 50_000);
  const settings = new Map<Buffer, Buffer>();
  for (const certificate of hierarchy.trusted) {
    if (next(2) === 0) settings.set(certificate, SETTINGS[next(SETTINGS.length)]!);
  }
  // An end of a chain that is no root is always refused where CRLs are looked at.
  return { ...hierarchy, settings, crls: next(3) === 0 ? hierarchy.crls : undefined };
}

const storePem = ({ settings, trusted }: Pick<Hierarchy, 'settings' | 'trusted'>): string =>
  trusted
    .map(certificate => {
      const own = settings?.get(certificate);
      return own === undefined ? certificatePem(certificate) : trustedPem(certificate, own);
    })
    .join('');

function generate(seed: number, now: Date): Hierarchy & { readonly crls: readonly Buffer[] } {
  const next = numbers(seed);
  const pool = KEY_KINDS.flatMap(kind => [keyOf(kind, 0), keyOf(kind, 1)]).map(key => ({ key, order: next(1000) }));
  const keys = pool.sort((one, other) => one.order - other.order).map(({ key }) => key);
  const stranger = keys.pop()!;
  const count = 1 + next(5);
  const made: { authority: Authority; parent: number; situation: Situation }[] = [];
  for (let index = 0; index < count; index += 1) {
    const isTwin = index > 0 && next(8) === 0;
    const parent = index === 0 || next(6) === 0 ? -1 : next(3) === 0 ? next(index) : index - 1;
    const first = isTwin ? made[next(index)]! : undefined;
    const name =
      first?.authority.name ??
      distinguishedName(
        attribute('C', 'KR', 0x13),
        attribute('O', next(2) === 0 ? 'Org' : '조직, Inc. '),
        attribute('CN', `Authority ${index}`),
      );
    // A twin is a renewed or a cross-signed certificate: the same key, or a new one, under the same name.
    const key = first !== undefined && next(2) === 0 ? first.authority.key : keys[index]!;
    const situation = SITUATIONS[next(SITUATIONS.length)]!;
    const above = parent === -1 ? undefined : made[parent]!.authority;
    const authority = makeAuthority(name, key, above, {
      ...(next(12) === 0 ? FLAWS[next(FLAWS.length)] : {}),
      ...(situation === 'no cRLSign' ? { maySignCrls: false } : {}),
      hasKeyIdentifiers: seed % 4 !== 0 || isTwin,
    });
    made.push({ authority, parent, situation });
  }
  const crls = made.flatMap(({ authority, situation }, index) => {
    const children = made.filter(({ parent }) => parent === index).map(child => child.authority.serial);
    return crlsFor(situation, authority, stranger, children, now);
  });
  // nginx loads no CRL file without a CRL.
  crls.push(makeCrl({ issuer: distinguishedName(attribute('CN', 'Stranger')), signer: stranger }));
  const kept = made.filter(({ parent }) => parent !== -1 || next(10) !== 0);
  return {
    authorities: made.map(({ authority }) => authority),
    trusted: (kept.length > 0 ? kept : made).map(({ authority }) => authority.certificate),
    situations: made.map(one => one.situation),
    crls,
    depth: next(4) === 0 ? next(4) : 10,
  };
}

const CODES: Readonly<Record<CrlProblem, number>> = {
  'no-crl-sign': 35,
  'wrong-scope': 44,
  'not-yet-valid': 11,
  expired: 12,
  'wrong-signature': 8,
  'unknown-critical-extension': 36,
};

/** The first error that OpenSSL should meet; 0 where it should accept. */
function expectedError(verdict: AuthorityVerdict | undefined): number | undefined {
  if (verdict === undefined || verdict.problem !== undefined || verdict.clients === 'itself') return undefined;
  const first = verdict.obstacles[0];
  if (first === undefined) return 0;
  if (first.kind === 'revoked') return 23;
  return first.state.kind === 'missing' ? 3 : CODES[first.state.reason];
}

/** What `openssl verify` says of each client, in order: the first error, 0 for none. */
function opensslErrors(
  folder: string,
  { crls, depth, ...store }: Pick<Hierarchy, 'trusted' | 'settings' | 'crls' | 'depth'>,
  clients: readonly Buffer[],
): (number | undefined)[] {
  writeFileSync(join(folder, 'store.pem'), storePem(store) + (crls ?? []).map(crlPem).join(''));
  const files = clients.map((client, index) => {
    writeFileSync(join(folder, `client-${index}.pem`), certificatePem(client));
    return `client-${index}.pem`;
  });
  const { stdout, stderr } = spawnSync(
    'openssl',
    [
      ...['verify', '-no-CApath', '-no-CAstore', '-CAfile', 'store.pem'],
      ...(crls === undefined ? [] : ['-crl_check', '-crl_check_all']),
      ...['-verify_depth', `${depth}`, '-purpose', 'sslclient', '-attime', `${NOW.getTime() / 1000}`, ...files],
    ],
    { cwd: folder, encoding: 'utf8' },
  );
  const errors = new Map<string, number>();
  let first = 0;
  for (const line of stderr.split('\n')) {
    const code = /^error (\d+) at \d+ depth/.exec(line)?.[1];
    if (code !== undefined && first === 0) first = Number(code);
    const file = /^error (client-\d+\.pem): verification failed/.exec(line)?.[1];
    if (file === undefined) continue;
    errors.set(file, first);
    first = 0;
  }
  for (const file of files) if (stdout.includes(`${file}: OK`)) errors.set(file, 0);
  return files.map(file => errors.get(file));
}

/** Our verdicts on a client of each authority; undefined where it is refused for other reasons than CRLs. */
function ourErrors({ authorities, settings, trusted, crls, depth }: Hierarchy, now: Date): (number | undefined)[] {
  const store = trusted.map(one => parseTrustedCertificate(Buffer.concat([one, settings?.get(one) ?? Buffer.of()])));
  const verdicts = judgeAuthorities(store, crls?.map(parseRevocationList), depth, now.getTime());
  return authorities.map(({ certificate }) => {
    const { subject, publicKeyInfo } = parseCertificate(certificate);
    const isSame = (other: Certificate): boolean =>
      other.subject.key === subject.key && Buffer.compare(other.publicKeyInfo, publicKeyInfo) === 0;
    return expectedError(verdicts.find(one => isSame(one.authority)));
  });
}

const clientsOf = ({ authorities }: Hierarchy): Buffer[] =>
  authorities.map(authority => makeClient(authority, keyOf('p256', 7)));

/** The answer of a server to a request with this client certificate: its status and `$ssl_client_verify`. */
function ask(port: number, name: string, client: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      port,
      host: '127.0.0.1',
      servername: name,
      rejectUnauthorized: false,
      cert: certificatePem(client),
      key: privateKeyPem(keyOf('p256', 7)),
    });
    let answer = '';
    socket.setTimeout(30_000, () => socket.destroy(new Error('no answer')));
    socket.setEncoding('latin1');
    socket.on('secureConnect', () => socket.write(`GET / HTTP/1.0\r\nHost: ${name}\r\n\r\n`));
    socket.on('data', (data: string) => {
      answer += data;
    });
    socket.on('error', reject);
    socket.on('close', () => {
      const status = /^HTTP\/1\.\d (\d+)/.exec(answer)?.[1] ?? 'none';
      resolve(status === '200' ? `200 ${answer.split('\r\n\r\n')[1]}` : status);
    });
  });
}

const nameOf = (index: number): string => `s${index}.test`;

/** One nginx with a server for each set of trusted certificates and CRLs, called by `nameOf`; gives its port. */
async function withServers(sets: readonly Hierarchy[], use: (port: number) => Promise<void>): Promise<void> {
  const [port] = await freePorts(1);
  const key = keyOf('p256', 8);
  const files: Record<string, string> = {
    'server.pem': certificatePem(makeClient(makeAuthority(distinguishedName(attribute('CN', 'server')), key), key)),
    'server.key': privateKeyPem(key),
    // Before 1.27.2 nginx wants a certificate without trust settings as client CA.
    'none.pem': certificatePem(makeAuthority(distinguishedName(attribute('CN', 'None')), key).certificate),
  };
  const servers = sets.map(({ crls, depth, ...store }, index) => {
    files[`ca-${index}.pem`] = storePem(store);
    files[`crl-${index}.pem`] = (crls ?? []).map(crlPem).join('');
    return `server {
  listen 127.0.0.1:${port} ssl;
  server_name ${nameOf(index)};
  ${store.settings === undefined ? `ssl_client_certificate ca-${index}.pem;` : `ssl_client_certificate none.pem; ssl_trusted_certificate ca-${index}.pem;`}
  ${crls === undefined ? '' : `ssl_crl crl-${index}.pem;`}
  ssl_verify_client on;
  ssl_verify_depth ${depth};
  return 200 $ssl_client_verify;
}`;
  });
  const shared = 'ssl_certificate server.pem; ssl_certificate_key server.key; server_names_hash_max_size 4096;';
  files['nginx.conf'] = mainFile(`${shared}\n${servers.join('\n')}`);
  await withNginx(files, () => use(port!));
}

/** OpenSSL's names of the errors that the cases of delta lists meet, as node reports them. */
const ERROR_NAMES: Readonly<Record<string, number>> = {
  UNABLE_TO_GET_CRL: 3,
  CRL_SIGNATURE_FAILURE: 8,
  CRL_HAS_EXPIRED: 12,
  CERT_REVOKED: 23,
};

/** What the OpenSSL inside this node says of a client, with the same CRL checks as in nginx; 0 where it accepts it. */
function errorOfNodesOpenssl(root: Authority, crls: readonly Buffer[], client: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    const options = { cert: certificatePem(client), key: privateKeyPem(keyOf('p256', 7)) };
    const server = createServer(
      {
        ...options,
        ca: certificatePem(root.certificate),
        // Of one text node reads the first block alone.
        crl: crls.map(crlPem),
        requestCert: true,
        rejectUnauthorized: false,
      },
      socket => {
        const error = socket.authorized ? 0 : ERROR_NAMES[String(socket.authorizationError)];
        socket.destroy();
        server.close();
        if (error === undefined) reject(new Error(`unexpected: ${socket.authorizationError}`));
        else resolve(error);
      },
    );
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      const socket: TLSSocket = connect({ ...options, host: '127.0.0.1', port, rejectUnauthorized: false });
      socket.on('error', () => undefined);
    });
  });
}

describe('judgeAuthorities', it => {
  const root = makeAuthority(distinguishedName(attribute('CN', 'A')), keyOf('p256', 0));
  const below = makeAuthority(distinguishedName(attribute('CN', 'A1')), keyOf('p256', 1), root);
  const other = makeAuthority(distinguishedName(attribute('CN', 'B')), keyOf('p256', 2));
  const crlOf = ({ name, key }: Authority, more: Partial<CrlSpec> = {}): Buffer =>
    makeCrl({ issuer: name, signer: key, ...more });

  const judge = (certificates: readonly Buffer[], crls: readonly Buffer[] | undefined, depth = 10) =>
    judgeAuthorities(certificates.map(parseCertificate), crls?.map(parseRevocationList), depth, NOW.getTime());

  const errorsOf = (crls: readonly Buffer[], now: Date): (number | undefined)[] =>
    ourErrors(
      { authorities: [root, below], trusted: [root.certificate, below.certificate], situations: [], crls, depth: 10 },
      now,
    );

  /** The table of mtls-semantics 4, with the answers for clients of the root A and of A1 below it. */
  const table = (now: Date): [what: string, crls: Buffer[], expected: number[]][] => {
    const past = { nextUpdate: new Date(now.getTime() - DAY) };
    const revoking = crlOf(root, { revoked: [below.serial] });
    return [
      ['A', [crlOf(root)], [0, 3]],
      ['A1', [crlOf(below)], [3, 3]],
      ['A, A1', [crlOf(root), crlOf(below)], [0, 0]],
      ['A that revokes A1, A1', [revoking, crlOf(below)], [0, 23]],
      ['A expired', [crlOf(root, past)], [12, 3]],
      ['A expired, A1', [crlOf(root, past), crlOf(below)], [12, 12]],
      ['A not yet valid, A1', [crlOf(root, { thisUpdate: new Date(now.getTime() + DAY) }), crlOf(below)], [11, 11]],
      ['A, A1 expired', [crlOf(root), crlOf(below, past)], [0, 12]],
      ['B', [crlOf(other)], [3, 3]],
      ['A, A1, B', [crlOf(root), crlOf(below), crlOf(other)], [0, 0]],
      ['A expired and current, A1', [crlOf(root, past), crlOf(root), crlOf(below)], [0, 0]],
    ];
  };

  it('gives the answers of the table of measured CRL sets', () => {
    for (const [what, crls, expected] of table(NOW)) assert.equal(errorsOf(crls, NOW), expected, what);
  });

  /** What each OpenSSL says of a client of the root, where delta lists are among the CRLs. */
  const deltaTable = (
    now: Date,
    client: number,
  ): { what: string; crls: Buffer[]; current: number; before: number }[] => {
    const earlier = new Date(now.getTime() - DAY);
    const marked = (more: Partial<CrlSpec>, critical: boolean): Buffer =>
      crlOf(root, { ...more, extraExtensions: [extension('2.5.29.27', integer(1), critical)] });
    const delta = (more: Partial<CrlSpec> = {}): Buffer => marked(more, true);
    const full = crlOf(root);
    const row = (what: string, crls: Buffer[], current: number, before: number) => ({ what, crls, current, before });
    return [
      row('a delta alone', [delta()], 3, 0),
      row('a delta alone, not marked critical', [marked({}, false)], 3, 0),
      row('an expired delta alone', [delta({ nextUpdate: earlier })], 3, 12),
      row('a delta of a stranger', [delta({ signer: other.key, hasKeyIdentifier: false })], 3, 8),
      row('full, then a delta of the same time', [full, delta()], 0, 0),
      row('full, and a newer delta that revokes', [full, delta({ thisUpdate: earlier, revoked: [client] })], 0, 23),
      row('a newer delta that revokes, then full', [delta({ thisUpdate: earlier, revoked: [client] }), full], 0, 23),
      row(
        'full that revokes, newer delta',
        [crlOf(root, { revoked: [client] }), delta({ thisUpdate: earlier })],
        23,
        0,
      ),
      row('expired full, current delta', [crlOf(root, { nextUpdate: earlier }), delta()], 12, 0),
      row('broken full, newer delta', [crlOf(root, { tamper: true }), delta({ thisUpdate: earlier })], 8, 0),
    ];
  };

  it('takes no delta list for a complete one, and says where OpenSSL before 3.0.22 did', () => {
    for (const { what, crls, current, before } of deltaTable(NOW, 0x7777)) {
      const [verdict] = judge([root.certificate], crls);
      // A client is no authority: whether it is revoked itself is not asked here.
      assert.is(expectedError(verdict), current === 23 ? 0 : current, what);
      const obstacle = verdict!.obstacles[0];
      const delta = obstacle?.kind === 'crl' ? obstacle.state.delta : undefined;
      assert.is(delta !== undefined, ![0, 23].includes(current) && before === 0, what);
      if (delta !== undefined) assert.is(delta.deltaOf, '01', what);
    }
  });

  it('counts the issuer of a chain once, however many certificates it issued', () => {
    const verdicts = judge([root.certificate, below.certificate], []);
    assert.equal(
      verdicts.map(({ obstacles }) => obstacles.map(one => (one.kind === 'crl' ? one.issuer.subject.text : ''))),
      [['CN=A'], ['CN=A1', 'CN=A']],
    );
  });

  it('accepts the clients of every authority where there are no CRLs to look at', () => {
    assert.equal(judge([root.certificate, below.certificate], undefined).map(acceptsClients), [true, true]);
    assert.equal(judge([root.certificate, below.certificate], []).map(acceptsClients), [false, false]);
  });

  it('refuses an intermediate whose root is not configured, and a loop without a root', () => {
    const problemsOf = (certificates: readonly Buffer[]) => judge(certificates, []).map(({ problem }) => problem);
    assert.equal(problemsOf([below.certificate]), ['no-root']);
    const one = makeAuthority(distinguishedName(attribute('CN', 'X')), keyOf('p256', 3), other);
    const loop = [makeAuthority(one.name, one.key, below), makeAuthority(below.name, below.key, one)];
    assert.equal(problemsOf(loop.map(({ certificate }) => certificate)), ['no-root', 'no-root']);
  });

  it('counts the intermediates of a chain, the configured ones included, against ssl_verify_depth', () => {
    const lower = makeAuthority(distinguishedName(attribute('CN', 'A2')), keyOf('p256', 3), below);
    const chain = [root, below, lower].map(({ certificate }) => certificate);
    for (const [depth, expected] of [
      [0, [undefined, 'too-deep', 'too-deep']],
      [1, [undefined, undefined, 'too-deep']],
      [2, [undefined, undefined, undefined]],
    ] as const) {
      assert.equal(
        judge(chain, undefined, depth).map(({ problem }) => problem),
        expected,
      );
    }
  });

  it("judges a client's own self-signed certificate, as long as it is one that nginx accepts", () => {
    const key = keyOf('p256', 5);
    const name = distinguishedName(attribute('CN', 'kim'));
    const own = (more: Partial<CertificateSpec>) =>
      judge([makeAuthority(name, key, undefined, { isAuthority: false, ...more }).certificate], [crlOf(other)], 0).map(
        ({ clients, problem, obstacles }) => [clients, problem, obstacles.length],
      );
    assert.equal(own({}), [['itself', undefined, 1]]);
    assert.equal(own({ notAfter: new Date(NOW.getTime() - DAY) }), [['itself', 'expired', 0]]);
    assert.equal(own({ extendedKeyUsage: '1.3.6.1.5.5.7.3.1' }), [['itself', 'wrong-purpose', 0]]);
  });

  it('stays linear over a chain of 3,000 certificates', () => {
    const chain: Authority[] = [root];
    for (let index = 1; index < 3000; index += 1) {
      chain.push(
        makeAuthority(distinguishedName(attribute('CN', `L${index}`)), keyOf('p256', index % 7), chain.at(-1)),
      );
    }
    const certificates = chain.map(({ certificate }) => parseCertificate(certificate));
    const verdicts = judgeAuthorities(certificates, [], 5000, NOW.getTime());
    assert.is(verdicts.filter(({ problem }) => problem === undefined).length, 100);
    assert.is(new TrustStore(certificates, NOW.getTime()).pathFrom(certificates[2999]!).problem, 'too-long');
  });

  it('knows what the OpenSSL of this node makes of delta lists, whichever of the two ways it goes', async () => {
    const now = new Date();
    const client = makeClient(root, keyOf('p256', 7));
    const rows = deltaTable(now, parseInt(parseCertificate(client).serial, 16));
    const isCurrent = (await errorOfNodesOpenssl(root, rows[0]!.crls, client)) === 3;
    for (const { what, crls, current, before } of rows) {
      assert.is(await errorOfNodesOpenssl(root, crls, client), isCurrent ? current : before, what);
    }
  });

  if (requireNginx()) {
    it('knows what the installed OpenSSL makes of delta lists, whichever of the two ways it goes', () => {
      withFolder(folder => {
        const client = makeClient(root, keyOf('p256', 7));
        const errorOf = (crls: readonly Buffer[]) =>
          opensslErrors(folder, { trusted: [root.certificate], crls, depth: 10 }, [client])[0];
        const rows = deltaTable(NOW, parseInt(parseCertificate(client).serial, 16));
        const isCurrent = !takesDeltasForComplete();
        for (const { what, crls, current, before } of rows)
          assert.is(errorOf(crls), isCurrent ? current : before, what);
      });
    });

    it('says of 300 generated hierarchies what openssl verify -crl_check_all says', () => {
      withFolder(folder => {
        const met = new Map<number, number>();
        for (let seed = 1; seed <= 300; seed += 1) {
          const hierarchy = generate(seed, NOW);
          const ours = ourErrors(hierarchy, NOW);
          const theirs = opensslErrors(folder, hierarchy, clientsOf(hierarchy));
          for (const [index, our] of ours.entries()) {
            const their = theirs[index]!;
            const where = `hierarchy ${seed}, authority ${index}: ${hierarchy.situations.join(', ')}`;
            if (our === undefined) assert.is.not(their, 0, where);
            else assert.is(our, their, where);
            met.set(our ?? -1, (met.get(our ?? -1) ?? 0) + 1);
          }
        }
        // Every outcome must have come up, or the generator has gone blind.
        for (const code of [-1, 0, 3, 8, 11, 12, 23, 35, 36, 44]) assert.ok(met.has(code), `${code} never came up`);
      });
    });

    it('says of 150 hierarchies with trust settings what openssl verify says', () => {
      withFolder(folder => {
        let anchored = 0;
        for (let seed = 2000; seed < 2150; seed += 1) {
          const hierarchy = generateTrusted(seed, NOW);
          const theirs = opensslErrors(folder, hierarchy, clientsOf(hierarchy));
          for (const [index, our] of ourErrors(hierarchy, NOW).entries()) {
            const where = `hierarchy ${seed}, authority ${index}: ${hierarchy.situations.join(', ')}`;
            if (our === undefined) assert.is.not(theirs[index], 0, where);
            else assert.is(our, theirs[index], where);
          }
          const store = hierarchy.trusted.map(one =>
            parseTrustedCertificate(Buffer.concat([one, hierarchy.settings!.get(one) ?? Buffer.of()])),
          );
          anchored += store.filter(one => !one.isSelfSigned && one.clientTrust === 'trusted').length;
        }
        assert.ok(anchored > 20, `${anchored}`);
      });
    });

    it('says what the real nginx does, for the table and for 300 generated hierarchies', async () => {
      const now = new Date();
      const fixed = table(now).map(([, crls]) => ({
        authorities: [root, below],
        trusted: [root.certificate, below.certificate],
        situations: [],
        crls,
        depth: 10,
      }));
      const generated = Array.from({ length: 300 }, (_, index) => generate(1000 + index, now));
      const trusting = Array.from({ length: 150 }, (_, index) => generateTrusted(2000 + index, now));
      const sets: Hierarchy[] = [...fixed, ...generated, ...trusting];
      await withServers(sets, async port => {
        const answers = new Set<string>();
        for (const [index, hierarchy] of sets.entries()) {
          const ours = ourErrors(hierarchy, now);
          for (const [at, client] of clientsOf(hierarchy).entries()) {
            const answer = await ask(port, nameOf(index), client);
            assert.is(
              answer,
              ours[at] === 0 ? '200 SUCCESS' : '400',
              `set ${index}, client ${at}: ${hierarchy.situations.join(', ')}`,
            );
            answers.add(answer);
          }
        }
        assert.equal([...answers].sort(), ['200 SUCCESS', '400']);
      });
    });
  }
});

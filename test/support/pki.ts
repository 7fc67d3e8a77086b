/** Certificates for tests, made with openssl once per run: three authorities, a server, and clients of each kind. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from './nginx.js';

/** A certificate with its key, as PEM. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

/** Paths are absolute; they stay valid until the test run ends. */
export interface Pki {
  readonly folder: string;
  /** The authority whose clients count as trusted unless a test says otherwise. */
  readonly authority: string;
  /** An unrelated authority. */
  readonly otherAuthority: string;
  /** Certificate and key for every name under `test`, `example` and `example.com`, for `localhost` and 127.0.0.1. */
  readonly serverCertificate: string;
  readonly serverKey: string;
  /** Client certificates: of `authority`, of `otherAuthority`, of one that is in no configuration, and self-signed. */
  readonly clients: Readonly<Record<'authority' | 'other' | 'unknown' | 'self', KeyPair>>;
}

let made: Pki | undefined;

/** The certificates; made at the first call. */
export function pki(): Pki {
  made ??= makePki();
  return made;
}

function makePki(): Pki {
  const folder = temporaryFolder({
    'server.ext':
      'subjectAltName=DNS:localhost,DNS:*.test,DNS:*.a.test,DNS:*.example,DNS:*.example.com,DNS:example.com,IP:127.0.0.1\n',
    'client.ext': 'basicConstraints=CA:FALSE\nextendedKeyUsage=clientAuth\n',
    'authority.cnf':
      '[req]\ndistinguished_name=dn\n[dn]\n[ca]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n',
  });
  const openssl = (...args: string[]) => {
    const { status, stderr } = spawnSync('openssl', args, { cwd: folder, encoding: 'utf8' });
    if (status !== 0) throw new Error(`openssl ${args[0]} failed: ${stderr}`);
  };
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const authority = (name: string) =>
    openssl(
      ...['req', '-x509', ...newKey, '-config', 'authority.cnf', '-extensions', 'ca', '-days', '30'],
      ...['-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.pem`],
    );
  const leaf = (name: string, issuer: string, extensions: string) => {
    const files = ['-keyout', `${name}.key`, '-out', `${name}.csr`];
    openssl('req', '-new', ...newKey, '-config', 'authority.cnf', '-subj', `/CN=${name}`, ...files);
    openssl(
      ...['x509', '-req', '-in', `${name}.csr`, '-CA', `${issuer}.pem`, '-CAkey', `${issuer}.key`, '-CAcreateserial'],
      ...['-days', '30', '-extfile', extensions, '-out', `${name}.pem`],
    );
  };
  authority('authority');
  authority('other-authority');
  authority('unknown-authority');
  leaf('server', 'authority', 'server.ext');
  leaf('client', 'authority', 'client.ext');
  leaf('other-client', 'other-authority', 'client.ext');
  leaf('unknown-client', 'unknown-authority', 'client.ext');
  openssl(
    ...['req', '-x509', ...newKey, '-config', 'authority.cnf', '-days', '30', '-subj', '/CN=client'],
    ...['-keyout', 'self.key', '-out', 'self.pem'],
  );
  const read = (name: string): KeyPair => ({
    certificate: readFileSync(join(folder, `${name}.pem`), 'latin1'),
    key: readFileSync(join(folder, `${name}.key`), 'latin1'),
  });
  return {
    folder,
    authority: join(folder, 'authority.pem'),
    otherAuthority: join(folder, 'other-authority.pem'),
    serverCertificate: join(folder, 'server.pem'),
    serverKey: join(folder, 'server.key'),
    clients: {
      authority: read('client'),
      other: read('other-client'),
      unknown: read('unknown-client'),
      self: read('self'),
    },
  };
}

/** Who signs a client certificate, as in `Pki.clients`. */
export type Issuer = keyof Pki['clients'];

/** The issuer of a name, which is its own or the file of its authority; undefined for a name of nobody's. */
export function issuerNamed(name: string | undefined): Issuer | undefined {
  const { authority, clients, otherAuthority } = pki();
  if (name === authority) return 'authority';
  if (name === otherAuthority) return 'other';
  return name !== undefined && Object.hasOwn(clients, name) ? (name as Issuer) : undefined;
}

const named = new Map<string, KeyPair>();

/**
 * A client certificate for a subject in RFC 2253 form, of an authority or self-signed; openssl makes it at the first call.
 *
 * @param serial its serial number in hexadecimal digits; any where it is left out
 */
export function clientNamed(subject: string, issuer: Issuer, serial?: string): KeyPair {
  const key = `${issuer} ${serial} ${subject}`;
  let pair = named.get(key);
  if (pair === undefined) {
    pair = makeNamed(subject, issuer, serial ?? (1000 + named.size).toString(16));
    named.set(key, pair);
  }
  return pair;
}

function makeNamed(subject: string, issuer: Issuer, serial: string): KeyPair {
  const { clients, folder } = pki();
  // openssl takes the attributes in the order of the certificate, which nginx turns round.
  const attributes = subject === '' ? [] : subject.split(/(?<!\\),/).reverse();
  const written = attributes.map(attribute => `/${unescaped(attribute).replace(/[\\/+]/g, '\\$&')}`).join('');
  const request = ['req', '-new', '-utf8', '-key', 'client.key', '-config', 'authority.cnf', '-subj', written || '/'];
  const ca = issuer === 'authority' ? issuer : `${issuer}-authority`;
  const signing =
    issuer === 'self'
      ? [...request, '-x509', '-days', '30', '-set_serial', `0x${serial}`, '-out', 'named.pem']
      : ['x509', '-req', '-in', 'named.csr', '-CA', `${ca}.pem`, '-CAkey', `${ca}.key`, '-days', '30'].concat([
          '-extfile',
          'client.ext',
          '-set_serial',
          `0x${serial}`,
          '-out',
          'named.pem',
        ]);
  const commands = issuer === 'self' ? [signing] : [[...request, '-out', 'named.csr'], signing];
  for (const command of commands) {
    const { status, stderr } = spawnSync('openssl', command, { cwd: folder, encoding: 'utf8' });
    if (status !== 0) throw new Error(`openssl ${command[0]} failed for ${subject}: ${stderr}`);
  }
  return { certificate: readFileSync(join(folder, 'named.pem'), 'latin1'), key: clients.authority.key };
}

/** The value behind the escapes of RFC 2253. */
function unescaped(text: string): string {
  const bytes = text.replace(/\\([0-9A-F]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
  return Buffer.from(bytes.replace(/\\(.)/g, '$1'), 'latin1').toString('utf8');
}

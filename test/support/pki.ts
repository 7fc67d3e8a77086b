/** Certificates for tests, made with openssl once per run: two authorities, a server, and clients of each kind. */
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
  /** Client certificates: of `authority`, of `otherAuthority`, and self-signed. */
  readonly clients: Readonly<Record<'authority' | 'other' | 'self', KeyPair>>;
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
  leaf('server', 'authority', 'server.ext');
  leaf('client', 'authority', 'client.ext');
  leaf('other-client', 'other-authority', 'client.ext');
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
    clients: { authority: read('client'), other: read('other-client'), self: read('self') },
  };
}

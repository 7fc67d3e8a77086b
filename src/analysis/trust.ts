/**
 * Which client certificates a server accepts, as far as its files tell. The only module outside src/pki that uses it for
 * more than types: it is loaded where a configuration names certificates, and only there.
 */
import { type ConfigNode, nodeSpan, nodeText } from '../config/config-tree.js';
import type { CertificateVerdict, ClientAuthority, ClientTrust, Excess, RefusingLine } from '../model/client-trust.js';
import { verifyMode } from '../model/client-verification.js';
import type { Server } from '../model/model.js';
import type { NginxVersions } from '../model/versions.js';
import { type Certificate, certificateKey } from '../pki/certificate.js';
import { type AuthorityVerdict, acceptsClients, judgeAuthorities, judgeSentAlong } from '../pki/chain.js';
import { isSignedBy, type RevocationList, revokesMore } from '../pki/crl.js';
import { toHex } from '../pki/der.js';
import { certificatesOf, crlsOf, type PemFile, TRUSTED_LABEL } from '../pki/pem.js';
import { isPublicRoot } from '../pki/public-roots.js';
import type { Reason } from './access.js';
import { readable } from './names.js';
import { errorText, obstacleText, PROBLEM_TEXT } from './trust-text.js';
import { replacesStore } from './verifying-servers.js';

/** Gives the file that an argument of a directive names; undefined where it cannot be had, of which a notice tells. */
export type ReadPemFile = (node: ConfigNode, argument: number) => PemFile | undefined;

/** A file of certificates or CRLs and the directive that names it. */
export interface NamedFile {
  readonly node: ConfigNode;
  readonly role: 'client' | 'trusted' | 'crl' | 'command';
  readonly file: PemFile;
}

/** Why nginx refuses to load a file. */
export interface LoadProblem {
  readonly named: NamedFile;
  /** Starts in lower case. */
  readonly text: string;
  /** Of the file. */
  readonly line: number;
}

/** A trust store as some versions of nginx fill it. */
export interface TrustVariant {
  /** `all` where the versions agree; they differ in what they take out of which file since 1.27.2 (mtls-semantics 4). */
  readonly versions: 'all' | 'before 1.27.2' | 'from 1.27.2 on';
  readonly certificates: readonly Certificate[];
  /** Undefined where CRLs are not looked at. */
  readonly crls: readonly RevocationList[] | undefined;
  /** What becomes of the clients of each certificate now, and at another moment. */
  readonly verdicts: readonly AuthorityVerdict[];
  readonly verdictsAt: (now: number) => readonly AuthorityVerdict[];
  /** The verdicts on those whose clients are accepted. */
  readonly accepted: readonly AuthorityVerdict[];
}

/** The trust set of a server. */
export interface ServerTrust {
  /** The files that fill the store, in nginx's order: client CAs, then trusted; or those of VerifyCAFile alone. */
  readonly files: readonly NamedFile[];
  /** The file of the `ssl_crl` in force; undefined where there is none, or where VerifyCAFile puts it out of force. */
  readonly crl: NamedFile | undefined;
  /** The files of ssl_client_certificate and ssl_trusted_certificate, whether or not they are in force. */
  readonly written: readonly NamedFile[];
  /** True where `ssl_conf_command VerifyCAFile`, VerifyCAPath or VerifyCAStore replaces the store. */
  readonly isReplaced: boolean;
  /** Directives whose file could not be had; with any, nothing can be said of the store as a whole. */
  readonly unread: readonly ConfigNode[];
  /** Files that nginx refuses to load. */
  readonly broken: readonly LoadProblem[];
  /** `ssl_verify_depth`. */
  readonly depth: number;
  /** None where a file is unread or broken. */
  readonly variants: readonly TrustVariant[];
}

/** Whether some client can be accepted by a server. */
export type Acceptance =
  | { readonly kind: 'some' }
  | { readonly kind: 'none'; readonly by: readonly RefusingLine[] }
  /** A file could not be had, or the versions of nginx differ. */
  | { readonly kind: 'unknown'; readonly reasons: readonly Reason[] };

/** What is the same for all servers that name the same files. */
interface Judged {
  readonly variants: readonly TrustVariant[];
}

/** Milliseconds of a day. */
const DAY = 86_400_000;

const NO_VARIANTS: readonly TrustVariant[] = [];
const NO_AUTHORITIES: readonly ClientAuthority[] = [];

/** What OpenSSL says of a certificate whose issuer it does not know (mtls-semantics 1, also where there is a CRL). */
const UNKNOWN_ISSUER: CertificateVerdict = {
  kind: 'refused',
  error: 'unable to verify the first certificate',
  isTolerated: true,
  by: [],
};

/** A self-signed certificate that is not in the store; with a CRL the last error is that none of its own is there. */
function selfSigned(checksRevocation: boolean): CertificateVerdict {
  const error = checksRevocation ? 'unable to get certificate CRL' : 'self-signed certificate';
  return { kind: 'refused', error, isTolerated: !checksRevocation, by: [] };
}

function isAlike(one: CertificateVerdict, other: CertificateVerdict): boolean {
  if (one.kind !== 'refused' || other.kind !== 'refused') return one.kind === other.kind;
  return one.error === other.error && one.isTolerated === other.isTolerated;
}

/** What a trust set refuses of the clients that another one accepts; undefined where it refuses none. */
function differenceOf(
  accepted: AuthorityVerdict,
  verdict: AuthorityVerdict | undefined,
  { crls }: TrustVariant,
): Pick<Excess, 'kind' | 'refuses' | 'concernsSomebody'> | undefined {
  const all = { refuses: 'all', concernsSomebody: true } as const;
  if (verdict?.problem === 'too-deep') return { kind: 'depth', ...all };
  if (verdict === undefined || verdict.problem !== undefined) return { kind: 'authority', ...all };
  if (verdict.obstacles.length > 0) return { kind: 'revocation', ...all };
  if (crls === undefined || verdict.crl === undefined) return undefined;
  const concernsSomebody = revokesMore(verdict.crl, accepted.crl);
  // A list that is empty today is there for tomorrow's entries; two lists that differ are renewed alike.
  return concernsSomebody || accepted.crl === undefined
    ? { kind: 'revocation', refuses: 'some', concernsSomebody }
    : undefined;
}

/** What is known of one trust set, whichever servers name its files. */
interface Known {
  readonly trust: ServerTrust;
  readonly authorities: readonly ClientAuthority[];
  /** By authority, in the order of the variants. */
  readonly verdicts: readonly ReadonlyMap<string, AuthorityVerdict>[];
}

/** The trust sets of the servers of one configuration. */
export class Trust implements ClientTrust {
  readonly #read: ReadPemFile;
  readonly #now: number;
  readonly #versions: NginxVersions;
  readonly #servers = new WeakMap<Server, ServerTrust>();
  readonly #judged = new Map<string, Judged>();
  readonly #numbers = new Map<PemFile, number>();
  readonly #verdictsOn = remembered((file: PemFile) => {
    const held = this.#keysOf(file);
    return remembered((verdicts: readonly AuthorityVerdict[]) =>
      verdicts.filter(({ authority }) => held.has(this.#keyOf(authority))),
    );
  });
  readonly #keyOf = remembered(certificateKey);
  readonly #known = new Map<readonly TrustVariant[], Known>();
  readonly #excess = new Map<readonly TrustVariant[], Map<readonly TrustVariant[], readonly Excess[]>>();
  readonly #keysOf = remembered(
    (file: PemFile): ReadonlySet<string> => new Set(certificatesOf(file).map(one => this.#keyOf(one))),
  );

  /** @param now the moment at which validity is judged */
  constructor(read: ReadPemFile, now: Date, versions: NginxVersions) {
    this.#read = read;
    this.#now = now.getTime();
    this.#versions = versions;
  }

  /** The moment at which validity is judged, or days later, in milliseconds since 1970. */
  moment(daysLater = 0): number {
    return this.#now + daysLater * DAY;
  }

  /** What a server's own settings trust, whether or not they come into force in a handshake. */
  of(server: Server): ServerTrust {
    let trust = this.#servers.get(server);
    if (trust === undefined) {
      trust = this.#gather(server);
      this.#servers.set(server, trust);
    }
    return trust;
  }

  /** The subjects of all certificates in the files of some servers, as nginx shows them. */
  subjectsAtHand(servers: Iterable<Server>): string[] {
    const files = new Set([...servers].flatMap(server => this.of(server).files.map(({ file }) => file)));
    return [...new Set([...files].flatMap(file => certificatesOf(file).map(({ subject }) => subject.text)))];
  }

  /** The verdicts on the authorities that a file holds, also those that stand for them under the same name and key. */
  verdictsOn({ file }: NamedFile, verdicts: readonly AuthorityVerdict[]): AuthorityVerdict[] {
    return this.#verdictsOn(file)(verdicts);
  }

  /** Whether a file holds a certificate of the same name and key. */
  holds({ file }: NamedFile, certificate: Certificate): boolean {
    return this.#keysOf(file).has(this.#keyOf(certificate));
  }

  /** Whether two lists of files hold the same certificates. */
  holdTheSame(some: readonly NamedFile[], others: readonly NamedFile[]): boolean {
    const all = (files: readonly NamedFile[]): string =>
      [...new Set(files.flatMap(({ file }) => certificatesOf(file).map(({ der }) => toHex(der))))].sort().join();
    return all(some) === all(others);
  }

  /** Whether a certificate is a root of the public web, as browsers have it. */
  readonly isPublicRoot = remembered(isPublicRoot);

  /** Whether one of the certificates of a store made the signature of a CRL, and is called like its issuer. */
  hasSigner(crl: RevocationList, { certificates }: TrustVariant): boolean {
    return certificates.some(one => one.subject.key === crl.issuer.key && isSignedBy(crl, one) !== false);
  }

  /**
   * Whether some client certificate can be accepted in a handshake with a server's own settings. For one whose
   * `ssl_verify_client` is not off.
   */
  acceptance(server: Server): Acceptance {
    const { broken, files, unread, variants } = this.of(server);
    if (broken.length > 0) {
      return {
        kind: 'none',
        by: broken.map(({ named, text }) => refusal(named.node, `nginx refuses to load it: ${text}`)),
      };
    }
    if (unread.length > 0) {
      const text = (node: ConfigNode): string => `${nodeText(node)}: the file could not be read`;
      const reasons = unread.map(node => ({ kind: 'missing-file', text: readable(text(node)), span: nodeSpan(node) }));
      return { kind: 'unknown', reasons };
    }
    if (files.length === 0) {
      const node = server.scope.setting('ssl_verify_client') ?? server.node;
      return { kind: 'none', by: [refusal(node, 'no CA is configured')] };
    }
    const empty = variants.filter(({ accepted }) => accepted.length === 0);
    if (empty.length === 0) return { kind: 'some' };
    const by = this.#refusals(server, empty[0]!);
    if (empty.length === variants.length) return { kind: 'none', by };
    const reasons = by.map(({ span, text }) => ({
      kind: 'version',
      text: `nginx ${empty[0]!.versions}: ${text}`,
      span,
    }));
    return { kind: 'unknown', reasons };
  }

  authoritiesOf(server: Server): readonly ClientAuthority[] | undefined {
    const { broken, unread } = this.of(server);
    if (unread.length > 0) return undefined;
    return broken.length > 0 ? NO_AUTHORITIES : this.#knowledgeOf(server).authorities;
  }

  verdictOn(server: Server, { isClientsOwn, key }: ClientAuthority): CertificateVerdict {
    const { crl, variants } = this.of(server);
    const { verdicts } = this.#knowledgeOf(server);
    const stranger = isClientsOwn ? selfSigned(crl !== undefined) : UNKNOWN_ISSUER;
    const results = verdicts.map((known): CertificateVerdict => {
      const verdict = known.get(key);
      if (verdict === undefined) return stranger;
      if (acceptsClients(verdict)) return { kind: 'accepted' };
      return { kind: 'refused', error: errorText(verdict), isTolerated: false, by: this.#causes(server, verdict) };
    });
    const [first = stranger, second] = results;
    if (second === undefined || isAlike(first, second)) return first;
    const [at, refused] = first.kind === 'refused' ? [0, first] : [1, second];
    const [cause] = refused.kind === 'refused' ? refused.by : [];
    const { span, text } = cause ?? refusal(server.node, 'its certificates are others');
    return {
      kind: 'undecided',
      reason: { kind: 'version', text: `nginx ${variants[at]!.versions}: ${text}`, span },
    };
  }

  lockoutOf(server: Server): readonly RefusingLine[] | undefined {
    const acceptance = this.acceptance(server);
    return acceptance.kind === 'none' ? acceptance.by : undefined;
  }

  excessOf(laxer: Server, stricter: Server): readonly Excess[] | undefined {
    if (this.authoritiesOf(laxer) === undefined || this.authoritiesOf(stricter) === undefined) return undefined;
    const one = this.#knowledgeOf(laxer);
    const other = this.#knowledgeOf(stricter);
    if (one === other) return [];
    const { variants } = one.trust;
    const found = this.#excess.get(variants) ?? new Map<readonly TrustVariant[], readonly Excess[]>();
    this.#excess.set(variants, found);
    let excess = found.get(other.trust.variants);
    if (excess === undefined) {
      excess = one.authorities.flatMap(authority => this.#excessFor(authority, one, other) ?? []);
      found.set(other.trust.variants, excess);
    }
    return excess;
  }

  #excessFor(authority: ClientAuthority, one: Known, other: Known): Excess | undefined {
    // Both sets as the same versions of nginx see them.
    const count = Math.max(one.verdicts.length, other.verdicts.length);
    const found = Array.from({ length: count }, (_, index) => {
      const verdict = (one.verdicts[index] ?? one.verdicts[0])?.get(authority.key);
      if (verdict === undefined || !acceptsClients(verdict)) return undefined;
      const theirs = other.trust.variants[index] ?? other.trust.variants[0];
      const known = (other.verdicts[index] ?? other.verdicts[0])?.get(authority.key);
      if (theirs === undefined) return { kind: 'authority', refuses: 'all', concernsSomebody: true } as const;
      return differenceOf(verdict, known ?? this.#sentAlong(verdict, theirs, other.trust), theirs);
    });
    const first = found.find(one => one !== undefined);
    return first && { authority, ...first, isCertain: found.every(one => one !== undefined) };
  }

  #sentAlong({ clients, path }: AuthorityVerdict, theirs: TrustVariant, { depth }: ServerTrust) {
    // A root that is not there cannot be sent along.
    if (clients === 'itself' || path.length === 1) return undefined;
    return judgeSentAlong(path, theirs.certificates, theirs.crls, depth, this.#now);
  }

  /** Shared by servers that name the same files. */
  #knowledgeOf(server: Server): Known {
    const trust = this.of(server);
    const { files, variants } = trust;
    let known = this.#known.get(variants);
    if (known === undefined) {
      const verdicts = variants.map(
        ({ verdicts }) => new Map(verdicts.map(verdict => [this.#keyOf(verdict.authority), verdict])),
      );
      const authorities = new Map<string, ClientAuthority>();
      for (const [key, { authority, clients, path }] of verdicts.flatMap(one => [...one])) {
        if (authorities.has(key)) continue;
        const holder = files.find(file => this.holds(file, authority)) ?? trust.crl ?? files[0]!;
        const file = holder.node.args[holder.role === 'command' ? 1 : 0]!;
        const isClientsOwn = clients === 'itself';
        authorities.set(key, { file, subject: authority.subject.text, key, isClientsOwn, above: path.length - 1 });
      }
      known = { trust, verdicts, authorities: [...authorities.values()] };
      this.#known.set(variants, known);
    }
    return known;
  }

  /** The lines on which the clients of an authority are refused, and why. */
  #causes(server: Server, { authority, obstacles, problem }: AuthorityVerdict): RefusingLine[] {
    const { crl, files } = this.of(server);
    if (problem === undefined) return obstacles.map(obstacle => refusal(crl!.node, obstacleText(obstacle)));
    const holder = files.find(({ file }) => certificatesOf(file).includes(authority)) ?? files[0]!;
    const node = problem === 'too-deep' ? (server.scope.setting('ssl_verify_depth') ?? holder.node) : holder.node;
    return [refusal(node, `"${authority.subject.text}" ${PROBLEM_TEXT[problem]}`)];
  }

  #refusals(server: Server, { verdicts }: TrustVariant): RefusingLine[] {
    const found = verdicts.flatMap(verdict => this.#causes(server, verdict));
    const seen = new Set<string>();
    return found.filter(({ span, text }) => {
      const key = `${span.file.path}:${span.start} ${text}`;
      return !seen.has(key) && seen.add(key);
    });
  }

  #gather(server: Server): ServerTrust {
    const { scope } = server;
    const unread: ConfigNode[] = [];
    const files: NamedFile[] = [];
    const take = (node: ConfigNode | undefined, role: NamedFile['role'], argument = 0): NamedFile | undefined => {
      // An empty argument cancels what an outer level says (mtls-semantics 2).
      if (node === undefined || (node.args[argument] ?? '') === '') return undefined;
      const file = this.#read(node, argument);
      if (file === undefined) unread.push(node);
      return file && { node, role, file };
    };
    const commands = scope.effective('ssl_conf_command').filter(replacesStore);
    for (const node of commands) {
      // Several VerifyCAFile fill one store; of a folder or a store of OpenSSL's nothing is known.
      if (node.args[0]!.toLowerCase() === 'verifycafile') files.push(...listOf(take(node, 'command', 1)));
      else unread.push(node);
    }
    // nginx reads these files even where their store is replaced.
    const own = [
      // The client CA file only where clients are verified (ngx_http_ssl_merge_srv_conf).
      ...(verifyMode(server) === 'off' ? [] : listOf(take(scope.setting('ssl_client_certificate'), 'client'))),
      ...listOf(take(scope.setting('ssl_trusted_certificate'), 'trusted')),
    ];
    const crl = take(scope.setting('ssl_crl'), 'crl');
    const isReplaced = commands.length > 0;
    const broken = [...own, ...files, ...listOf(crl)].flatMap(named => this.#loadProblem(named) ?? []);
    // The replacing store has none of the flags that ssl_crl sets on nginx's own.
    const inForce = isReplaced ? undefined : crl;
    const filling = isReplaced ? files : own;
    const depth = Number.parseInt(scope.value('ssl_verify_depth', '1'), 10);
    const isKnown = unread.length === 0 && broken.length === 0 && filling.length > 0;
    return {
      files: filling,
      written: own,
      crl: inForce,
      isReplaced,
      unread,
      broken,
      depth,
      variants: isKnown ? this.#judge(filling, inForce, depth).variants : NO_VARIANTS,
    };
  }

  /** Servers that name the same files are judged once, however many they are. */
  #judge(files: readonly NamedFile[], crl: NamedFile | undefined, depth: number): Judged {
    const key = [...files, ...listOf(crl)].map(({ role, file }) => `${role} ${this.#numberOf(file)}`).join() + depth;
    let judged = this.#judged.get(key);
    if (judged === undefined) {
      judged = { variants: this.#variants(files, crl, depth) };
      this.#judged.set(key, judged);
    }
    return judged;
  }

  #numberOf(file: PemFile): number {
    const number = this.#numbers.get(file) ?? this.#numbers.size;
    this.#numbers.set(file, number);
    return number;
  }

  #variants(files: readonly NamedFile[], crl: NamedFile | undefined, depth: number): TrustVariant[] {
    const certificates = files.flatMap(({ file }) => certificatesOf(file));
    const variant = (
      versions: TrustVariant['versions'],
      all: readonly Certificate[],
      crls: readonly RevocationList[] | undefined,
    ): TrustVariant => {
      const verdictsAt = remembered((now: number) => judgeAuthorities(all, crls, depth, now));
      const verdicts = verdictsAt(this.#now);
      return { versions, certificates: all, crls, verdicts, verdictsAt, accepted: verdicts.filter(acceptsClients) };
    };
    if (crl === undefined) return [variant('all', certificates, undefined)];
    const crls = crlsOf(crl.file);
    // Before 1.27.2 nginx took certificates out of the CRL file as well, and CRLs out of the CA files.
    const olderCertificates = [...certificates, ...certificatesOf(crl.file)];
    const olderCrls = [...files.flatMap(({ file }) => crlsOf(file)), ...crls];
    const isOlder = this.#versions.within({ from: undefined, below: '1.27.2' });
    const differ = olderCertificates.length > certificates.length || olderCrls.length > crls.length;
    if (!differ) return [variant('all', certificates, crls)];
    return [
      ...(isOlder === 'none' ? [] : [variant('before 1.27.2', olderCertificates, olderCrls)]),
      ...(isOlder === 'all' ? [] : [variant('from 1.27.2 on', certificates, crls)]),
    ];
  }

  #loadProblem(named: NamedFile): LoadProblem | undefined {
    const { file, role } = named;
    const { problem } = file;
    if (problem !== undefined) return { named, text: problem.text, line: problem.line };
    const hasCertificate = file.blocks.some(({ kind }) => kind === 'certificate');
    const hasCrl = file.blocks.some(({ kind }) => kind === 'crl');
    const none = (text: string): LoadProblem => ({ named, text, line: 1 });
    const older = this.#versions.within({ from: undefined, below: '1.27.2' });
    // SSL_load_client_CA_file wants a certificate without trust settings, ngx_ssl_cache_ca_create takes either since 1.27.2.
    const isPlain = file.blocks.some(({ kind, label }) => kind === 'certificate' && label !== TRUSTED_LABEL);
    if (role === 'client' && hasCertificate && !isPlain && older === 'all') {
      return none('only TRUSTED CERTIFICATE in it, which nginx takes as a client CA from 1.27.2 on');
    }
    // The other loaders take certificates and CRLs alike until then.
    const needsCertificate = role === 'client' || (role === 'trusted' && older === 'none');
    if (needsCertificate && !hasCertificate) return none('no certificate in it');
    if (role !== 'crl') return hasCertificate || hasCrl ? undefined : none('no certificate in it');
    if (hasCrl) return undefined;
    return hasCertificate && older === 'all' ? undefined : none('no CRL in it');
  }
}

function refusal(node: ConfigNode, why: string): RefusingLine {
  return { node, span: nodeSpan(node), text: `${readable(nodeText(node))}: ${why}` };
}

/** The function, asked once for each argument. */
function remembered<Argument, Result>(compute: (argument: Argument) => Result): (argument: Argument) => Result {
  const known = new Map<Argument, Result>();
  return argument => {
    let result = known.get(argument);
    if (result === undefined) {
      result = compute(argument);
      known.set(argument, result);
    }
    return result;
  };
}

function listOf<T>(item: T | undefined): T[] {
  return item === undefined ? [] : [item];
}

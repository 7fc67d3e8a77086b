import type { ConfigNode } from '../../config/config-tree.js';
import { replacedAuthorities, verifyMode } from '../../model/client-verification.js';
import type { Server, Template } from '../../model/model.js';
import { type Surroundings, type TlsChoice, USUAL_SURROUNDINGS, type Via, type Witness } from '../request.js';

/** What is supposed instead of what the configuration says, to see what would become of a request. */
export interface Supposition {
  /** The value that a variable has throughout, by its name in lower case. */
  readonly values: ReadonlyMap<string, Template>;
  /** Whether the condition of an `if` holds, whatever it reads. */
  readonly conditions: ReadonlyMap<ConfigNode, boolean>;
}

/** What a back end is asked. */
export interface Question {
  /** Undefined for the request itself. */
  readonly via: Via | undefined;
  /** How many times the pass directive has asked it the like before. */
  readonly earlier: number;
}

/** What the surroundings decide, not the client and not the configuration. Back ends are up and answer 200. */
export interface Environment {
  /** What lies at a path: as nginx builds it, so relative to its prefix where `root` is relative. */
  fileAt(path: string): 'file' | 'directory' | 'absent';
  /**
   * Whether a certificate that the client offers is signed by an authority that this server accepts, where the model does
   * not know what the server's files hold.
   */
  accepts(server: Server, choice: TlsChoice): boolean;
  /** Whether name and password of the Authorization header are in a user file, by its path as written. */
  passwordIsRight(file: string): boolean;
  /** The status with which the back end of a pass directive answers; 502 where there is none, 504 where it is too slow. */
  backEndStatus(target: string, source: ConfigNode, question: Question): number;
  /** Whether the request is one too many for a `limit_req` or `limit_conn`. */
  isLimited(node: ConfigNode): boolean;
  /** Undefined where a request is followed as it is. */
  readonly supposed?: Supposition;
}

/**
 * The files in which a server names the authorities that it accepts (ngx_ssl_client_certificate, which reads its file
 * only where clients are verified, ngx_ssl_trusted_certificate), unless `ssl_conf_command` names others.
 */
export function authorityFiles(server: Server): readonly string[] {
  const authorities = replacedAuthorities(server);
  if (authorities !== undefined) return authorities;
  return (
    verifyMode(server) !== 'off' ? ['ssl_client_certificate', 'ssl_trusted_certificate'] : ['ssl_trusted_certificate']
  ).flatMap(name => {
    const file = server.scope.setting(name)?.args[0];
    return file === undefined || file === '' ? [] : [file];
  });
}

/**
 * The rule for certificates without looking into the files: an issuer is the file, as written, in which the
 * configuration names the authority. A trusted certificate without an issuer is one that the server of the handshake
 * accepts, an untrusted one without an issuer is self-signed.
 */
export function acceptsByFile(server: Server, choice: TlsChoice): boolean {
  const files = authorityFiles(server);
  if (choice.certificate === 'none') return false;
  if (choice.issuer === undefined) return choice.certificate === 'trusted' && files.length > 0;
  return files.includes(choice.issuer);
}

/**
 * What is assumed where nothing is known: a path that ends in a slash is a folder, every other path is a file, and
 * passwords are right.
 */
export const ASSUMED_ENVIRONMENT: Environment = {
  fileAt: path => (path.endsWith('/') ? 'directory' : 'file'),
  accepts: acceptsByFile,
  passwordIsRight: () => true,
  backEndStatus: () => 200,
  isLimited: () => false,
};

/** What is assumed, but for what the surroundings do. */
export function environmentIn({ limits, answers, passwords }: Surroundings): Environment {
  return {
    ...ASSUMED_ENVIRONMENT,
    backEndStatus: (_, source, { via, earlier }) =>
      answers.get(source)?.filter(answer => answer.via === via)[earlier]?.status ?? 200,
    isLimited: node => limits.has(node),
    passwordIsRight: file => passwords.get(file) ?? true,
  };
}

/** The file system that a witness assumes, in its surroundings. */
export function environmentOf(witness: Pick<Witness, 'assumes' | 'surroundings'>): Environment {
  let known: ReadonlyMap<string, 'file' | 'directory' | 'absent'> | undefined;
  return {
    ...environmentIn(witness.surroundings ?? USUAL_SURROUNDINGS),
    fileAt: path => {
      // Few requests ask, and a witness that has not been asked for its files yet has to be followed to tell them.
      known ??= new Map(
        witness.assumes.map(({ path: own, exists, isFolder }) => [
          own,
          exists ? (isFolder ? 'directory' : 'file') : 'absent',
        ]),
      );
      return known.get(path) ?? ASSUMED_ENVIRONMENT.fileAt(path);
    },
  };
}

import type { ConfigNode } from '../config/config-tree.js';
import { nodeSpan } from '../config/config-tree.js';
import { type FileHost, shownPath } from '../config/host.js';
import type { PemFile } from '../pki/pem.js';
import { holdsPlaceholder } from '../source/placeholder.js';
import type { Notices } from './notices.js';

/** Makes a PEM file of its path as people see it and its bytes. */
export type ReadPem = (path: string, bytes: Uint8Array) => PemFile;

/** What cannot be judged without the file that a directive names. */
const UNCHECKED: Readonly<Record<string, string>> = {
  ssl_client_certificate: 'which client certificates it accepts',
  ssl_trusted_certificate: 'which client certificates it accepts',
  ssl_crl: 'which client certificates it refuses',
  ssl_certificate: 'the certificate in it',
  ssl_certificate_key: 'the key in it',
  proxy_ssl_certificate: 'the certificate in it',
  proxy_ssl_certificate_key: 'the key in it',
  proxy_ssl_trusted_certificate: 'which upstream certificates it accepts',
  ssl_conf_command: 'which client certificates it accepts',
  proxy_ssl_crl: 'which upstream certificates it refuses',
};

/** True for a directive whose argument is a PEM file. */
export function namesPemFile(node: ConfigNode): boolean {
  return (
    /ssl_(?:(?:client|trusted)_)?(?:certificate|certificate_key|crl)$/.test(node.name) ||
    (node.name === 'ssl_conf_command' && /^verifycafile$/i.test(node.args[0] ?? ''))
  );
}

/** The PEM files that a configuration names. Each is read once, however many servers name it. */
export class PemFiles {
  readonly #host: FileHost;
  readonly #readPem: ReadPem;
  readonly #notices: Pick<Notices, 'add'>;
  readonly #files = new Map<string, PemFile | undefined>();
  readonly #told = new Set<string>();

  /**
   * @param notices is told of every file that cannot be had, once
   */
  constructor(host: FileHost, readPem: ReadPem, notices: Pick<Notices, 'add'>) {
    this.#host = host;
    this.#readPem = readPem;
    this.#notices = notices;
  }

  /**
   * The file that an argument names; undefined where it cannot be had.
   *
   * @param resolvePath the absolute path for an argument of this configuration
   */
  get(node: ConfigNode, argument: number, resolvePath: (path: string) => string): PemFile | undefined {
    if (!namesPemFile(node)) throw new Error(`${node.name} names no PEM file`);
    const written = node.args[argument];
    if (written === undefined || written === '') return undefined;
    if (/^(?:data|engine|store):|\$/.test(written) || holdsPlaceholder(written)) {
      this.#once(node, written, holdsPlaceholder(written) ? 'a template fills it in' : 'it names no file');
      return undefined;
    }
    const path = resolvePath(written);
    if (this.#files.has(path)) return this.#files.get(path);
    const shown = shownPath(path, this.#host.currentFolder);
    const found = this.#host.read(path);
    const file = found.problem === undefined ? this.#readPem(shown, Buffer.from(found.text, 'latin1')) : undefined;
    if (found.problem !== undefined) this.#once(node, shown, found.problem.text);
    this.#files.set(path, file);
    return file;
  }

  #once(node: ConfigNode, what: string, why: string): void {
    const key = `${node.name} ${what}`;
    if (this.#told.has(key)) return;
    this.#told.add(key);
    const unchecked = UNCHECKED[node.name] ?? 'its content';
    this.#notices.add({
      kind: 'not-checked',
      text: `${node.name} "${what}": ${why}, so ${unchecked} was not checked`,
      span: nodeSpan(node),
      help: 'Run the check where the file is, for example on the server itself.',
      fatal: false,
    });
  }
}

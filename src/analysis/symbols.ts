import { ByteSet } from '../pcre/byte-set.js';
import { bytes, everything, intersect, type Language, star } from '../pcre/language.js';
import type { Reason } from './access.js';
import {
  distinguishedName,
  fingerprint,
  serialNumber,
  simpleLegacyName,
  simpleName,
  usualSerialNumber,
} from './identity-languages.js';
import {
  ANY_SNI,
  ARGUMENT,
  ARGUMENT_BYTES,
  ARGUMENTS,
  ARGUMENTS_BYTES,
  COOKIE,
  HEADER,
  HOST,
  HOST_HEADER,
  LENGTH,
  METHOD,
  NOT_EMPTY,
  pathLanguage,
  REFUSED_HOST,
  USER,
} from './input-languages.js';
import type { Sym, Value } from './value.js';

/** What people have in mind, for variables that can hold much else. */
const USUAL: ReadonlyMap<string, () => Language> = new Map([
  ['ssl_client_s_dn', simpleName],
  ['ssl_client_s_dn_legacy', simpleLegacyName],
  ['ssl_client_serial', usualSerialNumber],
]);

/** Makes the symbols of one exploration: one for each thing that the client chooses, and fresh ones for parts of them. */
export class Symbols {
  readonly #client = new Map<string, Sym>();
  readonly #any = new Map<string, Sym>();
  readonly #mergeSlashes: boolean;
  #count = 0;

  constructor(mergeSlashes: boolean) {
    this.#mergeSlashes = mergeSlashes;
  }

  /** The symbol for what the client puts into a variable of its choice; the same one every time. */
  client(name: string): Sym {
    return once(this.#client, name, () => this.#make('client', name, this.#base(name), undefined, clientBytes(name)));
  }

  /** The same, where it was asked for before. */
  asked(name: string): Sym | undefined {
    return this.#client.get(name);
  }

  /** All that the client chooses and that was asked for. */
  get chosen(): Iterable<Sym> {
    return this.#client.values();
  }

  /** An address that a request has: its peer's, or one that a header names; its texts lie in the language. */
  address(name: string, language: Language): Sym {
    return once(this.#client, name, () => this.#make('address', name, language, undefined));
  }

  /** A part of a client's text that lies in a language; it holds no bytes that the whole does not. */
  part(name: string, language: Language, whole: Value): Sym {
    return this.#make('part', name, language, undefined, bytesOf(whole));
  }

  /** Text known by its language only, and by the bytes of what it is a part of. */
  loose(name: string, language: Language, reason: Reason | undefined, whole: Value = []): Sym {
    return this.#make('loose', name, language, reason, whole.length === 0 ? undefined : bytesOf(whole));
  }

  /** Arguments of which nothing is known. */
  get anyArguments(): Sym {
    return this.#anyClient('args');
  }

  /** The argument of a name among these, of which nothing is known either: what they hold besides is a choice of its own. */
  anyArgument(name: string): Sym {
    return this.#anyClient(`arg_${name}`);
  }

  /** Something that the client chooses, without what is known of it; the same one every time. */
  #anyClient(name: string): Sym {
    return once(this.#any, name, () => this.#make('loose', name, everything, undefined));
  }

  /** Text of which nothing is known. */
  unmodelled(reason: Reason): Sym {
    return this.#make('unmodelled', reason.text, everything, reason);
  }

  #make(origin: Sym['origin'], name: string, language: Language, reason: Reason | undefined, held?: ByteSet): Sym {
    const usual = origin === 'client' ? USUAL.get(name)?.() : undefined;
    const base = held === undefined ? language : intersect(language, star(bytes(held)));
    return { id: ++this.#count, origin, name, base, bytes: held, usual, reason };
  }

  #base(name: string): Language {
    if (name === 'uri') return pathLanguage(this.#mergeSlashes);
    if (name === 'args') return ARGUMENTS;
    if (name === 'method') return METHOD;
    if (name === 'host') return HOST;
    if (name === 'http_host') return HOST_HEADER;
    if (name === 'refused_host') return REFUSED_HOST;
    if (name === 'sni' || name === 'ssl_server_name') return ANY_SNI;
    if (name === 'remote_user') return USER;
    if (name.startsWith('arg_')) return ARGUMENT;
    if (name.startsWith('cookie_')) return COOKIE;
    if (name === 'http_content_length') return LENGTH;
    if (name.startsWith('http_')) return HEADER;
    if (name === 'ssl_client_s_dn') return distinguishedName();
    if (name === 'ssl_client_s_dn_legacy') return everything;
    if (name === 'ssl_client_serial') return serialNumber();
    if (name === 'ssl_client_fingerprint') return fingerprint();
    if (name.startsWith('ssl_client_')) return NOT_EMPTY;
    return everything;
  }
}

/** The symbol of a name, made where it is asked for first. */
function once(symbols: Map<string, Sym>, name: string, make: () => Sym): Sym {
  let symbol = symbols.get(name);
  if (symbol === undefined) {
    symbol = make();
    symbols.set(name, symbol);
  }
  return symbol;
}

function clientBytes(name: string): ByteSet | undefined {
  if (name === 'args') return ARGUMENTS_BYTES;
  return name.startsWith('arg_') ? ARGUMENT_BYTES : undefined;
}

/** The bytes that the texts of a value are made of; undefined where those of a symbol are not known. */
function bytesOf(value: Value): ByteSet | undefined {
  let held = ByteSet.none;
  for (const part of value) {
    const more = typeof part === 'string' ? ByteSet.among(part) : part.bytes;
    if (more === undefined) return undefined;
    held = held.union(more);
  }
  return held;
}

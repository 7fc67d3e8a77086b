import { concat, everything, type Language, literal } from '../../pcre/language.js';
import type { ShapePiece } from '../../pcre/pattern-language.js';
import type { Knowledge } from '../knowledge.js';
import type { Symbols } from '../symbols.js';
import { normalise, type Sym, symbolsOf, type Value } from '../value.js';

/** A piece of a pattern that can hold several texts. */
type FreePiece = Exclude<ShapePiece, { readonly kind: 'literal' }>;

/** A pattern laid along a value. */
export interface Layout {
  readonly knowledge: Knowledge;
  /** The groups of which the layout says what they hold. */
  readonly captures: ReadonlyMap<number, Value>;
}

/** Layouts of one value that are followed apart, and steps that may be taken to find them. */
const MAX_LAYOUTS = 4;
const MAX_STEPS = 128;

/** A value with more symbols is cut no further: each jump could cut it once more. */
const MAX_SYMBOLS = 4;

/**
 * The ways to lay the pieces of a pattern along a value that matches it; together they hold all the texts that the value
 * can have then. Where there are too many of them, the pieces from the first one on that can end in several places are parts
 * of which no more is kept than that they are together what is left of the value.
 */
export function layOut(
  shape: readonly ShapePiece[],
  value: Value,
  knowledge: Knowledge,
  symbols: Symbols,
): readonly Layout[] {
  const start: Place = { knowledge, captures: new Map(), pieces: shape, rest: value, isForked: false };
  const forked = symbolsOf(value).length > MAX_SYMBOLS ? undefined : layoutsFrom(start, symbols, true);
  return forked ?? layoutsFrom(start, symbols, false) ?? [start];
}

/** A place between two pieces of the pattern, and what is known of the value there. */
interface Place extends Layout {
  readonly pieces: readonly ShapePiece[];
  readonly rest: Value;
  /** True where there are other layouts beside this one. */
  readonly isForked: boolean;
}

/** The layouts from a place on; undefined where there are too many. */
function layoutsFrom(start: Place, symbols: Symbols, forks: boolean): Layout[] | undefined {
  const layouts: Layout[] = [];
  const open = [start];
  let steps = 0;
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    const next = behindPiece(place, symbols, forks);
    if (next === undefined) layouts.push(place);
    else open.push(...next.toReversed());
    if (++steps > MAX_STEPS || layouts.length > MAX_LAYOUTS) return undefined;
  }
  return layouts;
}

/** The places behind the next piece; undefined where nothing more is to be laid out. */
function behindPiece(place: Place, symbols: Symbols, forks: boolean): Place[] | undefined {
  const rest = place.knowledge.resolve(place.rest);
  const [piece, ...pieces] = place.pieces;
  const [first, ...others] = rest;
  if (piece === undefined) return undefined;
  const isLast = pieces.length === 0;
  if (isLast && piece.kind !== 'literal' && (rest.length !== 1 || typeof first === 'string')) {
    return endOf(place, piece, rest);
  }
  if (first === undefined) {
    return piece.kind === 'literal' ? [] : [{ ...withGroup(place, piece, []), pieces, rest }];
  }
  if (typeof first === 'string') {
    if (piece.kind === 'literal') {
      const length = Math.min(piece.text.length, first.length);
      if (piece.text.slice(0, length) !== first.slice(0, length)) return [];
      const more = piece.text.slice(length);
      return [
        {
          ...place,
          pieces: more === '' ? pieces : [{ kind: 'literal', text: more }, ...pieces],
          rest: normalise([first.slice(length), ...others]),
        },
      ];
    }
    if (piece.language.kind === 'bytes') {
      const behind = normalise([first.slice(1), ...others]);
      return [{ ...withGroup(place, piece, [first.slice(0, 1)]), pieces, rest: behind }];
    }
  }
  if (rest.length === 1 && typeof first !== 'string') return onSymbol(place, first, symbols);
  if (symbolsOf(rest).some(symbol => !isCut(symbol))) return undefined;
  if (!forks) return equated(place, rest, symbols);
  return piece.kind === 'literal'
    ? acrossSymbol(place, first as Sym, piece.text, symbols)
    : endsWithin(place, piece, rest, symbols);
}

/** The last piece is all that is left. */
function endOf(place: Place, piece: FreePiece, rest: Value): Place[] {
  const knowledge = place.isForked ? place.knowledge.assume(rest, [piece.language]) : place.knowledge;
  return knowledge === undefined ? [] : [{ ...withGroup(place, piece, rest), knowledge, pieces: [], rest: [] }];
}

/** All pieces that are left, along the one symbol that is left. What an address can be is kept for the whole of it. */
function onSymbol(place: Place, whole: Sym, symbols: Symbols): Place[] | undefined {
  if (whole.origin === 'address') return undefined;
  const { parts, behind } = partsOf(place, `${whole.name} part`, [whole], symbols);
  const knowledge = place.knowledge.bind(whole, parts);
  return knowledge === undefined ? [] : [{ ...behind, knowledge }];
}

/** All pieces that are left, as parts that have together the text of what is left of the value. */
function equated(place: Place, rest: Value, symbols: Symbols): Place[] {
  const { parts, behind } = partsOf(place, 'part', rest, symbols);
  const knowledge = place.knowledge.equate(rest, parts);
  return knowledge === undefined ? [] : [{ ...behind, knowledge }];
}

/** A part for each piece that is left, and the place behind them. */
function partsOf(
  place: Place,
  name: string,
  whole: Value,
  symbols: Symbols,
): { readonly parts: Value; readonly behind: Place } {
  let behind = place;
  const parts = place.pieces.map(piece => {
    if (piece.kind === 'literal') return piece.text;
    const part = symbols.part(name, piece.language, whole);
    behind = withGroup(behind, piece, [part]);
    return part;
  });
  return { parts: normalise(parts), behind: { ...behind, pieces: [], rest: [] } };
}

/** A literal text that begins where a symbol does: the symbol ends within it, or holds it and more. */
function acrossSymbol(place: Place, symbol: Sym, text: string, symbols: Symbols): Place[] {
  const holding = Array.from({ length: text.length }, (_, length): Value => normalise([text.slice(0, length)]));
  const beyond: Value = [text, symbols.part(`${symbol.name} part`, everything, [symbol])];
  return [...holding, beyond].flatMap(parts => {
    const knowledge = place.knowledge.bind(symbol, parts);
    const next = knowledge && { ...place, knowledge, isForked: true };
    return next !== undefined && isPossible(next) ? [next] : [];
  });
}

/** A piece that begins where several parts of the value are left: it ends within one of them, at either end of it included. */
function endsWithin(place: Place, piece: FreePiece, rest: Value, symbols: Symbols): Place[] {
  const pieces = place.pieces.slice(1);
  const places: Place[] = [];
  const add = (known: Knowledge | undefined, held: Value, behind: Value): void => {
    const knowledge = known?.assume(held, [piece.language]);
    if (knowledge === undefined) return;
    const next: Place = { ...withGroup(place, piece, held), knowledge, pieces, rest: behind, isForked: true };
    if (isPossible(next)) places.push(next);
  };
  for (const [index, part] of rest.entries()) {
    const before = rest.slice(0, index);
    const behind = rest.slice(index + 1);
    if (typeof part !== 'string') {
      const inner = symbols.part(`${part.name} part`, everything, [part]);
      const outer = symbols.part(`${part.name} part`, everything, [part]);
      add(place.knowledge.bind(part, [inner, outer]), [...before, inner], [outer, ...behind]);
      continue;
    }
    // A symbol beside the text ends where the text begins, too.
    const least = index === 0 ? 0 : 1;
    const most = index === rest.length - 1 ? part.length : part.length - 1;
    for (let length = least; length <= most; length++) {
      const held = normalise([...before, part.slice(0, length)]);
      add(place.knowledge, held, normalise([part.slice(length), ...behind]));
    }
  }
  return places;
}

/** False where it is known that what is left of the value is nothing that the pieces left can hold. */
function isPossible({ knowledge, pieces, rest }: Place): boolean {
  return knowledge.assume(rest, [concat(...pieces.map(languageOf))]) !== undefined;
}

function languageOf(piece: ShapePiece): Language {
  return piece.kind === 'literal' ? literal(piece.text) : piece.language;
}

/** The place with what a piece holds, where that is a group. */
function withGroup(place: Place, piece: FreePiece, held: Value): Place {
  if (piece.kind !== 'capture') return place;
  return { ...place, captures: new Map(place.captures).set(piece.index, held) };
}

/** True for a text that can be cut into parts: what else is known of others is known of the whole. */
function isCut({ origin, reason }: Sym): boolean {
  return origin !== 'address' && origin !== 'unmodelled' && reason === undefined;
}

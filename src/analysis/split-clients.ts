import type { VariableDefinition } from '../model/model.js';
import { murmurHash } from './murmur-hash.js';

/** The value that split_clients gives for a source text; ngx_http_split_clients_variable: the shares follow one another on the range of the hash (row 5.60). */
export function shareOf(split: Split, source: string): string {
  const hash = murmurHash(source);
  return rangesOf(split).find(({ end }) => hash < end)?.value ?? '';
}

/** The values that some text gets, and the part of all hashes that each has, above 0 and up to 1. */
export function sharesOf(split: Split): ReadonlyMap<string, number> {
  const parts = new Map<string, number>();
  let begin = 0;
  const add = (end: number, value: string): void => {
    if (end > begin) parts.set(value, (parts.get(value) ?? 0) + (end - begin) / (HASHES + 1));
    begin = Math.max(begin, end);
  };
  for (const { end, value } of rangesOf(split)) add(end, value);
  // What no share takes is empty.
  add(HASHES + 1, '');
  return parts;
}

type Split = Extract<VariableDefinition, { kind: 'split' }>;

/** A share ends in front of a hash. */
interface Range {
  readonly end: number;
  readonly value: string;
}

/** The greatest hash. */
const HASHES = 0xffff_ffff;

const ranges = new WeakMap<Split, readonly Range[]>();

/** ngx_conf_split_clients_block: hundredths of a percent of the greatest hash; what `*` says gets the rest. */
function rangesOf(split: Split): readonly Range[] {
  let found = ranges.get(split);
  if (found === undefined) {
    let end = 0n;
    found = split.values.map(({ share, value }) => {
      if (share === '*') return { end: HASHES + 1, value };
      const [whole = '', fraction = ''] = share.replace(/%$/, '').split('.');
      const hundredths = BigInt(Number(whole) * 100 + Number(fraction.padEnd(2, '0').slice(0, 2)));
      end += (hundredths * BigInt(HASHES)) / 10_000n;
      return { end: Number(end), value };
    });
    ranges.set(split, found);
  }
  return found;
}

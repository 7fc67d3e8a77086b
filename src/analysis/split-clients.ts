import type { VariableDefinition } from '../model/model.js';
import { murmurHash } from './murmur-hash.js';

/** The value that split_clients gives for a source text; ngx_http_split_clients_variable: the shares follow one another on the range of the hash (row 5.60). */
export function shareOf(split: Extract<VariableDefinition, { kind: 'split' }>, source: string): string {
  const hash = BigInt(murmurHash(source));
  let end = 0n;
  for (const { share, value } of split.values) {
    if (share === '*') return value;
    const [whole = '', fraction = ''] = share.replace(/%$/, '').split('.');
    const hundredths = BigInt(Number(whole) * 100 + Number(fraction.padEnd(2, '0').slice(0, 2)));
    end += (hundredths * 0xffff_ffffn) / 10_000n;
    if (hash < end) return value;
  }
  return '';
}

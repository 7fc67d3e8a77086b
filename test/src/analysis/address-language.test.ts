import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { ipv6Spellings } from '../../../src/analysis/address-language.js';
import {
  AddressSet,
  addressesOfRange,
  IPV6_ADDRESSES,
  MAPPED_ADDRESSES,
  pointOf,
} from '../../../src/analysis/address-set.js';
import { parseAddress } from '../../../src/analysis/evaluate/address.js';
import { accepts } from '../../../src/pcre/language.js';
import { describe } from '../../support/suite.js';

const RANGES = ['::/0', '2001:db8::/32', '2001:db8::1', 'ab::/15', '::ffff:0:0/96', '0:0:0:1::/63', '::10.0.0.0/104'];
const NETWORKS = RANGES.map(range => addressesOfRange(range)!);
const SETS: readonly AddressSet[] = [
  ...NETWORKS,
  ...NETWORKS.map(network => IPV6_ADDRESSES.without(network).without(MAPPED_ADDRESSES)),
  AddressSet.of(NETWORKS.slice(1, 4).flatMap(set => set.intervals)),
];

const group = fc.constantFrom('0', '1', 'ab', '00ff', 'FFFF', '2001', 'db8', '0DB8', '00001', '');
const end = fc.constantFrom('', '', '', ':', '1.2.3.4', ':10.0.0.1', '.2.3.4', ':0001..2.', ':255.255.255.255', 'x');
const text = fc
  .record({
    start: fc.constantFrom('', '', ':', '::'),
    one: fc.array(group, { maxLength: 8 }),
    middle: fc.constantFrom('::', ':'),
    other: fc.array(group, { maxLength: 4 }),
    last: end,
  })
  .map(({ start, one, middle, other, last }) => start + one.join(':') + middle + other.join(':') + last);

describe('languages of addresses', it => {
  it('hold the texts that the evaluator reads as an IPv6 address of a set', () => {
    const languages = SETS.map(set => ({ set, language: ipv6Spellings(set) }));
    let read = 0;
    fc.assert(
      fc.property(text, word => {
        const address = parseAddress(word);
        for (const { set, language } of languages) {
          const isIn = address?.bits === 128 && set.has(pointOf(address));
          if (isIn) read += 1;
          assert.is(accepts(language, word), isIn, `${word} in ${set.key}`);
        }
      }),
      { numRuns: 1_000, seed: 6, includeErrorInReport: true },
    );
    assert.ok(read > 200, String(read));
  });
});

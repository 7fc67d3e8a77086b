/**
 * SHA-256 (FIPS 180-4) in plain code. Loading node:crypto takes a quarter of a run over a small file, since it loads the
 * streams of Node.js; a run that checks no signature needs nothing else of it.
 */

/** The first 32 bits of the fractional parts of a power of the first `count` primes. */
function fractionsOfPrimes(count: number, power: number): Int32Array {
  const found = new Int32Array(count);
  const primes: number[] = [];
  for (let candidate = 2; primes.length < count; candidate++) {
    if (primes.some(prime => candidate % prime === 0)) continue;
    const root = candidate ** power;
    found[primes.length] = (root - Math.floor(root)) * 0x1_0000_0000;
    primes.push(candidate);
  }
  return found;
}

const START = fractionsOfPrimes(8, 1 / 2);
const ROUND = fractionsOfPrimes(64, 1 / 3);

const BLOCK = 64;

/** The SHA-256 of bytes, or of a text's UTF-8, as 64 hexadecimal digits. */
export function sha256(data: Uint8Array | string): string {
  const message = padded(typeof data === 'string' ? Buffer.from(data, 'utf8') : data);
  const state = Int32Array.from(START);
  const words = new Int32Array(64);
  for (let at = 0; at < message.byteLength; at += BLOCK) {
    for (let index = 0; index < 16; index++) words[index] = message.getInt32(at + index * 4);
    digestBlock(state, words);
  }
  let digits = '';
  for (const word of state) digits += (word >>> 0).toString(16).padStart(8, '0');
  return digits;
}

/** The message with the bit behind it and its length in bits, in whole blocks. */
function padded(data: Uint8Array): DataView {
  const bytes = new Uint8Array(Math.ceil((data.length + 9) / BLOCK) * BLOCK);
  bytes.set(data);
  bytes[data.length] = 0x80;
  const view = new DataView(bytes.buffer);
  view.setBigUint64(bytes.length - 8, BigInt(data.length) * 8n);
  return view;
}

/** Works one block into the state (FIPS 180-4, 6.2.2). The first 16 of the words are the block's. */
function digestBlock(state: Int32Array, words: Int32Array): void {
  for (let index = 16; index < 64; index++) {
    const early = words[index - 15]!;
    const late = words[index - 2]!;
    words[index] =
      words[index - 16]! +
      (rotated(early, 7) ^ rotated(early, 18) ^ (early >>> 3)) +
      words[index - 7]! +
      (rotated(late, 17) ^ rotated(late, 19) ^ (late >>> 10));
  }
  let [a, b, c, d, e, f, g, h] = state as unknown as [number, number, number, number, number, number, number, number];
  for (let index = 0; index < 64; index++) {
    const sum1 = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25);
    const first = (h + sum1 + ((e & f) ^ (~e & g)) + ROUND[index]! + words[index]!) | 0;
    const sum0 = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22);
    const second = (sum0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [a, b, c, d, e, f, g, h] = [(first + second) | 0, a, b, c, (d + first) | 0, e, f, g];
  }
  for (const [index, value] of [a, b, c, d, e, f, g, h].entries()) state[index]! += value;
}

function rotated(word: number, by: number): number {
  return (word >>> by) | (word << (32 - by));
}

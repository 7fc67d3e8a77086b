/** The hash by which split_clients chooses (ngx_murmur_hash2): 32 bits, over the bytes of the text. */
export function murmurHash(text: string): number {
  const multiplier = 0x5bd1e995;
  let hash = text.length >>> 0;
  let at = 0;
  for (; text.length - at >= 4; at += 4) {
    let part =
      text.charCodeAt(at) |
      (text.charCodeAt(at + 1) << 8) |
      (text.charCodeAt(at + 2) << 16) |
      (text.charCodeAt(at + 3) << 24);
    part = Math.imul(part, multiplier);
    part ^= part >>> 24;
    part = Math.imul(part, multiplier);
    hash = Math.imul(hash, multiplier) ^ part;
  }
  const left = text.length - at;
  if (left > 2) hash ^= text.charCodeAt(at + 2) << 16;
  if (left > 1) hash ^= text.charCodeAt(at + 1) << 8;
  if (left > 0) hash = Math.imul(hash ^ text.charCodeAt(at), multiplier);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, multiplier);
  hash ^= hash >>> 15;
  return hash >>> 0;
}

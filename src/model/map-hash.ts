import type { ConfigNode } from '../config/config-tree.js';
import type { TrafficModel } from './model.js';

/** `ngx_cacheline_size` and `sizeof(void *)` of 64-bit machines (x86-64, arm64). */
const CACHE_LINE = 64;
const POINTER = 8;

/** The buckets of the hashes in which the maps of http, or those of stream, hold their literal keys. */
export interface MapBuckets {
  /** In bytes, as nginx rounds it up. */
  readonly size: number;
  /** The `map_hash_bucket_size` in force; undefined for the default. */
  readonly node: ConfigNode | undefined;
  /** A `map_hash_bucket_size` behind the first map, which takes the default: nginx calls it a duplicate. */
  readonly late: ConfigNode | undefined;
}

/**
 * The size of the buckets: a cache line by default, else what is written, rounded up to whole cache lines. The first `map`
 * block settles it (ngx_http_map_block, ngx_stream_map_block).
 */
export function mapBuckets({ scope }: TrafficModel): MapBuckets {
  const children = scope.node?.children ?? [];
  const written = scope.own('map_hash_bucket_size')[0];
  const firstMap = children.findIndex(({ name, children: entries }) => name === 'map' && entries !== undefined);
  const isLate = written !== undefined && firstMap !== -1 && children.indexOf(written) > firstMap;
  const number = /^\d{1,9}$/.test(written?.args[0] ?? '') ? Number(written!.args[0]) : undefined;
  if (written === undefined || isLate || number === undefined) {
    return { size: CACHE_LINE, node: undefined, late: isLate ? written : undefined };
  }
  return { size: align(number, CACHE_LINE), node: written, late: undefined };
}

/**
 * The least `map_hash_bucket_size` that takes a literal key of a length in bytes: its pointer, its length in two bytes and
 * its text, with the pointer that ends the bucket (ngx_hash_init, NGX_HASH_ELT_SIZE). nginx takes any size up to 65472, and
 * no key of more than 4096 bytes.
 */
export function bucketSizeFor(length: number): number {
  return align(POINTER + align(length + 2, POINTER) + POINTER, CACHE_LINE);
}

function align(size: number, to: number): number {
  return Math.ceil(size / to) * to;
}

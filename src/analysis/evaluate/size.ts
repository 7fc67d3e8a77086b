/** A size in bytes, with `k`, `m` or `g` (ngx_parse_size); undefined where it is none. */
export function sizeOf(text: string): number | undefined {
  const parts = /^(\d+)([kKmMgG]?)$/.exec(text);
  if (parts === null) return undefined;
  const unit = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 }[parts[2]!.toLowerCase()] ?? 1;
  return Number(parts[1]) * unit;
}

import { identityMaps } from '../src/analysis/identity-maps.js';
import { readable } from '../src/analysis/names.js';
import { nodeSpan } from '../src/config/config-tree.js';
import { bucketSizeFor, type MapBuckets, mapBuckets } from '../src/model/map-hash.js';
import type { TrafficModel } from '../src/model/model.js';
import { defineRule, type RuleContext } from '../src/rule.js';

export default defineRule({
  id: 'overflowing-map-hash',
  group: 'Hygiene',
  summary:
    'A key in a map of the client certificate is too long for map_hash_bucket_size (64 by default): nginx does not start.',
  level: 'error',
  precision: 'very-high',
  securitySeverity: '3.0',
  since: '0.1.0',
  help: 'Raise map_hash_bucket_size in front of the first map.',

  check({ model, report, stream }) {
    for (const part of [model, stream.model]) reportPart(part, report);
  },
});

/** http and stream have maps and buckets of their own. */
function reportPart(model: TrafficModel, report: RuleContext['report']): void {
  if (model.scope.gapFor('map_hash_bucket_size') !== undefined) return;
  const buckets = mapBuckets(model);
  for (const { node, literals, name } of identityMaps(model)) {
    const tooLong = [...literals]
      .filter(([key]) => bucketSizeFor(key.length) > buckets.size)
      .sort(([one], [other]) => other.length - one.length);
    const [longest, ...others] = tooLong;
    if (longest === undefined) continue;
    const [key, entry] = longest;
    const needed = bucketSizeFor(key.length);
    const more = others.length === 0 ? '' : ` and ${others.length} more`;
    report({
      message: `nginx does not start: the key of ${key.length} bytes${more} of the map $${name} ${others.length === 0 ? 'does' : 'do'} not fit ${sizeText(buckets)}`,
      primary: {
        span: nodeSpan(entry.node),
        text: `needs map_hash_bucket_size ${needed}`,
      },
      related: [
        ...others.map(([, other]) => ({ span: nodeSpan(other.node), text: 'does not fit either' })),
        ...(buckets.node === undefined ? [] : [{ span: nodeSpan(buckets.node), text: 'too small' }]),
        ...(buckets.late === undefined
          ? []
          : [{ span: nodeSpan(buckets.late), text: 'stands behind the first map, where nginx calls it a duplicate' }]),
      ],
      help: `Write map_hash_bucket_size ${needed}; in front of the first map.`,
      identity: [name, readable(node.args[0] ?? ''), readable(key)],
    });
  }
}

function sizeText({ node, size }: MapBuckets): string {
  return node === undefined ? `map_hash_bucket_size, ${size} by default` : `map_hash_bucket_size ${size}`;
}

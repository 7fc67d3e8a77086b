import * as assert from 'uvu/assert';
import { bucketSizeFor, mapBuckets } from '../../../src/model/map-hash.js';
import { modelOf } from '../../support/differential.js';
import { mainFile } from '../../support/nginx.js';
import { describe } from '../../support/suite.js';

const MAP = 'map $uri $x { default 0; }';

function sizeIn(http: string): string {
  const { late, node, size } = mapBuckets(modelOf(mainFile(http)));
  return `${size}${node === undefined ? ' by default' : ''}${late === undefined ? '' : ', too late'}`;
}

describe('mapBuckets', it => {
  it('takes whole cache lines, and what stands in front of the first map', () => {
    assert.is(sizeIn(MAP), '64 by default');
    assert.is(sizeIn(`map_hash_bucket_size 1; ${MAP}`), '64');
    assert.is(sizeIn(`map_hash_bucket_size 65; ${MAP}`), '128');
    assert.is(sizeIn(`${MAP} map_hash_bucket_size 128;`), '64 by default, too late');
    assert.is(sizeIn(`map_hash_bucket_size nonsense; ${MAP}`), '64 by default');
  });
});

describe('bucketSizeFor', it => {
  it('is as nginx computes it', () => {
    assert.equal([0, 46, 47, 110, 111, 238].map(bucketSizeFor), [64, 64, 128, 128, 192, 256]);
  });
});

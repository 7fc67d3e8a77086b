import * as assert from 'uvu/assert';
import { bucketSizeFor } from '../../../src/model/map-hash.js';
import { cases, idioms, subjectOf } from '../../fixtures/rules/overflowing-map-hash.js';
import { mainFile } from '../../support/nginx.js';
import { canTestWithNginx, NginxTester } from '../../support/nginx-test.js';
import { accepts, flags } from '../../support/rule-laboratory.js';
import { requireStream, streamFile } from '../../support/stream-laboratory.js';
import { describe } from '../../support/suite.js';

describe('overflowing-map-hash', it => {
  for (const { title, flagged, accepted } of cases) {
    it(`keeps nginx from starting: ${title}`, async () => {
      await flags(flagged, { loads: false });
      await accepts(accepted);
    });
  }
  for (const [title, snippet] of Object.entries(idioms)) it(title, () => accepts(snippet));

  for (const [part, mainOf] of [
    ['http', mainFile],
    ['stream', streamFile],
  ] as const)
    it(`says the size that works in ${part}, and no larger one`, async () => {
      if (!canTestWithNginx() || !requireStream()) return;
      const tester = new NginxTester();
      const refusal = async (length: number, size: number): Promise<string | undefined> => {
        const map = `map $ssl_client_s_dn $x { default 0; "${subjectOf(length)}" 1; }`;
        const answer = part === 'http' ? '' : 'return $x;';
        return (
          await tester.test(mainOf(`map_hash_bucket_size ${size}; ${map} server { listen 127.0.0.1:1; ${answer} }`))
        ).reason;
      };
      for (const length of [4, 38, 46, 47, 54, 110, 111, 174, 175, 238, 239, 1000, 1006, 1007]) {
        const size = bucketSizeFor(length);
        assert.is(await refusal(length, size), undefined, `${length} bytes in ${size}`);
        if (size === 64) continue;
        const smaller = await refusal(length, size - 64);
        assert.is(smaller, `could not build map_hash, you should increase map_hash_bucket_size: ${size - 64}`);
      }
      tester.close();
    });
});

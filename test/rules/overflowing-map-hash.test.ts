import { cases, idioms, subjectOf } from '../fixtures/rules/overflowing-map-hash.js';
import { accepts, describeCases, flags } from '../support/lint.js';

describeCases('overflowing-map-hash', cases, idioms, it => {
  it('knows that stream has maps and buckets of its own', async () => {
    const block = (size: string, comment = '') => `stream { ${size}
map $ssl_client_s_dn $up {
"${subjectOf(47)}" 127.0.0.1:1; ${comment}
}
server { listen 1883; proxy_pass $up; } }`;
    await flags(block('', '# expect: overflowing-map-hash'));
    await flags(block('map_hash_bucket_size 64;', '# expect: overflowing-map-hash'));
    await accepts(block('map_hash_bucket_size 128;'));
  });
});

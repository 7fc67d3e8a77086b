import * as assert from 'uvu/assert';
import { cases, idioms } from '../fixtures/rules/error-page-bypass.js';
import { accepts, describeCases, flags, GUARD, PREAMBLE, site } from '../support/lint.js';

const PASS = 'proxy_pass http://app;';

describeCases('error-page-bypass', cases, idioms, it => {
  it('makes one finding of all that one error page opens', async () => {
    const servers = Array.from({ length: 30 }, (_, index) =>
      site('optional', `location / { ${GUARD} ${PASS} }\nlocation @open { ${PASS} }`).replace(
        'app.test',
        `s${index}.test`,
      ),
    );
    const [found, ...others] = await flags(
      `${PREAMBLE}error_page 403 = @open; # expect: error-page-bypass
${servers.join('\n')}`,
    );
    assert.equal(others, []);
    assert.is(found!.related.filter(({ text }) => text === 'reached without a verified certificate').length, 30);
    assert.match(found!.message, /location @open and 29 more of server s0\.test \(proxy_pass\)$/);
  });

  it('shows the request that is refused, and points at what refuses it', async () => {
    const [found] = await flags(PREAMBLE + cases[0]!.flagged);
    assert.is(
      found!.message,
      'error_page to @open answers clients without a verified certificate with location @open of server app.test (proxy_pass)',
    );
    assert.equal(found!.witness!.request.http, { method: 'GET', target: '/', headers: [['Host', 'app.test']] });
    assert.equal(
      found!.related.map(({ text }) => text),
      [
        'reached without a verified certificate',
        'refuses, or is not run for an error before it',
        'what it refuses is an error, too',
      ],
    );
  });

  it('flags a post_action that asks a back end for those who were refused', async () => {
    const [found] = await flags(
      `${PREAMBLE}${site('optional', `location / { ${GUARD} ${PASS}\npost_action @after; # expect: error-page-bypass\n}\nlocation @after { ${PASS} }`)}`,
    );
    assert.match(found!.message, /^post_action @after asks location @after of server .* refused or not$/);
    await accepts(
      `${PREAMBLE}${site('optional', `location / { ${GUARD} post_action @after; ${PASS} }\nlocation @after { ${GUARD} ${PASS} }`)}`,
    );
  });

  it('flags what is added to answers from where access checks let nobody in', async () => {
    const added = (inner: string) =>
      `${PREAMBLE}${site('optional', `addition_types *; location / { return 404; }\nlocation = /up { # expect: unverified-location note\n${inner}`)}`;
    const flagged = added(
      `add_after_body /data; # expect: error-page-bypass\nreturn 200 up; }\nlocation /data { allow 10.0.0.0/8; deny all; ${PASS} }`,
    );
    const found = (await flags(flagged)).find(({ rule }) => rule === 'error-page-bypass')!;
    assert.is(
      found.message,
      'add_after_body /data shows clients without a verified certificate location /data of server app.test (proxy_pass)',
    );
    assert.equal(
      found.related.map(({ text }) => text),
      ['reached without a verified certificate', 'no certificate is needed to get this far'],
    );
    assert.is(found.witness!.via, 'addition');
    // The programs of a location run for what is added, too (row 10.41).
    await accepts(
      added(`add_after_body /data;\nreturn 200 up; }\nlocation /data { ${GUARD} allow 10.0.0.0/8; deny all; ${PASS} }`),
    );
    // A page that is always the same is what additions are for.
    await accepts(
      added(`add_after_body /foot.html;\nreturn 200 up; }\nlocation = /foot.html { internal; root files; }`),
    );
    await accepts(added(`mirror /data;\nreturn 200 up; }\nlocation /data { internal; ${PASS} }`));
  });
});

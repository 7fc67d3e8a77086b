import * as assert from 'uvu/assert';
import { cases, idioms, streamCases } from '../fixtures/rules/network-exemption.js';
import { streamBlock } from '../fixtures/rules/unenforced-stream-verification.js';
import { accepts, describeCases, flags, GUARD, PREAMBLE, site } from '../support/lint.js';

describeCases('network-exemption', cases, idioms, it => {
  it('makes one finding of all that one range opens', async () => {
    const locations = Array.from({ length: 30 }, (_, index) => `location /${index}/ { proxy_pass http://app; }`);
    const [found] = await flags(
      `${PREAMBLE}${site('optional', `if ($remote_addr = 192.0.2.7) { break; } # expect: network-exemption\n${GUARD}\n${locations.join('\n')}\nlocation / { return 404; }`)}`,
    );
    assert.is(found!.related.length, 30);
    assert.is(
      found!.message,
      'location /0/ and 29 more of server app.test needs no certificate from some: client address 192.0.2.7',
    );
    assert.is(found!.witness!.request.sourceAddress, '192.0.2.7');
  });

  for (const { title, flagged, accepted } of streamCases) {
    it(`flags ${title}`, async () => {
      const [found, ...others] = await flags(flagged);
      assert.equal(others, []);
      assert.is(found!.witness!.request.sourceAddress, '127.0.0.9');
      await accepts(accepted);
    });
  }

  it('leaves alone what allow and deny say in stream, which holds for every client', async () => {
    await accepts(streamBlock('optional', 'allow 127.0.0.9; deny all; proxy_pass app;'));
    await accepts(streamBlock('on', 'allow 127.0.0.9; deny all; proxy_pass app;'));
  });

  it('names the range', async () => {
    const named: string[] = [];
    for (const { flagged } of cases)
      named.push((await flags(PREAMBLE + flagged))[0]!.message.replace(/^.*from some: /, ''));
    assert.equal(named, [
      'client address 127.0.0.9',
      'client address 127.0.0.9',
      'client address in 127.0.0.9/32',
      'client address in 127.0.0.9/32, where $inside is 1',
      'client address in 127.0.0.9/32, where $inside is 1',
    ]);
  });
});

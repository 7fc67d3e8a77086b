/** Replays what the rule claims on the real nginx: a flagged snippet serves the witness, its repair does not. */
import * as assert from 'uvu/assert';
import type { StreamSession } from '../../../src/analysis/request.js';
import { streamCases } from '../../fixtures/rules/network-exemption.js';
import { cases } from '../../fixtures/rules/unenforced-stream-verification.js';
import { flags } from '../../support/lint.js';
import { configurationOf, readRulePage } from '../../support/rule-page.js';
import { requireStream } from '../../support/stream-laboratory.js';
import { replayStream } from '../../support/stream-replay.js';
import { describe } from '../../support/suite.js';

const RULE = 'unenforced-stream-verification';

describe(`what ${RULE} claims`, it => {
  for (const { title, flagged, accepted } of cases) {
    it(title, async () => {
      if (!requireStream()) return;
      await contrast(flagged, accepted, await flags(flagged));
    });
  }

  it('the example of its page', async () => {
    if (!requireStream()) return;
    const page = readRulePage(RULE);
    const flagged = configurationOf(page, 'nginx flagged').replace(/proxy_pass .*;/, `$& # expect: ${RULE}`);
    await contrast(flagged, configurationOf(page, 'nginx clean'), await flags(flagged));
  });

  for (const { title, flagged, accepted } of streamCases) {
    it(`network-exemption: ${title}`, async () => {
      if (requireStream()) await contrast(flagged, accepted, await flags(flagged), 'network-exemption');
    });
  }

  async function contrast(flagged: string, accepted: string, findings: Awaited<ReturnType<typeof flags>>, of = RULE) {
    const request = findings.find(({ rule }) => rule === of)!.witness!.request as StreamSession;
    assert.is(await replayStream(flagged, request), 'site-1');
    assert.is.not(await replayStream(accepted, request), 'site-1');
  }
});

/** Replays what the rule claims on the real nginx: a flagged snippet serves the witness, its repair does not. */
import * as assert from 'uvu/assert';
import type { StreamSession } from '../../../src/analysis/request.js';
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

  async function contrast(flagged: string, accepted: string, findings: Awaited<ReturnType<typeof flags>>) {
    const request = findings.find(({ rule }) => rule === RULE)!.witness!.request as StreamSession;
    assert.is(await replayStream(flagged, request), 'site-1');
    assert.is.not(await replayStream(accepted, request), 'site-1');
  }
});

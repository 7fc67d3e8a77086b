/** Replays what the rule claims on the real nginx: a flagged snippet serves the witness, its repair does not. */
import * as assert from 'uvu/assert';
import type { StreamSession } from '../../../src/analysis/request.js';
import { cases } from '../../fixtures/rules/unenforced-stream-verification.js';
import { flags } from '../../support/lint.js';
import { pki } from '../../support/pki.js';
import { configurationOf, readRulePage } from '../../support/rule-page.js';
import { stagedSession } from '../../support/stream-check.js';
import {
  converseAll,
  openStreamLaboratory,
  requireStream,
  type StreamLaboratory,
} from '../../support/stream-laboratory.js';
import { describe } from '../../support/suite.js';

const RULE = 'unenforced-stream-verification';

/** What nginx answers a client of a snippet with, whose addresses are moved to free ones. */
async function answerOf(snippet: string, session: StreamSession, laboratory: StreamLaboratory): Promise<string> {
  const { authority, serverCertificate, serverKey } = pki();
  const [port = 0] = laboratory.ports;
  const text = snippet
    .replace(/listen +\d+/g, `listen 127.0.0.1:${port}`)
    .replace('stream {', `stream { ${laboratory.upstreams}`)
    .replace(/upstream \w+ \{ server 127\.0\.0\.1:\d+; \}/g, '')
    .replace(/\bapp(?=[; ])/gi, 'site-1')
    .replace(/\bpublic(?=[; ])/g, 'site-2')
    .replace(/127\.0\.0\.1:80\d\d/g, 'site-1')
    .replaceAll('server.pem', serverCertificate)
    .replaceAll('server.key', serverKey)
    .replaceAll('clients-ca.pem', authority);
  const real = stagedSession({ ...session, connect: { ...session.connect, port } }, '');
  const [answer = ''] = await converseAll(`${MODULES}\n${text}`, [real!]);
  return answer;
}

const MODULES = 'load_module /usr/share/nginx/modules/ngx_stream_module.so; events { worker_connections 64; }';

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
    const laboratory = await openStreamLaboratory(2, 1);
    try {
      assert.is(await answerOf(flagged, request, laboratory), 'site-1');
      assert.is.not(await answerOf(accepted, request, laboratory), 'site-1');
    } finally {
      await laboratory.stop();
    }
  }
});

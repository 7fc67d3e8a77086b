/** Replays a connection to a snippet of stream on the real nginx, with its addresses moved to free ones. */
import type { StreamSession } from '../../src/analysis/request.js';
import { pki } from './pki.js';
import { stagedSession } from './stream-check.js';
import { converseAll, openStreamLaboratory, type StreamAnswer, streamMain } from './stream-laboratory.js';

/** The ports that snippets name. */
const PORTS = [443, 8443, 8883];

/**
 * What nginx answers a client of a `stream` block with. The back ends that the snippet calls `app` or 127.0.0.1:8080 are
 * `site-1`, the others `site-2`.
 */
export async function replayStream(snippet: string, session: StreamSession): Promise<StreamAnswer> {
  const laboratory = await openStreamLaboratory(2, PORTS.length);
  try {
    const { authority, serverCertificate, serverKey } = pki();
    const portOf = (written: number): number => laboratory.ports[PORTS.indexOf(written)] ?? written;
    const text = snippet
      .replace(/listen +(\d+)/g, (_, port) => `listen 127.0.0.1:${portOf(Number(port))}`)
      .replace('stream {', `stream { ${laboratory.upstreams}`)
      .replace(/upstream \w+ \{ server 127\.0\.0\.1:\d+; \}/g, '')
      .replace(/\bapp(?=[; ])/gi, 'site-1')
      .replace(/\bpublic(?=[; ])/g, 'site-2')
      .replace(/127\.0\.0\.1:80\d\d/g, 'site-1')
      .replaceAll('server.pem', serverCertificate)
      .replaceAll('server.key', serverKey)
      .replaceAll('clients-ca.pem', authority);
    const real = stagedSession({ ...session, connect: { ...session.connect, port: portOf(session.connect.port) } }, '');
    if (real === undefined) throw new Error('the connection cannot be made here');
    const [answer = 'closed'] = await converseAll(streamMain(text), [real]);
    return answer;
  } finally {
    await laboratory.stop();
  }
}

import { rmSync } from 'node:fs';
import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import type { AccessRow } from '../../../src/analysis/access.js';
import { analyse } from '../../../src/analysis/analyse.js';
import { explainCell } from '../../../src/analysis/explanation.js';
import { CLIENT_CLASSES } from '../../../src/analysis/request.js';
import { configText } from '../../support/config-text.js';
import { modelOf, openLaboratory, withConfiguration } from '../../support/differential.js';
import { configShape } from '../../support/generate-config.js';
import { mainFile, requireNginx } from '../../support/nginx.js';
import { replay } from '../../support/replay.js';
import { describe } from '../../support/suite.js';

/** Paths that the generated configurations speak of. */
const TARGETS = ['/', '/a', '/a/b', '/pub/x', '/secret', '/x.php', '/nowhere?k=1'];

describe('explained requests on the real nginx', it => {
  it('end where the explanation says', async () => {
    if (!requireNginx()) return;
    const laboratory = await openLaboratory();
    try {
      let replayed = 0;
      for (const shape of fc.sample(configShape, { seed: 20_261_126, numRuns: 4 })) {
        const surroundings = await laboratory.surroundings();
        // The listener of the configuration before lies there still.
        rmSync(surroundings.unixListener, { force: true });
        const { http, files } = configText(shape, surroundings);
        const text = [http, ...Object.values(files)].join('\n');
        const model = modelOf(mainFile(http), files);
        const table = analyse(model);
        // The replay takes a table; here its cells hold the requests of explanations.
        const rows: AccessRow[] = [];
        for (const row of table.rows.slice(0, 3)) {
          const { server } = row.site;
          const sockets = server.listens.map(listen => listen.socket);
          for (const target of TARGETS) {
            const { requests } = explainCell(model, table, { server, sockets, host: undefined, target }, 'none');
            const access = Object.fromEntries(
              CLIENT_CLASSES.map(client => {
                const followed = requests[client];
                if (followed === undefined || followed.trace.outcome.kind === 'unknown') {
                  return [client, { verdict: 'unknown', reasons: [] }];
                }
                const { assumes, steps } = followed.trace;
                return [client, { verdict: 'reached', witness: { request: followed.request, assumes, steps } }];
              }),
            ) as unknown as AccessRow['access'];
            rows.push({ site: row.site, access });
          }
        }
        const result = await withConfiguration(
          laboratory,
          http,
          running => replay(running, text, model, { rows }, surroundings, laboratory.environment),
          files,
        );
        assert.equal(result.failed, [], text);
        replayed += result.replayed;
      }
      assert.ok(replayed > 40, String(replayed));
    } finally {
      await laboratory.stop();
    }
  });
});

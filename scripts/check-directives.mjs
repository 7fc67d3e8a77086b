// Compares every row of the directive table with the real nginx: some 25,000 runs of `nginx -t`, several minutes. The
// tests ask a sample of the same questions. Needs nginx 1.22.1 with Debian's nginx-extras, and a build.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { directiveNames } from '../build/src/config/directives.js';
import { answerHere, askNginx, probesOf, whyNotAsked } from '../build/test/support/directive-probe.js';

const reason = whyNotAsked();
if (reason !== undefined) {
  console.error(`Nothing compared: ${reason}.`);
  process.exit(1);
}
const folder = mkdtempSync(join(tmpdir(), 'directives-'));
const probes = [...directiveNames()].flatMap(probesOf);
let next = 0;
let differences = 0;
async function work() {
  for (let index = next++; index < probes.length; index = next++) {
    const probe = probes[index];
    const here = answerHere(probe);
    const nginx = await askNginx(probe, folder, index);
    if (here === nginx) continue;
    differences += 1;
    console.log(`${JSON.stringify(probe)}: nginx says ${nginx}, the table ${here}`);
  }
}
await Promise.all([work(), work()]);
rmSync(folder, { recursive: true, force: true });
console.log(`${probes.length} questions, ${differences} differences`);
process.exit(differences === 0 ? 0 : 1);

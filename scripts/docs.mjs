// Writes the generated parts of the documentation, or with --check says which of them are stale. Needs a build.
import { writeFileSync } from 'node:fs';
import { generatedFiles } from '../build/test/support/docs.js';

const stale = (await generatedFiles()).filter(({ current, expected }) => current !== expected);
if (process.argv[2] === '--check') {
  for (const { path } of stale) console.error(`${path} is stale: run npm run docs`);
  process.exitCode = stale.length > 0 ? 1 : 0;
} else {
  for (const { expected, path } of stale) {
    writeFileSync(path, expected);
    console.log(`${path} written`);
  }
}

// Rewrites the generated parts of docs/rules; test/docs.test.ts compares them.
import { writeDocs } from '../build/test/support/docs.js';

for (const path of await writeDocs()) console.log(`rewrote ${path}`);

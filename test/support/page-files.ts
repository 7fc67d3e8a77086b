/** The files that snippets and the configurations of rule pages may name. */
import { readdirSync, readFileSync } from 'node:fs';
import type { MemoryFile } from './memory-host.js';

const FOLDER = 'test/fixtures/pki';

/** The certificates and CRLs of the fixtures, by name. */
export const PEM_FILES: Readonly<Record<string, string>> = Object.fromEntries(
  readdirSync(FOLDER)
    .filter(name => name.endsWith('.pem'))
    .map(name => [name, readFileSync(`${FOLDER}/${name}`, 'latin1')]),
);

/** The same, and keys with their permissions: one that everybody may read, one that nobody else may. */
export const PAGE_FILES: Readonly<Record<string, MemoryFile>> = {
  ...PEM_FILES,
  'readable.key': { text: '', mode: 0o644 },
  'private.key': { text: '', mode: 0o600 },
};

/**
 * Cells in which the access table does not say yet what it should, with what it says instead: document and row number → the
 * sites. A cell that says something else fails the test of its row, so that this list stays true and shrinks.
 */
export const AWAITING: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'request 9.11': { 'location @r return': 'unknown refused unknown' },
};

/**
 * Cells in which the access table does not say yet what it should: document and row number → the sites. A cell that says it
 * fails the test of its row, so that it is taken from this list.
 */
export const AWAITING: Readonly<Record<string, readonly string[]>> = {
  'request 4.11': ['location /0 > if ($arg_x = a${arg_y}b) return'],
  'request 4.13c': ['location /0 > if ($http_x_a=abc) return'],
};

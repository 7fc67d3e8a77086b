/**
 * Cells in which the access table does not say yet what it should, with what it says instead: document and row number → the
 * sites. A cell that says something else fails the test of its row, so that this list stays true and shrinks.
 */
export const AWAITING: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'request 9.10': { 'location = /back-end proxy_pass': 'refused' },
  'request 9.10b': { 'location = /a proxy_pass': 'refused' },
  'request 9.11': { 'location @r return': 'unknown refused unknown' },
  'request 9.12c, 9.12d': { 'location = /b proxy_pass': 'refused' },
  'request 9.12f': { 'location = /a return': 'refused' },
  'request 9.20': { 'location = /a proxy_pass': 'refused' },
  'request 10.20': { 'location = /m proxy_pass': 'refused' },
  'request 10.21, 10.22': { 'location = /m proxy_pass': 'refused' },
  'request 10.23': { 'location = /m proxy_pass': 'refused' },
  'request 10.24': { 'location = /m proxy_pass': 'refused' },
  'request 10.25, 10.26': { 'location = /m proxy_pass': 'refused' },
  'request 10.30': { 'location = /p proxy_pass': 'refused' },
  'request 10.31': { 'location @p proxy_pass': 'refused' },
  'request 10.32': { 'location = /p proxy_pass': 'refused' },
  'request 10.33': { 'location @p proxy_pass': 'refused' },
  'request 10.40': { 'location = /inc proxy_pass': 'refused' },
  'request 10.41': { 'location = /inc proxy_pass': 'refused' },
  'request 16.7': { 'location @x proxy_pass': 'refused', 'location = /hidden proxy_pass': 'refused' },
  'request 16.14': { 'location / proxy_pass': 'unknown refused unknown' },
};

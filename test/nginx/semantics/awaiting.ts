/**
 * Cells in which the access table does not say yet what it should: document and row number → the sites. A cell that says it
 * fails the test of its row, so that it is taken from this list.
 */
export const AWAITING: Readonly<Record<string, readonly string[]>> = {
  'request 4.11': ['location /0 > if ($arg_x = a${arg_y}b) return'],
  'request 4.13c': ['location /0 > if ($http_x_a=abc) return'],
  'request 5.12': ['location / > if ($m512 = q-q-7) return'],
  'request 5.19j': ['location / > if ($arg_x = 1) return'],
  'request 5.21': ['location ~ ^/(a) > if ($g = z) return'],
  'request 5.42': ['location / > if ($g542 = in) return'],
  'request 5.49': ['location / > if ($g549 = 3) return'],
  'request 6.33': ['server static'],
  'request 7.8': ['location /z > if ($arg_b) return'],
  'request 5.60': ['location / > if ($s560 = b) return'],
  'request 8.34': ['location @b proxy_pass'],
  'request 8.34b': ['location @b proxy_pass'],
  'request 8.41': ['location @b proxy_pass'],
  'request 8.42': ['location @b proxy_pass'],
  'request 9.11': ['location @r return'],
  'request 9.12': ['location /2 proxy_pass'],
  'request 9.23': ['location @b proxy_pass'],
  'request 9.23b': ['location @b proxy_pass'],
  'request 10.61': ['location @b proxy_pass'],
};

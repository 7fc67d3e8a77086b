import { ANYBODY, type Row, type Section, TRUSTED, UNDER_A_CONDITION } from './rows.js';

const from = '127.0.0.9';
const header = (...lines: readonly (readonly [string, string])[]) => ({ headers: lines });

/** A server that answers where a variable has a value. */
function shows(condition: string, row: Pick<Row, 'id' | 'title' | 'requests'> & Partial<Row>, before = ''): Row {
  return {
    server: `${before} location / { if (${condition}) { TEXT 1 } return 403; }`,
    access: { [`location / > if (${condition}) return`]: ANYBODY },
    ...row,
  };
}

const YES = 'return 1 200';
const NO = 'refused 403';

export const section: Section = {
  document: 'request',
  name: '13 what the client controls',
  rows: [
    shows('$remote_addr = 127.0.0.9', {
      id: '13.1',
      title: 'the address is the peer, whatever headers say',
      requests: [
        ['GET /', { from }, YES],
        ['GET /', header(['X-Real-IP', '127.0.0.9'], ['X-Forwarded-For', '127.0.0.9']), NO],
      ],
      access: { 'location / > if ($remote_addr = 127.0.0.9) return': UNDER_A_CONDITION },
    }),
    shows(
      '$remote_addr = 10.0.0.1',
      {
        id: '13.2',
        title: 'realip takes X-Real-IP of a trusted peer, unless it is malformed',
        requests: [
          ['GET /', { from, ...header(['X-Real-IP', '10.0.0.1']) }, YES],
          ['GET /', { from, ...header(['X-Real-IP', 'bogus']) }, NO],
          ['GET /', header(['X-Real-IP', '10.0.0.1']), NO],
        ],
        access: { 'location / > if ($remote_addr = 10.0.0.1) return': UNDER_A_CONDITION },
      },
      'set_real_ip_from 127.0.0.9;',
    ),
    shows(
      '$remote_addr = 10.0.0.1',
      {
        id: '13.3, 13.3c',
        title: 'where everybody is trusted the last address of the header is what the client says',
        requests: [
          ['GET /', header(['X-Forwarded-For', '10.0.0.1']), YES],
          ['GET /', header(['X-Forwarded-For', '9.9.9.9, 10.0.0.1']), YES],
          ['GET /', header(['X-Forwarded-For', '10.0.0.1, 9.9.9.9']), NO],
          ['GET /', NO],
        ],
      },
      'set_real_ip_from 0.0.0.0/0; real_ip_header X-Forwarded-For;',
    ),
    shows(
      '$remote_addr = 1.2.3.4',
      {
        id: '13.3b',
        title: 'recursive skips trusted addresses from the right',
        requests: [
          ['GET /', { from, ...header(['X-Forwarded-For', '6.6.6.6, 1.2.3.4, 10.0.0.2']) }, YES],
          ['GET /', { from, ...header(['X-Forwarded-For', '1.2.3.4, 6.6.6.6']) }, NO],
        ],
        access: { 'location / > if ($remote_addr = 1.2.3.4) return': UNDER_A_CONDITION },
      },
      'set_real_ip_from 127.0.0.9; set_real_ip_from 10.0.0.0/8; real_ip_header X-Forwarded-For; real_ip_recursive on;',
    ),
    {
      id: '13.4',
      title: 'realip of a location acts behind its program and in front of its rules',
      server: `location / { set_real_ip_from 0.0.0.0/0; allow 10.0.0.1; deny all; try_files /none @r; }
        location @r { if ($remote_addr = 10.0.0.1) { TEXT 1 } TEXT 2 }`,
      requests: [
        ['GET /', header(['X-Real-IP', '10.0.0.1']), 'return 1 200'],
        // The rules know the address by its IPv4 half, the variable shows it as it was written.
        ['GET /', header(['X-Real-IP', '::ffff:10.0.0.1']), 'return 2 200'],
        ['GET /', 'refused 403'],
      ],
      access: {
        'location / static': ANYBODY,
        'location @r > if ($remote_addr = 10.0.0.1) return': ANYBODY,
        'location @r return': ANYBODY,
      },
    },
    {
      id: '13.4b',
      title: 'an address that was read early stays',
      server: `location / { set_real_ip_from 0.0.0.0/0; set $k $remote_addr; allow 10.0.0.1; deny all; try_files /none @r; }
        location @r { if ($remote_addr = 10.0.0.1) { TEXT 1 } TEXT 2 }`,
      requests: [['GET /', header(['X-Real-IP', '10.0.0.1']), 'return 2 200']],
      access: {
        'location / static': ANYBODY,
        // A peer that has that address is another matter.
        'location @r > if ($remote_addr = 10.0.0.1) return': UNDER_A_CONDITION,
        'location @r return': ANYBODY,
      },
    },
    {
      id: '13.5',
      title: 'who connects to a listener with proxy_protocol without its line is turned away',
      http: `server { listen 127.0.0.1:PLAIN_PORT proxy_protocol; server_name a.test; location / { SITE 1 } }`,
      requests: [['GET /', { to: 'plain' }, 'closed 0']],
      access: { 'location / proxy_pass': 'reached' },
    },
    {
      id: '13.6',
      title: 'without a Host header it is the first name of the server',
      server: 'location / { if ($host = a.test) { TEXT 1 } return 403; }',
      requests: [
        ['GET /', { host: null, version: '1.0' }, 'return 1 200'],
        ['GET /', { host: 'q.test' }, 'refused 403'],
      ],
      access: { 'location / > if ($host = a.test) return': ANYBODY },
    },
    shows('$host = evil.test', {
      id: '13.6',
      title: 'the host is that of the target, else of the header, folded, without port and final dot',
      requests: [
        ['GET /', { host: 'EVIL.Test:99' }, YES],
        ['GET /', { host: 'evil.test.' }, YES],
        ['GET http://evil.test/', YES],
        ['GET http://a.test/', { host: 'evil.test' }, NO],
      ],
    }),
    {
      id: '13.6b',
      title: 'odd hosts, and refused ones',
      server: 'location / { if ($host = "a,b;c") { TEXT 1 } if ($host ~ [^a-z.]) { TEXT 2 } return 403; }',
      requests: [
        ['GET /', { host: 'a,b;c' }, 'return 1 200'],
        ['GET /', { host: 'a@b' }, 'return 2 200'],
        ['GET /', { host: '\xc3\xa9' }, 'return 2 200'],
        ['GET /', { host: 'a/b' }, 'refused 400'],
        ['GET /', { host: 'a b' }, 'refused 400'],
        ['GET /', { host: 'a..b' }, 'refused 400'],
      ],
      access: {
        'location / > if ($host = a,b;c) return': ANYBODY,
        'location / > if ($host ~ [^a-z.]) return': ANYBODY,
      },
    },
    shows('$http_host = evil.test', {
      id: '13.6c',
      title: 'the raw Host header is the one of the client',
      requests: [['GET http://a.test/', { host: 'evil.test' }, YES]],
    }),
    {
      id: '13.6c',
      title: 'it keeps case and port, and need not name the host of an absolute target, nor be there',
      server: `location /1 { if ($http_host = A.TEST) { TEXT 1 } return 403; } location /2 { if ($http_host = a.test:81) { TEXT 2 } return 403; }
        location /3 { if ($http_host = other.test) { TEXT 3 } return 403; } location /4 { if ($http_host) { return 403; } TEXT 4 }
        location /5 { if ($http_host = "a/b") { TEXT 5 } return 403; } location /6 { if ($host = A.TEST) { TEXT 6 } return 403; }
        location / { return 404; }`,
      requests: [
        ['GET /1', { host: 'A.TEST' }, 'return 1 200'],
        ['GET /2', { host: 'a.test:81' }, 'return 2 200'],
        ['GET http://a.test/3', { host: 'other.test' }, 'return 3 200'],
        ['GET http://a.test/4', { host: null, version: '1.0' }, 'return 4 200'],
        ['GET /4', { host: null, version: '1.0' }, 'return 4 200'],
        ['GET /5', { host: 'a/b' }, 'refused 400'],
        ['GET /6', { host: 'A.TEST' }, 'refused 403'],
      ],
      access: {
        'location /1 > if ($http_host = A.TEST) return': ANYBODY,
        'location /2 > if ($http_host = a.test:81) return': ANYBODY,
        'location /3 > if ($http_host = other.test) return': ANYBODY,
        'location /4 return': ANYBODY,
        'location /5 > if ($http_host = a/b) return': 'refused',
        'location /6 > if ($host = A.TEST) return': 'refused',
      },
    },
    {
      id: '13.7',
      title: 'scheme and port are those of the connection',
      server: `PLAIN if ($http_x_forwarded_proto = https) { set $k 1; } location / { if ($scheme = http) { TEXT 1 } if ($https = on) { TEXT 2 } return 403; }`,
      requests: [
        ['GET http://a.test/', header(['X-Forwarded-Proto', 'http']), 'return 2 200'],
        ['GET https://a.test/', { to: 'plain' }, 'return 1 200'],
      ],
      access: {
        'location / > if ($scheme = http) return': 'reached',
        'location / > if ($https = on) return': ANYBODY,
      },
    },
    shows('$arg_ab = 1', {
      id: '13.10',
      title: 'arguments: the first copy, without case of the name',
      requests: [
        ['GET /?AB=1&ab=2', YES],
        ['GET /?ab=2&AB=1', NO],
      ],
    }),
    shows('$cookie_ck = 3', {
      id: '13.10b',
      title: 'cookies: without case of the name',
      requests: [
        ['GET /', header(['Cookie', 'CK=3']), YES],
        ['GET /', NO],
      ],
    }),
    shows('$http_x_a = 1', {
      id: '13.9',
      title: 'headers: dashes and case do not matter, underscores are dropped',
      requests: [
        ['GET /', header(['x-a', '1']), YES],
        ['GET /', header(['X_A', '1']), NO],
      ],
    }),
    shows(
      '$http_x_a = 2',
      {
        id: '13.9b',
        title: 'unless they are allowed, where the first of both counts',
        requests: [
          ['GET /', header(['X_A', '2'], ['X-A', '1']), YES],
          ['GET /', header(['X-A', '1'], ['X_A', '2']), NO],
        ],
      },
      'underscores_in_headers on;',
    ),
    shows('$http_x_forwarded_for = "a, b"', {
      id: '13.9c',
      title: 'X-Forwarded-For is joined',
      requests: [
        ['GET /', header(['X-Forwarded-For', 'a'], ['X-Forwarded-For', 'b']), YES],
        ['GET /', header(['X-Forwarded-For', 'a']), NO],
      ],
      access: { 'location / > if ($http_x_forwarded_for = a, b) return': ANYBODY },
    }),
    shows('$remote_user = admin', {
      id: '13.11',
      title: 'the user is the name that the client claims',
      requests: [
        ['GET /', header(['Authorization', 'Basic YWRtaW46eA==']), YES],
        ['GET /', header(['Authorization', 'Basic dTpw']), NO],
        ['GET /', NO],
      ],
    }),
    {
      id: '13.13, 13.13b',
      title: 'SNI is the text of the client, whatever Host and certificate are',
      server: 'location / { if ($ssl_server_name = other.test) { TEXT 1 } return 403; }',
      requests: [
        ['GET /', { sni: 'other.test', certificate: 'trusted' }, YES],
        ['GET /', { sni: null, host: 'other.test' }, NO],
      ],
      access: { 'location / > if ($ssl_server_name = other.test) return': ANYBODY },
    },
    {
      id: '13.15',
      title: 'a variable that was never set is empty',
      server: 'if ($arg_a = z) { set $q 1; } location / { if ($q = "") { TEXT 1 } TEXT 2 }',
      requests: [
        ['GET /', 'return 1 200'],
        ['GET /?a=z', 'return 2 200'],
      ],
      access: { 'location / > if ($q = ) return': ANYBODY, 'location / return': ANYBODY },
    },
    {
      id: '13.18',
      title: 'the method is GET behind the URI of an error page, and unchanged behind a named one',
      server: `location /u { error_page 404 = /m; return 404; } location = /m { internal; if ($request_method = POST) { TEXT 1 } TEXT 2 }
        location /n { error_page 404 = @m; return 404; } location @m { if ($request_method = POST) { TEXT 3 } TEXT 4 } location / { return 403; }`,
      requests: [
        ['POST /u', 'return 2 200'],
        ['POST /n', 'return 3 200'],
        ['GET /n', 'return 4 200'],
      ],
      access: {
        'location = /m > if ($request_method = POST) return': 'refused',
        'location = /m return': ANYBODY,
        'location @m > if ($request_method = POST) return': ANYBODY,
        'location @m return': ANYBODY,
      },
    },
    {
      id: '13.19',
      title: 'the URI follows rewrites, the raw target does not',
      server: `location /q { rewrite ^ /new/ last; return 404; } location /new/ { if ($request_uri ~ ^/q) { TEXT 1 } TEXT 2 } location / { return 404; }`,
      requests: [
        ['GET /q', 'return 1 200'],
        ['GET /new/', 'return 2 200'],
      ],
      access: {
        'location /new/ > if ($request_uri ~ ^/q) return': ANYBODY,
        'location /new/ return': ANYBODY,
      },
    },
    {
      id: '13.20',
      title: 'a refusal on the raw target is dodged by encoding, one on the path is not',
      server: `location /r/ { if ($request_uri ~ ^/r/adm) { return 403; } if ($uri ~ ^/r/adm) { TEXT 1 } return 404; }
        location /u/ { if ($uri ~ ^/u/adm) { return 403; } if ($uri ~ ^/u/adm) { TEXT 2 } return 404; } location / { return 404; }`,
      requests: [
        ['GET /r/adm', 'refused 403'],
        ['GET /r/%61dm', 'return 1 200'],
        ['GET //r/adm', 'return 1 200'],
        ['GET /u/%61dm', 'refused 403'],
        ['GET //u/adm', 'refused 403'],
      ],
      access: {
        'location /r/ > if ($uri ~ ^/r/adm) return': ANYBODY,
        'location /u/ > if ($uri ~ ^/u/adm) return': 'refused',
      },
    },
    {
      id: '13.20b',
      title: 'an exemption on the raw target is forged by the arguments',
      server: `set $g 1; if ($request_uri ~ "/health") { set $g 0; } if ($ssl_client_verify = SUCCESS) { set $g 0; }
        if ($g) { return 403; } location / { SITE 1 } location /health { return 404; }`,
      requests: [
        ['GET /app', 'refused 403'],
        ['GET /app?/health', 'proxy_pass 1 200'],
      ],
      access: { 'location / proxy_pass': ANYBODY },
    },
    {
      id: '13.20c',
      title: 'an anchored one by dot segments',
      server: `set $g 1; if ($request_uri ~ "^/health/") { set $g 0; } if ($g) { return 403; }
        location /health/ { return 404; } location / { proxy_pass http://site-1/; }`,
      requests: [
        ['GET /app', 'refused 403'],
        ['GET /health/../app', 'proxy_pass 1 200 GET /app'],
      ],
      access: { 'location / proxy_pass': ANYBODY },
    },
    {
      id: '13.21',
      title: 'a check of a repeated header sees its first copy',
      server: 'location / { if ($http_x_role = admin) { return 403; } SITE 1 }',
      requests: [
        ['GET /', header(['X-Role', 'user'], ['X-Role', 'admin']), 'proxy_pass 1 200'],
        ['GET /', header(['X-Role', 'admin']), 'refused 403'],
      ],
      access: { 'location / proxy_pass': ANYBODY },
    },
    {
      id: '13.22',
      title: 'the client chooses between the protocols that there are without a Host, and with one',
      http: `server { TLS server_name a.test; ssl_verify_client optional; if ($server_protocol ~ "^HTTP/[23]") { return 200 "return-4"; }
        if ($server_protocol != HTTP/1.1) { return 403; } location / { if ($http2) { TEXT 5 } TEXT 6 } }
        server { TLS server_name ""; ssl_verify_client optional;
        location / { if ($server_protocol = HTTP/1.1) { TEXT 1 } if ($server_protocol = HTTP/1.0) { TEXT 2 } GUARD TEXT 3 } }`,
      requests: [
        ['GET /', { host: null, sni: null, version: '1.0' }, 'return 2 200'],
        ['GET /', { version: '1.0' }, 'refused 403'],
        ['GET /', 'return 6 200'],
      ],
      access: {
        ': location / > if ($server_protocol = HTTP/1.1) return': 'refused',
        ': location / > if ($server_protocol = HTTP/1.0) return': ANYBODY,
        // Only HTTP/0.9 gets by both tests, of which no request is looked for.
        ': location / return': 'refused refused unknown',
        'a.test: if ($server_protocol ~ ^HTTP/[23]) return': 'refused',
        'a.test: location / > if ($http2) return': 'refused',
        'a.test: location / return': ANYBODY,
      },
    },
    {
      id: '13.23',
      title: 'type and length of a body are what the client announces, and a length is a number',
      server: `if ($content_type = text/xml) { return 200 "return-1"; } if ($content_length = 5) { return 200 "return-2"; }
        if ($http_content_length ~ [^0-9]) { return 200 "return-3"; } location / { GUARD TEXT 4 }`,
      requests: [
        ['GET /', { headers: [['Content-Type', 'text/xml']] }, 'return 1 200'],
        ['POST /', { body: 5 }, 'return 2 200'],
        ['POST /', { body: 6 }, 'refused 403'],
      ],
      access: {
        'if ($content_type = text/xml) return': ANYBODY,
        'if ($content_length = 5) return': ANYBODY,
        'if ($http_content_length ~ [^0-9]) return': 'refused',
        'location / return': TRUSTED,
      },
    },
  ],
};

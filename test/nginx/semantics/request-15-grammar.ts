import { ANYBODY, type Section, TRUSTED } from './rows.js';

const trusted = { certificate: 'trusted' } as const;
const REST = 'location / { return 404; }';

export const section: Section = {
  document: 'request',
  name: '15 lexical grammar, where the reading decides who gets in',
  rows: [
    {
      id: '15 quoted words',
      title: 'quoted and bare words are equal, as names of directives too',
      server: `"if" ($ssl_client_verify != 'SUCCESS') { "return" '403'; } "location" '/' { SITE 1 }`,
      requests: [
        ['GET /', 'refused 403'],
        ['GET /', trusted, 'proxy_pass 1 200'],
      ],
      access: { 'location / proxy_pass': TRUSTED },
    },
    {
      id: '15 comments',
      title: 'a comment starts at a word alone and ends at a line feed, not at a carriage return',
      server: `location /a#b { TEXT 1 } location /c { # note\r GUARD\n SITE 2 } location /d { SITE 3 #;\nGUARD } location / { return 404; }`,
      requests: [
        ['GET /a%23b', 'return 1 200'],
        ['GET /c', 'proxy_pass 2 200'],
        ['GET /d', 'refused 403'],
      ],
      access: {
        'location /a#b return': ANYBODY,
        'location /c proxy_pass': ANYBODY,
        'location /d proxy_pass': TRUSTED,
      },
    },
    {
      id: '15 braces',
      title: 'a brace in a word is part of it',
      server: `location /a}b { TEXT 1 } location "/c{d" { TEXT 2 } location ~ "^/e{2}$" { TEXT 3 } location / { set $k "}"; return 404; }`,
      requests: [
        ['GET /a}b', 'return 1 200'],
        ['GET /c{d', 'return 2 200'],
        ['GET /ee', 'return 3 200'],
      ],
      access: {
        'location /a}b return': ANYBODY,
        'location /c{d return': ANYBODY,
        'location ~ ^/e{2}$ return': ANYBODY,
      },
    },
    {
      id: '15 backslash',
      title: 'a backslash goes in front of quotes and itself, and stays elsewhere',
      server: `location ~ \\.txt$ { TEXT 1 } location /q { if ($arg_x = "a\\"b") { TEXT 2 } return 403; }
        location /s { if ($arg_x = "a\\\\b") { TEXT 3 } return 403; } location /d { if ($arg_x = "a\\d") { TEXT 4 } return 403; } ${REST}`,
      requests: [
        ['GET /atxt', 'refused 404'],
        ['GET /a.txt', 'return 1 200'],
        ['GET /q?x=a"b', 'return 2 200'],
        ['GET /s?x=a\\b', 'return 3 200'],
        ['GET /d?x=a\\d', 'return 4 200'],
      ],
      access: {
        'location ~ \\.txt$ return': ANYBODY,
        'location /q > if ($arg_x = a"b) return': ANYBODY,
        'location /s > if ($arg_x = a\\b) return': ANYBODY,
        'location /d > if ($arg_x = a\\d) return': ANYBODY,
      },
    },
    {
      id: '15 variables',
      title: 'a group has one digit, and braces end a name',
      server: `location ~ ^/g/(.)$ { set $v $10; if ($v = a0) { TEXT 1 } return 403; }
        location /b { set $w x; set $v "\${w}y"; if ($v = xy) { TEXT 2 } return 403; } ${REST}`,
      requests: [
        ['GET /g/a', 'return 1 200'],
        ['GET /g/b', 'refused 403'],
        ['GET /b', 'return 2 200'],
      ],
      access: {
        'location ~ ^/g/(.)$ > if ($v = a0) return': ANYBODY,
        'location /b > if ($v = xy) return': ANYBODY,
      },
    },
    {
      id: '15 flags',
      title: 'the case of flags does not matter, that of other words does',
      server: `location = /other/ { autoindex ON; } location /s { satisfy ANY; deny all; auth_request /yes; SITE 1 }
        location = /yes { return 204; } ${REST}`,
      requests: [
        ['GET /other/', 'static 200'],
        ['GET /s', 'proxy_pass 1 200'],
      ],
      access: { 'location = /other/ static': ANYBODY, 'location /s proxy_pass': ANYBODY },
    },
  ],
};

import * as assert from 'uvu/assert';
import { ASSUMED_ENVIRONMENT, type Environment, evaluate } from '../../../src/analysis/evaluate.js';
import type { Request } from '../../../src/analysis/request.js';
import { agrees, endingOfAnswer, endingOfTrace, modelOf } from '../../support/differential.js';
import { freePorts, mainFile, requireNginx, withNginx } from '../../support/nginx.js';
import { sendAll } from '../../support/send.js';
import { describe } from '../../support/suite.js';

/** What a case sends; the rest is GET / from 127.0.0.1 to the first port. */
interface Sent {
  readonly target?: string;
  readonly from?: string;
  readonly headers?: readonly (readonly [string, string])[];
  /** Which of the three ports, or `six` for the first one on ::1. */
  readonly to?: 0 | 1 | 2 | 'six';
  readonly proxyProtocol?: string;
}

function requestOf(
  { target = '/', from, headers = [], to = 0, proxyProtocol }: Sent,
  ports: readonly number[],
): Request {
  return {
    connect: {
      address: to === 'six' ? '::1' : '127.0.0.1',
      port: ports[to === 'six' ? 0 : to]!,
      ...(proxyProtocol === undefined ? {} : { proxyProtocol }),
    },
    sourceAddress: from ?? (to === 'six' ? '::1' : '127.0.0.1'),
    tls: null,
    http: { method: 'GET', target, headers: [['Host', 'a.test'], ...headers] },
  };
}

/** nginx must answer as listed (`what status`), and the evaluator must agree. `PORT0` … stand for free ports. */
async function agree(http: string, cases: readonly (readonly [sent: Sent, ending: string])[]): Promise<void> {
  if (!requireNginx()) return;
  const ports = await freePorts(3);
  const text = mainFile(http.replace(/PORT(\d)/g, (_, at: string) => String(ports[Number(at)])));
  const requests = cases.map(([sent]) => requestOf(sent, ports));
  const answers = await withNginx({ 'nginx.conf': text }, () => sendAll(requests));
  const observed = answers.map(endingOfAnswer);
  assert.equal(
    observed.map(({ what, status }) => `${what} ${status}`),
    cases.map(([, ending]) => ending),
  );
  const model = modelOf(text);
  for (const [index, request] of requests.entries()) {
    const expected = endingOfTrace(evaluate(model, request, NO_FILES));
    const shown = `${JSON.stringify(cases[index])} ${JSON.stringify(expected)}`;
    assert.ok(agrees(request, observed[index]!, expected), shown);
  }
}

const NO_FILES: Environment = { ...ASSUMED_ENVIRONMENT, fileAt: () => 'absent' };

const LISTEN = 'listen 127.0.0.1:PORT0;';

/** One location for each text of the address; anything else is 403. */
function telling(variable: string, texts: readonly string[]): string {
  return texts.map((text, at) => `if (${variable} = "${text}") { return 200 "return-${at + 1}"; }`).join('\n');
}

describe('addresses, evaluator against nginx', it => {
  it('reads addresses as nginx does, whatever their spelling', async () => {
    const texts = [
      '1.0.2.3',
      '10.1.2.3',
      '2001:db8::1',
      '::ffff:1.2.3.4',
      '2001:db8:0:1:1:1:1:1',
      '::1.2.3.4',
      '1::',
      '127.0.0.1',
      '::0.0.255.2',
      '::0.1.0.1',
      '1:2:3:4:5:6:7:8',
    ];
    const name = (value: string, ending: string): [Sent, string] => [{ headers: [['X-Real-IP', value]] }, ending];
    await agree(`server { ${LISTEN} set_real_ip_from 127.0.0.0/8; ${telling('$remote_addr', texts)} return 403; }`, [
      name('1..2.3', 'return 1 200'),
      name('0010.01.2.3', 'return 2 200'),
      name('10.1.2.3:80', 'return 2 200'),
      name('10.1.2.3:0', 'return 8 200'),
      name('10.1.2.3:65536', 'return 8 200'),
      name('10.1.2.256', 'return 8 200'),
      name('[10.1.2.3]:80', 'return 2 200'),
      name('9.9.9.9, 10.1.2.3 ,', 'return 2 200'),
      name(',10.1.2.3', 'return 8 200'),
      name('10.1.2.3, nobody', 'return 8 200'),
      name('2001:DB8:0:0::1', 'return 3 200'),
      name('[2001:db8::1]:80', 'return 3 200'),
      name('[2001:db8::1]', 'return 8 200'),
      name('::ffff:102:304', 'return 4 200'),
      name('2001:db8:0:1:1:1:1:1', 'return 5 200'),
      name('::102:304', 'return 6 200'),
      name('1:0:0:0:0:0:0:0', 'return 7 200'),
      name('::ff02', 'return 9 200'),
      name('::1:1', 'return 10 200'),
      name(':1:2:3:4:5:6:7:8', 'return 11 200'),
      name('1:2:3:4:5:6:7:8:', 'return 8 200'),
      name('1:2:3:4:5:6:0.7.0.8', 'return 11 200'),
      name('1:2:3:4:5:6:7::', 'return 8 200'),
      name(':2001:db8::1', 'return 3 200'),
      name('2001:db8:::1', 'return 8 200'),
      name('::1:1:', 'refused 403'),
      name(':1::', 'return 7 200'),
      name('1::0:', 'return 7 200'),
      name('::ffff:0001..3.04', 'refused 403'),
      name('::ffff:0001.2.3.0000004', 'return 4 200'),
      name('::ffff:00001.2.3.4', 'return 8 200'),
      name('::255.255.255.255', 'return 8 200'),
      name(':1.2.3.4', 'return 8 200'),
      name('255.255.255.255', 'return 8 200'),
      name('', 'return 8 200'),
    ]);
  });

  it('believes trusted peers only, once, and after the server program where a location says so', async () => {
    const real = (value: string, from?: string): Sent => ({
      headers: [['X-Real-IP', value]],
      ...(from === undefined ? {} : { from }),
    });
    await agree(
      `server { ${LISTEN}
        location /in { set_real_ip_from 127.0.0.1; if ($remote_addr = 10.0.0.1) { return 402; }
          allow 10.0.0.1; deny all; empty_gif; }
        location /twice { set_real_ip_from 127.0.0.1; set_real_ip_from 10.0.0.1; error_page 403 = /again; allow 10.0.0.2; deny all; empty_gif; }
        location /again { set_real_ip_from 10.0.0.1; allow 10.0.0.1; deny all; empty_gif; }
        location /late { set_real_ip_from 127.0.0.1; deny all; error_page 403 = /cached; if ($remote_addr = 127.0.0.1) { set $x 1; } }
        location /cached { if ($remote_addr = 10.0.0.1) { return 200 "return-1"; } allow 10.0.0.1; deny all; empty_gif; } }`,
      [
        [{ ...real('10.0.0.1'), target: '/in' }, 'empty_gif 200'],
        [{ ...real('10.0.0.1', '127.0.0.2'), target: '/in' }, 'refused 403'],
        [{ target: '/in' }, 'refused 403'],
        [{ ...real('10.0.0.1'), target: '/twice' }, 'empty_gif 200'],
        [{ ...real('10.0.0.1'), target: '/late' }, 'empty_gif 200'],
      ],
    );
  });

  it('admits the IPv6 spelling of an address that a rule names, whose text is another', async () => {
    const real = (value: string): Sent => ({ headers: [['X-Real-IP', value]] });
    await agree(
      `server { ${LISTEN} location / { set_real_ip_from 127.0.0.1; allow 10.0.0.1; deny all; try_files /none @r; }
        location @r { if ($remote_addr = 10.0.0.1) { return 200 "return-1"; } return 200 "return-2"; } }`,
      [
        [real('10.0.0.1'), 'return 1 200'],
        [real('::ffff:10.0.0.1'), 'return 2 200'],
        [real('10.0.0.2'), 'refused 403'],
      ],
    );
  });

  it('takes server settings for the location where an error came before them', async () => {
    await agree(
      `server { ${LISTEN} set_real_ip_from 127.0.0.0/8; error_page 501 = /e;
        if ($remote_addr = 127.0.0.1) { set $was peer; }
        location /e { allow 10.0.0.1; deny all; if ($was = peer) { set $x 1; } empty_gif; } }`,
      [
        [
          {
            headers: [
              ['X-Real-IP', '10.0.0.1'],
              ['Transfer-Encoding', 'gzip'],
            ],
          },
          'empty_gif 200',
        ],
      ],
    );
  });

  it('walks back through X-Forwarded-For as far as proxies are trusted', async () => {
    const trust = 'set_real_ip_from 127.0.0.1; set_real_ip_from 10.0.0.0/8; real_ip_header X-Forwarded-For;';
    const said = (...values: string[]): Sent => ({ headers: values.map(value => ['X-Forwarded-For', value] as const) });
    const texts = ['192.0.2.1', '10.0.0.2', '10.0.0.3', '127.0.0.1'];
    await agree(
      `server { ${LISTEN} ${trust} real_ip_recursive on; ${telling('$remote_addr', texts)} return 403; }
       server { listen 127.0.0.1:PORT1; ${trust} ${telling('$remote_addr', texts)} return 403; }
       server { listen 127.0.0.1:PORT2; ${trust} real_ip_recursive on; real_ip_header X-Other; ${telling('$remote_addr', texts)} return 403; }`.replace(
        'real_ip_header X-Forwarded-For; real_ip_recursive on; real_ip_header X-Other;',
        'real_ip_recursive on; real_ip_header X-Other;',
      ),
      [
        [said('192.0.2.1, 10.0.0.2'), 'return 1 200'],
        [said('192.0.2.1', '10.0.0.2'), 'return 1 200'],
        [said('10.0.0.3,10.0.0.2'), 'return 3 200'],
        [said('bad, 10.0.0.2'), 'return 2 200'],
        [said('bad', '10.0.0.2'), 'return 2 200'],
        [said('10.0.0.2', 'bad'), 'return 4 200'],
        [said(',10.0.0.2'), 'return 4 200'],
        [{ ...said('192.0.2.1, 10.0.0.2'), to: 1 }, 'return 2 200'],
        [{ ...said('192.0.2.1', '10.0.0.2'), to: 1 }, 'return 2 200'],
        [{ ...said('192.0.2.1', '10.0.0.2'), to: 2 }, 'return 4 200'],
        [
          {
            to: 2,
            headers: [
              ['X-Other', '192.0.2.1, 10.0.0.2'],
              ['X-Other', '10.0.0.3'],
            ],
          },
          'return 1 200',
        ],
      ],
    );
  });

  it('reads the address of the PROXY line, which realip may make the client', async () => {
    await agree(
      `server { listen 127.0.0.1:PORT0 proxy_protocol; ${telling('$proxy_protocol_addr', ['10.0.0.1'])} allow 10.0.0.2; deny all; location / { empty_gif; } }
       server { listen 127.0.0.1:PORT1 proxy_protocol; set_real_ip_from 127.0.0.1; real_ip_header proxy_protocol;
         allow 10.0.0.2; allow 2001:db8::/32; deny all; location / { empty_gif; } }`,
      [
        [{ proxyProtocol: '10.0.0.1' }, 'return 1 200'],
        [{ proxyProtocol: '10.0.0.2' }, 'refused 403'],
        [{ proxyProtocol: '' }, 'refused 403'],
        [{}, 'closed 0'],
        [{ proxyProtocol: '10.0.0.2', to: 1 }, 'empty_gif 200'],
        [{ proxyProtocol: '2001:db8::7', to: 1 }, 'empty_gif 200'],
        [{ proxyProtocol: '10.0.0.2', to: 1, from: '127.0.0.2' }, 'refused 403'],
        [{ proxyProtocol: '', to: 1 }, 'refused 403'],
      ],
    );
  });

  it('finds the entry of a geo, and the last address where there is none', async () => {
    const geo = `geo $arg_ip $g { default 1; 10.0.0.0/8 2; 10.1.0.0/16 3; 10.1.0.0/16 4; 2001:db8::/32 5; 255.255.255.255 6; 10.2.0.0/16 7; delete 10.2.0.0/16; ::/0 8; }
      geo $arg_ip $r { ranges; default 1; 10.0.0.0-10.0.0.255 2; 10.0.0.16-10.0.0.31 3; 10.1.0.0-255.255.255.254 5; }
      geo $arg_ip $n { 0.0.0.0/0 1; default 2; } geo $arg_ip $m { default 2; 0.0.0.0/0 1; } geo $arg_ip $none { 10.0.0.0/8 1; }`;
    const asked = (variable: string, ip: string, ending: number | 'none'): [Sent, string] => [
      { target: `/${variable}?ip=${ip}` },
      ending === 'none' ? 'refused 403' : `return ${ending} 200`,
    ];
    const location = (name: string): string =>
      `location /${name} { ${telling(`$${name}`, ['1', '2', '3', '4', '5', '6', '7', '8'])} return 403; }`;
    await agree(`${geo} server { ${LISTEN} ${['g', 'r', 'n', 'm', 'none'].map(location).join('\n')} }`, [
      asked('g', '10.9.9.9', 2),
      asked('g', '10.1.9.9', 4),
      asked('g', '10.2.9.9', 2),
      asked('g', '11.0.0.0', 1),
      asked('g', '0010...1', 2),
      asked('g', '2001:DB8::1', 5),
      asked('g', '2002::', 8),
      asked('g', '::ffff:10.1.0.0', 4),
      asked('g', '255.255.255.255', 6),
      asked('g', '', 6),
      asked('g', 'x', 6),
      asked('g', '10.1.2.3:80', 6),
      asked('r', '10.0.0.1', 2),
      asked('r', '10.0.0.20', 3),
      asked('r', '10.0.1.0', 1),
      asked('r', '2001:db8::1', 1),
      asked('r', '::ffff:10.0.0.17', 3),
      asked('r', 'x', 1),
      asked('r', '10.2.3.4', 5),
      asked('r', '255.255.255.255', 1),
      asked('n', '10.0.0.1', 2),
      asked('m', '10.0.0.1', 1),
      asked('m', '2001:db8::1', 2),
      asked('none', '11.0.0.0', 'none'),
    ]);
  });

  it('asks geo for the address that a proxy forwards, in X-Forwarded-For alone', async () => {
    const geo = (name: string, extra: string): string =>
      `geo $${name} { default 1; proxy 127.0.0.1; proxy 10.0.0.0/8; ${extra} 192.0.2.0/24 2; 10.0.0.0/8 3; 127.0.0.2 4; }`;
    const tells = (name: string): string => `${telling(`$${name}`, ['1', '2', '3', '4'])} return 403;`;
    const forwarded = (value: string, rest: Sent = {}): Sent => ({ headers: [['X-Forwarded-For', value]], ...rest });
    await agree(
      `${geo('g', '')} ${geo('deep', 'proxy_recursive;')}
       geo $arg_ip $of { default 1; proxy 255.255.255.255; 192.0.2.0/24 2; 255.255.255.255 3; }
       server { ${LISTEN} ${tells('g')} }
       server { listen 127.0.0.1:PORT1; ${tells('deep')} }
       server { listen 127.0.0.1:PORT2; location /of { ${tells('of')} }
         location / { set_real_ip_from 127.0.0.1; allow 192.0.2.1; deny all; empty_gif; } }`,
      [
        [forwarded('192.0.2.1'), 'return 2 200'],
        [forwarded('192.0.2.1, 10.0.0.1'), 'return 3 200'],
        [forwarded('192.0.2.1', { from: '127.0.0.2' }), 'return 4 200'],
        [forwarded('nobody'), 'return 1 200'],
        [{ headers: [['X-Real-IP', '192.0.2.1']] }, 'return 1 200'],
        [forwarded('192.0.2.1, 10.0.0.1', { to: 1 }), 'return 2 200'],
        [forwarded('192.0.2.1', { to: 2, target: '/of?ip=x' }), 'return 3 200'],
        [forwarded('192.0.2.1', { to: 2, target: '/of?ip=1.1.1.1' }), 'return 1 200'],
      ],
    );
  });

  it('asks geo for the address as realip leaves it, and for a variable as it was read', async () => {
    await agree(
      `geo $now { default 1; 192.0.2.1 2; } geo $remote_addr $read { default 1; 192.0.2.1 2; }
       geo $realip_remote_addr $peer { default 1; 127.0.0.1 2; }
       map "$now$read$peer" $all { default 9; 111 1; 222 2; 212 3; 112 4; }
       server { ${LISTEN} location / { set_real_ip_from 127.0.0.1; if ($remote_addr = 1) { return 402; } deny all; error_page 403 = /e; }
         location /e { ${telling('$all', ['1', '2', '3', '4'])} return 404; } }`,
      [
        [{ headers: [['X-Real-IP', '192.0.2.1']] }, 'return 3 200'],
        [{}, 'return 4 200'],
        [{ from: '127.0.0.2' }, 'return 1 200'],
      ],
    );
  });

  it('lets geo and realip read one X-Forwarded-For, each as far as it believes', async () => {
    const trust = 'set_real_ip_from 127.0.0.1; set_real_ip_from 10.0.0.0/8; real_ip_header X-Forwarded-For;';
    const rules = 'allow 192.0.2.1; deny all; if ($g != 1) { return 402; } empty_gif;';
    const forwarded = (value: string, target: string): Sent => ({ target, headers: [['X-Forwarded-For', value]] });
    await agree(
      `geo $g { default 0; proxy 127.0.0.1; 10.0.0.0/8 1; }
       server { ${LISTEN} ${trust} location /near { ${rules} } location /deep { real_ip_recursive on; ${rules} } }
       server { listen 127.0.0.1:PORT1; location /near { ${trust} ${rules} }
         location /deep { ${trust} real_ip_recursive on; ${rules} } }`,
      [
        [{ ...forwarded('192.0.2.1, 10.0.0.1', '/near'), to: 1 }, 'refused 403'],
        [{ ...forwarded('192.0.2.1, 10.0.0.1', '/deep'), to: 1 }, 'empty_gif 200'],
        [{ ...forwarded('10.0.0.1', '/deep'), to: 1 }, 'refused 403'],
        [{ ...forwarded('192.0.2.1', '/deep'), to: 1 }, 'refused 402'],
        [forwarded('192.0.2.1, 10.0.0.1', '/near'), 'refused 403'],
      ],
    );
  });

  it('compares IPv6 peers with IPv6 networks, and the IPv6 spelling of IPv4 with IPv4 ones', async () => {
    await agree(
      `server { listen [::]:PORT0 ipv6only=off; location /a { allow ::1; deny all; empty_gif; }
         location /b { allow 127.0.0.0/8; deny all; empty_gif; }
         location /c { allow ::/0; deny all; empty_gif; }
         location /d { if ($remote_addr = "::ffff:127.0.0.1") { return 200 "return-1"; } return 403; } }`,
      [
        [{ to: 'six', target: '/a' }, 'empty_gif 200'],
        [{ to: 'six', target: '/b' }, 'refused 403'],
        [{ to: 'six', target: '/c' }, 'empty_gif 200'],
        [{ to: 'six', target: '/d' }, 'refused 403'],
      ],
    );
  });
});

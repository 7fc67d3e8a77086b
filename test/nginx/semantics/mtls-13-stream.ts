import type { StreamClient, StreamSection } from './stream-rows.js';

const NOBODY: StreamClient = {};
const TRUSTED: StreamClient = { certificate: 'trusted' };
const OTHER: StreamClient = { certificate: 'other' };
const SELF: StreamClient = { certificate: 'untrusted' };
const PLAIN: StreamClient = { to: 'plain', cleartext: true };

/** Behind a check of the certificate; and without one, in a server that refuses wrong certificates itself. */
const GUARDED = 'refused refused reached';
const ANYBODY = 'reached refused reached';

/** The four kinds of client against one mode. */
function mode(verify: string, answers: readonly [string, string, string, string], access: string) {
  const [nobody, trusted, other, self] = answers;
  return {
    id: `13 ${verify}`,
    title: 'nginx closes the connection of those whom it refuses',
    stream: `server { TLS CERTIFICATES ssl_verify_client ${verify}; SITE 1 }`,
    clients: [
      [NOBODY, nobody],
      [TRUSTED, trusted],
      [OTHER, other],
      [SELF, self],
      [{ cleartext: true }, 'closed'],
    ] as const,
    access: { '1 proxy_pass': access },
  };
}

export const section: StreamSection = {
  document: 'mtls',
  name: '13 stream',
  rows: [
    mode('on', ['closed', 'site-1', 'closed', 'closed'], GUARDED),
    mode('optional', ['site-1', 'site-1', 'closed', 'closed'], ANYBODY),
    mode('optional_no_ca', ['site-1', 'site-1', 'site-1', 'site-1'], 'reached'),
    mode('off', ['site-1', 'site-1', 'site-1', 'site-1'], 'reached'),
    {
      id: '13 variables',
      title: 'a serial number and a name are what the client writes under optional_no_ca',
      stream: `map "$ssl_client_serial $ssl_client_s_dn" $chosen { "01AB CN=root" site-1; "~^[0-9A-F]+ CN=client$" site-2; }
        server { TLS CERTIFICATES ssl_verify_client optional_no_ca; proxy_pass $chosen; }`,
      clients: [
        [NOBODY, 'closed'],
        [{ ...SELF, serial: '01AB', subject: 'CN=root' }, 'site-1'],
        [{ ...SELF, serial: '02', subject: 'CN=client' }, 'site-2'],
      ],
      access: {
        '1 proxy_pass': 'refused reached reached',
        '1 to site-1': 'refused reached reached',
        '1 to site-2': 'refused reached reached',
      },
    },
    {
      id: '13 variables',
      title: 'names are shown from the last part to the first, with commas and no blanks',
      stream: `map $ssl_client_s_dn $chosen { "/O=Acme/CN=kim" site-1; "CN=kim, O=Acme" site-1; "O=Acme,CN=kim" site-1; "cn=KIM,o=acme" site-2; }
        server { TLS CERTIFICATES ssl_verify_client on; proxy_pass $chosen; }`,
      clients: [
        [{ ...TRUSTED, subject: 'CN=kim,O=Acme' }, 'site-2'],
        [{ ...TRUSTED, subject: 'CN=client' }, 'closed'],
      ],
      access: {
        '1 proxy_pass': GUARDED,
        '1 to site-1': GUARDED,
        '1 to site-2': GUARDED,
      },
    },
    {
      id: '13 map',
      title: 'a map of the verdict chooses the back end',
      stream: `map $ssl_client_verify $up { SUCCESS site-1; default site-2; }
        server { TLS CERTIFICATES ssl_verify_client optional; proxy_pass $up; }`,
      clients: [
        [NOBODY, 'site-2'],
        [TRUSTED, 'site-1'],
        [SELF, 'closed'],
      ],
      access: { '1 proxy_pass': ANYBODY, '1 to site-1': GUARDED, '1 to site-2': 'reached refused refused' },
    },
    {
      id: '13 map of optional_no_ca',
      title: 'a deny-list of NONE lets every certificate in',
      stream: `map $ssl_client_verify $up { NONE ""; default site-1; }
        server { TLS CERTIFICATES ssl_verify_client optional_no_ca; proxy_pass $up; }`,
      clients: [
        [NOBODY, 'closed'],
        [TRUSTED, 'site-1'],
        [OTHER, 'site-1'],
        [SELF, 'site-1'],
      ],
      access: { '1 proxy_pass': 'refused reached reached', '1 to site-1': 'refused reached reached' },
    },
    {
      id: '13 trusted certificate',
      title: 'ssl_trusted_certificate widens whom nginx accepts',
      stream: 'server { TLS CERTIFICATES ssl_trusted_certificate OTHER_AUTHORITY; ssl_verify_client on; SITE 1 }',
      clients: [
        [NOBODY, 'closed'],
        [OTHER, 'site-1'],
        [SELF, 'closed'],
      ],
      access: { '1 proxy_pass': GUARDED },
    },
    {
      id: '13 plain and TLS',
      title: 'verification does not touch the listener without TLS',
      stream: `server { TLS PLAIN CERTIFICATES ssl_verify_client on; SITE 1 }`,
      clients: [
        [NOBODY, 'closed'],
        [TRUSTED, 'site-1'],
        [PLAIN, 'site-1'],
      ],
      access: { '1 proxy_pass': 'reached' },
    },
    {
      id: '13 inheritance',
      title: 'servers inherit what stream says',
      stream: `CERTIFICATES ssl_verify_client on;
        server { TLS SITE 1 } server { PLAIN ssl_verify_client off; SITE 2 }`,
      clients: [
        [NOBODY, 'closed'],
        [TRUSTED, 'site-1'],
        [PLAIN, 'site-2'],
      ],
      access: { '1 proxy_pass': GUARDED, '2 proxy_pass': 'reached' },
    },
    {
      id: '13 variables',
      title: 'the verdict is NONE, SUCCESS or FAILED with the reason, and empty without TLS',
      stream:
        'server { TLS PLAIN CERTIFICATES ssl_verify_client optional_no_ca; return "return-1 $ssl_client_verify|"; }',
      clients: [
        [NOBODY, 'return-1 NONE|'],
        [TRUSTED, 'return-1 SUCCESS|'],
        [OTHER, 'return-1 FAILED:unable to verify the first certificate|'],
        [SELF, 'return-1 FAILED:self-signed certificate|'],
        [PLAIN, 'return-1 |'],
      ],
      access: { '1 return': 'reached' },
    },
    {
      id: '13 ssl_preread',
      title: 'what is passed on is not verified here, whatever the server says of it',
      stream: `map $ssl_preread_server_name $up { a.test site-1; "" site-2; default site-3; }
        server { PLAIN ssl_preread on; CERTIFICATES ssl_verify_client on; proxy_pass $up; }`,
      clients: [
        [PLAIN, 'site-2'],
        [{ to: 'plain' }, 'site-2'],
        [{ to: 'plain', sni: 'a.test' }, 'site-1'],
        [{ to: 'plain', sni: 'b.test', certificate: 'trusted' }, 'site-3'],
      ],
      access: {
        '1 proxy_pass': 'reached',
        '1 to site-1': 'reached',
        '1 to site-2': 'reached',
        '1 to site-3': 'reached',
      },
    },
    {
      id: '13 values read early',
      title: 'a value of the handshake that is read before it stays empty for good',
      stream: `map $ssl_client_verify $up { NONE ""; default site-1; }
        server { TLS CERTIFICATES ssl_verify_client optional; set $seen $ssl_client_verify; proxy_pass $up; }
        server { PLAIN ssl_preread on; set $name $ssl_preread_server_name; return "return-1 $ssl_preread_server_name|"; }`,
      clients: [
        [NOBODY, 'site-1'],
        [TRUSTED, 'site-1'],
        [{ to: 'plain', sni: 'a.test' }, 'return-1 |'],
      ],
      access: { '1 proxy_pass': ANYBODY, '1 to site-1': ANYBODY, '2 return': 'reached' },
    },
    {
      id: '13 value set',
      title: 'set gives the verdict a value of its own',
      stream: `map $ssl_client_verify $up { SUCCESS site-1; default ""; }
        server { TLS CERTIFICATES ssl_verify_client optional; set $ssl_client_verify SUCCESS; proxy_pass $up; }`,
      clients: [
        [NOBODY, 'site-1'],
        [SELF, 'closed'],
      ],
      access: { '1 proxy_pass': ANYBODY, '1 to site-1': ANYBODY },
    },
    {
      id: '13 limit_conn',
      title: 'a key of limit_conn is read before the handshake',
      stream: `map $ssl_client_verify $up { SUCCESS site-1; default ""; }
        limit_conn_zone $ssl_client_verify zone=verdict:1m; limit_conn_zone $binary_remote_addr zone=client:1m;
        server { TLS CERTIFICATES ssl_verify_client on; limit_conn verdict 9; proxy_pass $up; }
        server { PROXIED CERTIFICATES ssl_verify_client on; limit_conn client 9; proxy_pass $up; }`,
      clients: [
        [TRUSTED, 'closed'],
        [{ ...TRUSTED, to: 'proxied', proxy: '192.0.2.1' }, 'site-1'],
        [{ to: 'proxied', proxy: '192.0.2.1' }, 'closed'],
      ],
      access: { '1 proxy_pass': 'refused', '2 proxy_pass': GUARDED, '2 to site-1': GUARDED },
    },
    {
      id: '13 targets',
      title: 'a value that names no back end ends the connection, and so does a name without a resolver',
      stream: `map $ssl_client_verify $up { SUCCESS site-1; default deny; }
        map $ssl_client_verify $name { SUCCESS SITE-1; default localhost:1; }
        map $ssl_client_verify $text { SUCCESS "return-1"; default ""; }
        server { TLS CERTIFICATES ssl_verify_client optional; proxy_pass $up; }
        server { PROXIED CERTIFICATES ssl_verify_client optional; proxy_pass $name; }
        server { PLAIN return $text; }`,
      clients: [
        [NOBODY, 'closed'],
        [TRUSTED, 'site-1'],
        [{ to: 'proxied', proxy: '192.0.2.1' }, 'closed'],
        [PLAIN, 'closed'],
      ],
      access: {
        '1 proxy_pass': GUARDED,
        '1 to site-1': GUARDED,
        '2 proxy_pass': GUARDED,
        '2 to SITE-1': GUARDED,
        '3 return': 'refused',
      },
    },
    {
      id: '13 addresses',
      title: 'allow and deny, and geo, judge the peer',
      stream: `geo $inside { default ""; 127.9.0.0/16 site-2; }
        server { TLS CERTIFICATES ssl_verify_client optional; allow 127.9.0.0/16; deny all; SITE 1 }
        server { PLAIN proxy_pass $inside; }`,
      clients: [
        [NOBODY, 'closed'],
        [{ from: '127.9.1.1' }, 'site-1'],
        [{ from: '127.9.1.1', certificate: 'untrusted' }, 'closed'],
        [PLAIN, 'closed'],
        [{ ...PLAIN, from: '127.9.1.1' }, 'site-2'],
      ],
      access: {
        '1 proxy_pass': 'conditional refused conditional',
        '2 proxy_pass': 'conditional',
        '2 to site-2': 'conditional',
      },
    },
    {
      id: '13 PROXY line',
      title: 'a trusted peer says in front of the handshake where the client is',
      stream: `server { PROXIED CERTIFICATES ssl_verify_client optional; set_real_ip_from 127.0.0.1; allow 192.0.2.0/24; deny all;
        return "return-1 $remote_addr $realip_remote_addr $proxy_protocol_addr|"; }`,
      clients: [
        [{ to: 'proxied', proxy: '192.0.2.7' }, 'return-1 192.0.2.7 127.0.0.1 192.0.2.7|'],
        [{ to: 'proxied', proxy: '192.0.3.7' }, 'closed'],
        [{ to: 'proxied', proxy: '192.0.2.7', from: '127.0.0.2' }, 'closed'],
        [{ to: 'proxied' }, 'closed'],
        [{ to: 'proxied', proxy: '' }, 'closed'],
      ],
      access: { '1 return': 'conditional refused conditional' },
    },
  ],
};

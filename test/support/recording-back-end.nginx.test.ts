import * as assert from 'uvu/assert';
import type { Request } from '../../src/analysis/request.js';
import { observe, openLaboratory } from './differential.js';
import { requireNginx } from './nginx.js';
import { describe } from './suite.js';

type Headers = readonly (readonly [string, string])[];

describe('the recording back end', it => {
  it('takes whatever grpc_pass passes on', async () => {
    if (!requireNginx()) return;
    const laboratory = await openLaboratory();
    try {
      const { backEndSocket, ports } = await laboratory.surroundings();
      const http = `upstream site-1 { server unix:${backEndSocket('grpc', 1)}; }
        large_client_header_buffers 4 32k;
        server {
          listen 127.0.0.1:${ports[0]};
          error_page 400 = @e;
          location / { grpc_pass grpc://site-1; }
          location /asks { auth_request /; grpc_pass grpc://site-1; }
          location /odd { rewrite ^ odd break; grpc_pass grpc://site-1; }
          location @e { grpc_pass grpc://site-1; }
        }`;
      let number = 0;
      const request = (method: string, target: string, headers: Headers = [], body?: { length: number }): Request => ({
        connect: { address: '127.0.0.1', port: ports[0] },
        tls: null,
        http: {
          ...{ method, target },
          headers: [['X-Request', String(++number)], ['Host', 'a.test'], ...headers],
          ...(body === undefined ? {} : { body }),
        },
      });
      // nginx compresses a text only where that makes it shorter.
      const bytes = Array.from({ length: 255 }, (_, index) => String.fromCharCode(index + 1));
      const visible = bytes.filter(byte => !'\n\r \x7f'.includes(byte));
      const coded = visible.map(byte => `${byte}${'e'.repeat(10)}`).join('');
      const plain = visible.join('');
      const long = 'x_'.repeat(10_000);
      const requests = [
        request('GET', '/', [['Content-Length', 'x']]),
        request('POST', '/asks', [], { length: 50 }),
        request('HEAD', '/'),
        request('PUT', '/odd'),
        ...[coded, plain, long].map(text => request('GET', '/', [['X-Text', text]])),
      ];
      const observations = await observe(laboratory, http, requests);
      assert.equal(
        observations.map(({ observed, contacts }) => `${observed.what} ${observed.status} ${contacts?.length}`),
        [
          'grpc_pass 1 200 1',
          'grpc_pass 1 200 2',
          'empty 200 1',
          'grpc_pass 1 200 1',
          ...Array.from({ length: 3 }, () => 'grpc_pass 1 200 1'),
        ],
      );
      const arrived = observations.map(({ arrived: [contact] }) => new Map(contact?.fields));
      assert.is(arrived[0]!.get('content-length'), 'x');
      assert.is(arrived[1]!.get('content-length'), '50');
      assert.equal(
        arrived.slice(4).map(fields => fields.get('x-text')),
        [coded, plain, long],
      );
    } finally {
      await laboratory.stop();
    }
  });
});

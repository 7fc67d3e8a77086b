import * as assert from 'uvu/assert';
import {
  listenText,
  resourceOf,
  serverLabel,
  serverNames,
  siteLabel,
  siteTrail,
} from '../../../src/report/site-label.js';
import { describe } from '../../support/suite.js';
import { APP, nodeOf, ROWS, serverOf, siteOf } from './sample.js';

const server = serverOf(APP, { names: ['app.test'] });
const node = nodeOf(APP, 'server');

describe('site label', it => {
  it('is the opening of the block', () => {
    assert.equal(
      ROWS.map(row => siteLabel(row.site)),
      ['location /api/', 'location /admin/', 'location /café/', 'location /lua/', 'if ($arg_debug)', 'server'],
    );
  });

  it('leads from the location to an inner block', () => {
    assert.is(siteTrail(ROWS[4]!.site), 'location /lua/ > if ($arg_debug)');
    assert.is(siteTrail(ROWS[0]!.site), 'location /api/');
  });

  it('names a server by its first name, or by its place', () => {
    assert.is(serverLabel(server), 'app.test');
    assert.is(serverLabel(serverOf(APP, { names: [] })), 'server at conf.d/app.conf:2');
    assert.is(serverLabel(serverOf(APP, { names: [''] })), 'server at conf.d/app.conf:2');
    assert.is(serverLabel(serverOf(APP, { names: ['a\x1b.test'] })), 'a\\x1b.test');
  });

  it('writes names as the configuration does', () => {
    const names = [
      { kind: 'leading', text: '.app.test', node },
      { kind: 'trailing', text: 'app.', node },
      { kind: 'regex', pattern: { source: '^www', caseless: true }, node },
      { kind: 'exact', text: '', node },
      { kind: 'exact', text: '', node: undefined },
    ] as const;
    assert.equal(serverNames({ ...server, names }), ['*.app.test', 'app.*', '~^www', '']);
  });

  it('writes a listening address with what its socket speaks', () => {
    const [listen] = server.listens;
    assert.is(listenText(listen!, server), '127.0.0.1:8443 ssl');
    const socket = { ...listen!.socket, http2: true, quic: true, proxyProtocol: true, defaultIsExplicit: true };
    assert.is(
      listenText({ ...listen!, socket }, server),
      '127.0.0.1:8443 default_server ssl http2 quic proxy_protocol',
    );
    const unix = { ...listen!.socket, address: 'unix:/run/x', port: 0, ssl: false };
    assert.is(listenText({ ...listen!, socket: unix }, server), 'unix:/run/x');
  });

  it('names the resource behind a site', () => {
    const row = (content: string, source?: string) => {
      const sourceNode = source === undefined ? undefined : nodeOf(APP, source);
      return { ...ROWS[0]!, site: siteOf(server, 'location', node, content, sourceNode) };
    };
    assert.is(resourceOf(row('proxy_pass', 'proxy_pass http://127.0.0.1:9001/debug;')), 'upstream 127.0.0.1:9001');
    assert.is(resourceOf(row('static', 'root html;')), 'root html');
    assert.is(resourceOf(row('static')), "root html (nginx's own)");
    assert.is(resourceOf(row('stub_status')), 'stub_status');
  });
});

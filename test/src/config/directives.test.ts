import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import {
  acceptsCount,
  contextInside,
  directiveForm,
  directiveForms,
  directiveNames,
} from '../../../src/config/directives.js';
import { answerHere, askNginx, canAskNginx, probesOf } from '../../support/directive-probe.js';
import { describe } from '../../support/suite.js';

/** Questions to nginx per test run; `npm run check:directives` asks them all. */
const SAMPLE = 300;

describe('directives', it => {
  it('has rows that can all be read, each with a source', () => {
    let count = 0;
    for (const name of directiveNames()) {
      for (const form of directiveForms(name)) {
        count += 1;
        assert.is(form.name, name);
        assert.match(form.module, /^(ngx|ndk)_\w+$/);
        assert.match(form.source, /\.c$|^Debian/);
        assert.ok(form.contexts.length > 0);
        assert.match(form.since ?? '1.2.3', /^\d+\.\d+\.\d+$/);
        assert.match(form.until ?? '1.2.3', /^\d+\.\d+\.\d+$/);
        if (form.arguments.kind !== 'counts') continue;
        assert.ok(form.arguments.counts.length > 0, name);
        assert.ok(form.arguments.counts.every(Number.isInteger), name);
      }
    }
    assert.ok(count > 1_000);
  });

  it('declares each form of a name once per module', () => {
    for (const name of directiveNames()) {
      const keys = directiveForms(name).map(form => JSON.stringify(form));
      assert.is(new Set(keys).size, keys.length, name);
    }
  });

  it('tells the same name in http, stream and mail apart', () => {
    assert.is(directiveForm('server', 'http')!.block, true);
    assert.is(directiveForm('server', 'upstream')!.block, false);
    assert.is(directiveForm('server', 'stream-upstream')!.module, 'ngx_stream_upstream_module');
    assert.is(directiveForm('proxy_pass', 'stream-server')!.module, 'ngx_stream_proxy_module');
    assert.is(directiveForm('proxy_pass', 'server'), undefined);
    assert.is(directiveForm('ssl_verify_client', 'location'), undefined);
    assert.is(directiveForm('include', 'limit_except')!.name, 'include');
    assert.equal(directiveForms('constructor'), []);
  });

  it('knows what came later and what went away', () => {
    assert.is(directiveForm('http2', 'server')!.since, '1.25.1');
    assert.is(directiveForm('ssl', 'server')!.until, '1.25.1');
    assert.is(directiveForm('ssl_verify_client', 'server')!.since, undefined);
  });

  it('knows the inheritance classes', () => {
    const inheritance = (name: string) => directiveForm(name, 'location')!.inheritance;
    assert.is(inheritance('root'), 'override');
    assert.is(inheritance('proxy_ssl_certificate'), 'override');
    assert.is(inheritance('proxy_set_header'), 'list');
    assert.is(inheritance('error_page'), 'list');
    assert.is(inheritance('allow'), 'list');
    assert.is(inheritance('more_set_input_headers'), 'add');
    assert.is(inheritance('rewrite'), 'none');
    assert.is(inheritance('proxy_pass'), 'none');
    assert.is(inheritance('try_files'), 'none');
    assert.is(inheritance('limit_except'), 'none');
  });

  it('counts arguments as ngx_conf_handler does', () => {
    const accepted = (name: string, context: 'http' | 'location' | 'upstream' | 'main') => {
      const form = directiveForm(name, context)!;
      return Array.from({ length: 11 }, (_, count) => count).filter(count => acceptsCount(form, count));
    };
    assert.equal(accepted('set', 'location'), [2]);
    assert.equal(accepted('return', 'location'), [1, 2]);
    assert.equal(accepted('sendfile', 'location'), [1]);
    assert.equal(accepted('js_import', 'location'), [1, 3]);
    assert.equal(accepted('try_files', 'location'), [2, 3, 4, 5, 6, 7, 8, 9, 10]);
    assert.equal(accepted('index', 'location'), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    assert.equal(accepted('fair', 'upstream').length, 11);
  });

  it('knows the context inside a block, also of a misplaced one', () => {
    assert.is(contextInside('server', 'if'), 'server-if');
    assert.is(contextInside('location', 'if'), 'location-if');
    assert.is(contextInside('stream', 'server'), 'stream-server');
    assert.is(contextInside('location-if', 'location'), 'location');
    assert.is(contextInside('main', 'server'), 'server');
    assert.is(contextInside('stream-server', 'server'), 'stream-server');
    assert.is(contextInside('http', 'map'), undefined);
    assert.is(contextInside('http', 'constructor'), undefined);
  });

  it('agrees with nginx on a sample of names, contexts and arguments', async () => {
    if (!canAskNginx()) return;
    const probes = [...directiveNames()].flatMap(probesOf);
    const folder = mkdtempSync(join(tmpdir(), 'directives-'));
    try {
      const order = fc.sample(fc.nat(probes.length - 1), { seed: 20_251, numRuns: SAMPLE });
      const differences: string[] = [];
      let next = 0;
      const work = async () => {
        for (let index = next++; index < order.length; index = next++) {
          const probe = probes[order[index]!]!;
          const here = answerHere(probe);
          const nginx = await askNginx(probe, folder, index);
          if (here !== nginx) differences.push(`${JSON.stringify(probe)}: nginx says ${nginx}, the table ${here}`);
        }
      };
      await Promise.all([work(), work()]);
      assert.equal(differences, []);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { validHost } from '../../../src/analysis/evaluate/request-line.js';
import { serverOfName } from '../../../src/analysis/evaluate/virtual-server.js';
import { hostLanguage, sniLanguages } from '../../../src/analysis/host-languages.js';
import { Patterns } from '../../../src/analysis/patterns.js';
import { accepts } from '../../../src/pcre/language.js';
import { modelOf } from '../../support/differential.js';
import { holdsFor } from '../../support/holds.js';
import { describe } from '../../support/suite.js';

/** Patterns, and what they match by another rule. */
const REGEXES: ReadonlyMap<string, (host: string) => boolean> = new Map([
  ['^a', host => host.startsWith('a')],
  ['b$', host => host.endsWith('b')],
]);
const label = fc.constantFrom('a', 'b', 'ab');
const domain = fc.array(label, { minLength: 1, maxLength: 3 }).map(labels => labels.join('.'));
const name = fc.oneof(
  domain,
  domain.map(text => `*.${text}`),
  domain.map(text => `.${text}`),
  domain.map(text => `${text}.*`),
  fc.constantFrom(...[...REGEXES.keys()].map(source => `~${source}`), '""'),
);
const servers = fc.array(fc.uniqueArray(name, { maxLength: 3 }), { minLength: 1, maxLength: 5 });
const host = fc.array(label, { maxLength: 4 }).map(labels => labels.join('.'));

describe('the names that lead to a server', it => {
  it('are those by which nginx finds it, whatever wildcards and regexes overlap', () => {
    const trials = { seed: 20_261_126, numRuns: 2_000 };
    holdsFor(fc.tuple(servers, fc.array(host, { minLength: 1, maxLength: 20 })), trials, ([named, hosts]) => {
      const text = named.map(
        names => `server { listen 80; ${names.length > 0 ? `server_name ${names.join(' ')};` : ''} }`,
      );
      const [socket] = modelOf(`http { ${text.join('\n')} }`).sockets;
      const patterns = new Patterns();
      for (const sent of hosts) {
        const found = serverOfName(socket!, sent, ({ source }) => REGEXES.get(source)!(sent)) ?? socket!.defaultServer;
        for (const server of socket!.servers) {
          if (accepts(hostLanguage(socket!, server, patterns), sent) !== (server === found)) {
            return `${text.join('\n')}\n"${sent}" leads to server ${found.index}, not as ${server.index} says`;
          }
        }
      }
      return undefined;
    });
  });

  it('miss no name that leads there as SNI, however it is written', () => {
    const trials = { seed: 20_261_127, numRuns: 2_000 };
    const spelling = fc.tuple(
      fc.constantFrom('', '['),
      host,
      fc.constantFrom('', '.', ':1', '.:1', ':a.b', ']', '].b'),
    );
    const sni = fc
      .tuple(
        spelling.map(parts => parts.join('')),
        fc.boolean(),
      )
      .map(([text, isUpper]) => (isUpper ? text.toUpperCase() : text));
    holdsFor(fc.tuple(servers, fc.array(sni, { minLength: 1, maxLength: 20 })), trials, ([named, names]) => {
      const text = named.map(
        own => `server { listen 443 ssl; ${own.length > 0 ? `server_name ${own.join(' ')};` : ''} }`,
      );
      const [socket] = modelOf(`http { ${text.join('\n')} }`).sockets;
      const patterns = new Patterns();
      for (const sent of names) {
        const valid = validHost(sent);
        if (valid === undefined) continue;
        const found = serverOfName(socket!, valid, ({ source }) => REGEXES.get(source)!(valid));
        const languages = sniLanguages(socket!, found === undefined ? [] : [found], patterns);
        if (!languages.some(language => accepts(language, sent))) {
          return `${text.join('\n')}\n"${sent}" leads to server ${found?.index}, of which nothing is said`;
        }
      }
      return undefined;
    });
  });

  it('hold no name as SNI that a wildcard does not cover', () => {
    const [socket] = modelOf(`http { server { listen 443 ssl; server_name a.test; }
      server { listen 443 ssl; server_name *.w.test; } server { listen 443 ssl; server_name b.*; } }`).sockets;
    const [, leading, trailing] = socket!.servers;
    const isTold = (server: (typeof socket)['servers'][number], text: string) =>
      sniLanguages(socket!, [server], new Patterns()).some(language => accepts(language, text));
    for (const text of ['a.w.test', 'A.W.TEST.', 'a.w.test:x']) assert.is(isTold(leading!, text), true, text);
    for (const text of ['b.w', 'B.w:1']) assert.is(isTold(trailing!, text), true, text);
    for (const text of ['0', 'w.testx', 'B.W']) assert.is(isTold(leading!, text), false, text);
    for (const text of ['0', 'xb.w']) assert.is(isTold(trailing!, text), false, text);
  });
});

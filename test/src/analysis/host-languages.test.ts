import fc from 'fast-check';
import { serverOfName } from '../../../src/analysis/evaluate/virtual-server.js';
import { hostLanguage } from '../../../src/analysis/host-languages.js';
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
});

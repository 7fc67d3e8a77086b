import { groupBy } from '../src/analysis/exposures.js';
import { identityOf, nameOfServer, nameOfSocket, placeOf, readable } from '../src/analysis/names.js';
import type { PolicyGap } from '../src/analysis/policy-gaps.js';
import { type WeaklyGuarded, weakerDefaults } from '../src/analysis/weaker-defaults.js';
import { type ConfigNode, nodeSpan } from '../src/config/config-tree.js';
import { gravestFirst, type Level } from '../src/finding.js';
import type { VirtualServer } from '../src/model/model.js';
import { defineRule } from '../src/rule.js';

export default defineRule({
  id: 'weaker-default-policy',
  group: 'Content without a verified certificate',
  summary:
    'The default server of a shared socket accepts client certificates that another server does not, and without SNI it decides for both.',
  level: 'error',
  precision: 'very-high',
  securitySeverity: '8.1',
  since: '0.1.0',
  help: 'Add a default_server with ssl_reject_handshake on, or let all servers of the socket verify alike: client CAs, ssl_crl, ssl_ocsp, ssl_verify_depth.',

  check({ model, access, report }) {
    // The one default server is what has to change, whatever it lets clients get to, and on however many addresses.
    for (const group of groupBy(weakerDefaults(model, access), ({ socket }) => socket.defaultServer)) {
      const [first, ...rest] = gravestFirst(group, levelOf);
      const { gap, row, socket, witness } = first;
      const { defaultServer } = socket;
      const { server } = row.site;
      const places = [...new Map([first, ...rest].map(place => [place.row, place])).values()];
      const more = places.length === 1 ? '' : ` and ${places.length - 1} more`;
      const sockets = [...new Set([first, ...rest].map(place => place.socket))];
      const [listen, ...otherListens] = sockets.flatMap(
        one => defaultServer.listens.find(other => other.socket === one)?.node ?? [],
      );
      const { who, why } = WORDS[gap.kind](gap, defaultServer, server);
      report({
        level: levelOf(first),
        message: `without SNI, ${who} get to ${placeOf(row.site, more)}, because default server ${nameOfServer(defaultServer)} of ${sockets.map(nameOfSocket).join(' and ')} ${why}`,
        primary: {
          span: nodeSpan(listen ?? defaultServer.node),
          text: socket.defaultIsExplicit ? 'the default server' : 'the default server, because it is the first here',
        },
        related: [
          ...otherListens.map(node => ({ span: nodeSpan(node), text: 'the default server here, too' })),
          ...listOf(weakNode(gap, defaultServer)).map(node => ({
            span: nodeSpan(node),
            text: 'what decides without SNI',
          })),
          ...places.map(place => ({
            span: nodeSpan(place.row.site.scope.node ?? place.row.site.server.node),
            text: `reached with a certificate ${REACHED_WITH[place.gap.kind]}`,
          })),
          ...listOf(strictNode(gap, server)).map(node => ({
            span: nodeSpan(node),
            text: 'what was meant to decide here',
          })),
        ],
        witness,
        identity: [...identityOf(row.site), gap.signer.file, ...(gap.kind === 'authority' ? [] : [gap.kind])],
      });
    }
  },
});

type Words = (
  gap: PolicyGap,
  laxer: VirtualServer,
  stricter: VirtualServer,
) => { readonly who: string; readonly why: string };

const WORDS: Readonly<Record<PolicyGap['kind'], Words>> = {
  authority: gap => ({ who: `clients with a certificate of ${issuerOf(gap)}`, why: 'accepts them' }),
  depth: (gap, { scope }) => ({
    who: `clients with a certificate of ${issuerOf(gap)}`,
    why: `allows longer chains (ssl_verify_depth ${scope.value('ssl_verify_depth', '1')})`,
  }),
  revocation: (gap, { scope }, stricter) => ({
    who: revokedBy(readable(stricter.scope.value('ssl_crl', '')), gap),
    why: scope.value('ssl_crl', '') === '' ? 'looks at no CRL' : 'looks at another CRL',
  }),
  ocsp: (_, { scope }) => ({
    who: 'clients whose certificate the OCSP responder calls revoked',
    why: scope.value('ssl_ocsp', 'off').toLowerCase() === 'leaf' ? 'asks it about the client alone' : 'does not ask it',
  }),
};

function revokedBy(file: string, gap: PolicyGap): string {
  // A list that is missing or expired stops all that the CA has issued.
  if (gap.refuses === 'all')
    return `clients with a certificate of ${issuerOf(gap)}, all of whom ssl_crl ${file} stops,`;
  return `clients whose certificate ssl_crl ${file} ${gap.concernsSomebody ? 'refuses' : 'will revoke one day'}`;
}

const REACHED_WITH: Readonly<Record<PolicyGap['kind'], string>> = {
  authority: 'of another CA',
  depth: 'of a CA too deep for this server',
  revocation: 'whatever the CRL says of it',
  ocsp: 'whatever the OCSP responder says of it',
};

/** The lines that say what makes the difference. */
const SETTINGS: Readonly<Record<PolicyGap['kind'], readonly string[]>> = {
  authority: ['ssl_client_certificate', 'ssl_trusted_certificate'],
  depth: ['ssl_verify_depth', 'ssl_client_certificate', 'ssl_trusted_certificate'],
  revocation: ['ssl_crl'],
  ocsp: ['ssl_ocsp'],
};

function issuerOf({ signer: { authority, file } }: PolicyGap): string {
  return authority === undefined ? readable(file) : `"${readable(authority.subject)}" (${readable(file)})`;
}

/** The line by which the default server accepts the clients; where it lacks a line, the one that asks them. */
function weakNode({ kind, signer: { file } }: PolicyGap, { scope }: VirtualServer): ConfigNode | undefined {
  const nodes = SETTINGS[kind].flatMap(name => scope.setting(name) ?? []);
  if (kind === 'authority') return nodes.find(node => node.args[0] === file) ?? nodes[0];
  return nodes[0] ?? scope.setting('ssl_verify_client');
}

/** The line by which the other server would refuse them. */
function strictNode({ kind }: PolicyGap, { scope }: VirtualServer): ConfigNode | undefined {
  return SETTINGS[kind].flatMap(name => scope.setting(name) ?? [])[0];
}

function listOf<T>(item: T | undefined): readonly T[] {
  return item === undefined ? [] : [item];
}

function levelOf({ gap, isHarmless }: WeaklyGuarded): Level {
  if (isHarmless) return 'note';
  return gap.concernsSomebody ? 'error' : 'warning';
}

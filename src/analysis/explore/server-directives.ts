import type { ConfigNode } from '../../config/config-tree.js';
import type { VirtualServer } from '../../model/model.js';
import { CLOSING_CODES } from './state.js';

/** Directives that ask for something behind the answer, or for leave to give it. */
const ASKED_BEHIND = ['auth_request', 'post_action'];

/**
 * False where the length of a body changes nothing in a server: no error page takes up 413, no subrequest decides, and nothing
 * comes behind.
 */
export const bodyMatters = heldBy(['error_page', ...ASKED_BEHIND], ({ name, args }) => {
  if (name === 'error_page') return args.slice(0, -1).includes('413');
  return ASKED_BEHIND.includes(name) && args[0] !== 'off';
});

/** False where nothing comes behind the end of a request. */
export const goesOn = heldBy(['post_action'], ({ name, args }) => name === 'post_action' && args[0] !== 'off');

/** Directives with codes among which may be one of those that end the connection. */
const CODES = ['return', 'try_files', 'error_page', 'limit_req_status', 'limit_conn_status'];

/** False where nothing in a server ends connections without an answer. */
export const mayClose = heldBy(
  CODES,
  ({ name, args }) => CODES.includes(name) && args.some(code => CLOSING_CODES.has(Number(code.replace(/^=/, '')))),
);

/** Asks whether one of the directives that can be in force in a block of a server, by name, is of a kind; once for each server. */
function heldBy(names: readonly string[], is: (node: ConfigNode) => boolean): (server: VirtualServer) => boolean {
  const known = new WeakMap<VirtualServer, boolean>();
  const written = (block: ConfigNode): boolean => (block.children ?? []).some(child => is(child) || written(child));
  return server => {
    let holds = known.get(server);
    if (holds === undefined) {
      holds = names.some(name => server.scope.effective(name).some(is)) || written(server.node);
      known.set(server, holds);
    }
    return holds;
  };
}

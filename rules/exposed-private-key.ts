import { readable } from '../src/analysis/names.js';
import { nodePlace, nodeSpan } from '../src/config/config-tree.js';
import { defineRule } from '../src/rule.js';

/** Directives that name a file with a secret in it: keys, their passwords, the keys of session tickets. */
const SECRET = /(?:^|_)ssl_(?:certificate_key|password_file|session_ticket_key)$/;

export default defineRule({
  id: 'exposed-private-key',
  group: 'Hygiene',
  summary:
    'Every user of the machine may read a private key of the configuration, or write a file of the configuration itself.',
  level: 'error',
  precision: 'very-high',
  securitySeverity: '7.8',
  since: '0.1.0',
  help: 'Take the right from others: chmod o-rwx FILE. nginx reads keys as root before it drops its rights.',

  check({ directives, permissions, report }) {
    const allowed = permissions();
    if (allowed === undefined) return;
    const told = new Set<string>();
    for (const node of directives()) {
      if (!SECRET.test(node.name) || told.has(nodePlace(node))) continue;
      told.add(nodePlace(node));
      const path = allowed.readableByOthers(node);
      if (path === undefined) continue;
      report({
        message: `every user of this machine may read ${path}, the file of ${node.name}`,
        primary: { span: nodeSpan(node), text: 'readable by others' },
        help: `Take the right from others: chmod o-rwx ${path}`,
        identity: [node.name, readable(node.args[0] ?? '')],
      });
    }
    for (const file of allowed.writableByOthers()) {
      report({
        message: `every user of this machine may write ${file.path}, a file of the configuration`,
        primary: { span: { file, start: 0, end: 0 }, text: 'writable by others' },
        help: `Take the right from others: chmod o-w ${file.path}`,
        identity: ['writable', file.path],
      });
    }
  },
});

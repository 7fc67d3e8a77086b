import { variableUses } from '../src/analysis/blocks.js';
import { readable } from '../src/analysis/names.js';
import { nodeSpan } from '../src/config/config-tree.js';
import { nearestTlsVariable } from '../src/model/tls-variables.js';
import { defineRule } from '../src/rule.js';

export default defineRule({
  id: 'dead-check',
  group: 'Hygiene',
  summary:
    'A test can never do what it says: it names a variable that does not exist, or reads an argument or header that no request can have.',
  level: 'warning',
  precision: 'very-high',
  securitySeverity: '5.3',
  since: '0.1.0',
  help: 'Write the variable as nginx spells it, and blanks around the operator: if ($name = text).',

  check({ model, report }) {
    const reported = new Set<string>();
    for (const { name, node, isTruthTest } of variableUses(model)) {
      const { source, directive } = node;
      const place = `${source.path}:${directive.start}:${name}`;
      if (reported.has(place)) continue;
      // Variables of an open family accept any name: `$arg_x=abc` is the argument called `x=abc` (rows 4.13b, c).
      const written = isTruthTest ? node.args.join(' ').replace(/^\(\s*|\s*\)$/g, '') : '';
      const glued = /^(\$\w+)(!?[=~]\*?)(.*)$/s.exec(written);
      if (glued !== null) {
        reported.add(place);
        const [, variable, operator, text] = glued;
        const isOpen = /^(arg|http|cookie|sent_http|sent_trailer|upstream_http|upstream_cookie|upstream_trailer)_/.test(
          name,
        );
        const effect = isOpen
          ? 'takes all of it for the name of a variable, which is always empty'
          : 'refuses to load it';
        report({
          message: `if (${readable(written)}) does not compare: nginx ${effect}`,
          primary: { span: nodeSpan(node), text: 'no blanks around the operator' },
          help: `Write if (${readable(`${variable} ${operator} ${text}`)}).`,
          identity: ['glued', name],
        });
        continue;
      }
      if (model.variables.has(name) || model.assigned.has(name)) continue;
      const meant = nearestTlsVariable(name);
      if (meant === undefined) continue;
      reported.add(place);
      report({
        message: `$${readable(name)} does not exist: nginx refuses to load the configuration`,
        primary: { span: nodeSpan(node), text: `nothing defines $${readable(name)}` },
        help: `Write $${meant}, if that is what is meant.`,
        identity: ['undefined', name],
      });
    }
  },
});

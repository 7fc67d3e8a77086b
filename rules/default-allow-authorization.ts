import { defaultAdmissions } from '../src/analysis/default-admissions.js';
import { identityOf, placeOf, readable } from '../src/analysis/names.js';
import { nodeSpan } from '../src/config/config-tree.js';
import { defineRule } from '../src/rule.js';

export default defineRule({
  id: 'default-allow-authorization',
  group: 'Identity and authorization',
  summary:
    'A map of the client certificate is a list of those to refuse: its default lets every other certificate in, the next one issued included.',
  level: 'warning',
  precision: 'very-high',
  securitySeverity: '5.3',
  since: '0.1.0',
  help: 'List who may come in, and let the default refuse; revoked certificates belong in ssl_crl.',

  check({ model, access, report }) {
    for (const { by, map, refusing, row } of defaultAdmissions(model, access)) {
      const { site } = row;
      report({
        message: `the map $${readable(map.name)} lets every certificate that it does not list get to ${placeOf(site)}`,
        primary: {
          span: nodeSpan(by),
          text: by === map.node ? 'without a default the value is empty, and admits' : 'admits everybody else',
        },
        related: [
          { span: nodeSpan(refusing), text: 'refuses the listed ones' },
          { span: nodeSpan(site.scope.node ?? site.server.node), text: 'decided by this map' },
        ],
        identity: [map.name, ...identityOf(site)],
      });
    }
  },
});

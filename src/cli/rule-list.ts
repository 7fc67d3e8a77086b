import { pad, wrap } from '../report/display.js';
import { type Rule, ruleUrl } from '../rule.js';

/** The rules by group, one line each as far as the terminal is wide enough. */
export function rulesText(rules: readonly Rule[], columns: number): string {
  const idWidth = Math.max(...rules.map(rule => rule.id.length), 0) + 2;
  const lines: string[] = [];
  let group: string | undefined;
  for (const rule of rules) {
    if (rule.group !== group) {
      group = rule.group;
      lines.push(...(lines.length === 0 ? [] : ['']), group);
    }
    const indent = 2 + idWidth + 9;
    const [first, ...rest] = wrap(rule.summary, Math.max(30, columns - indent));
    lines.push(`  ${pad(rule.id, idWidth)}${pad(rule.level, 9)}${first}`);
    lines.push(...rest.map(line => ' '.repeat(indent) + line));
  }
  return `${lines.join('\n')}\n`;
}

/** The rules as one JSON document. */
export function rulesJson(rules: readonly Rule[], version: string): string {
  const document = {
    schemaVersion: 1,
    tool: { name: 'nginx-mtls-lint', version },
    rules: rules.map(({ check, ...meta }) => ({ ...meta, url: ruleUrl(meta.id) })),
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

/** What is known of a rule where its page is not at hand. */
export function ruleText(rule: Rule): string {
  return [`# ${rule.id}`, '', rule.summary, '', `Level: ${rule.level}. ${rule.help}`, '', ruleUrl(rule.id), ''].join(
    '\n',
  );
}

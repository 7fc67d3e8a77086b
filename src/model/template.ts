import { holdsPlaceholder } from '../source/placeholder.js';
import type { Piece, Template } from './model.js';

/** A run of marked characters: a placeholder, or several side by side. */
const PLACEHOLDER = /[\ue000-\ue0ff]+/y;

/**
 * Splits text into literal pieces, variables and captures as ngx_http_script_compile does: `$name`, `${name}`, `$1` to
 * `$9`; names are letters, digits and `_`, folded to lower case. A `$` that starts no variable makes nginx refuse the
 * configuration; it is kept as text. A placeholder of a template is read like a variable that nothing defines, under its
 * own text as name: whoever reads it cannot decide.
 */
export function parseTemplate(text: string): Template {
  const pieces: Piece[] = [];
  let literal = '';
  const flush = (): void => {
    if (literal !== '') pieces.push({ kind: 'text', text: literal });
    literal = '';
  };
  const mayHoldPlaceholder = holdsPlaceholder(text);
  for (let at = 0; at < text.length; ) {
    if (mayHoldPlaceholder && holdsPlaceholder(text[at]!)) {
      flush();
      PLACEHOLDER.lastIndex = at;
      const [name] = PLACEHOLDER.exec(text)!;
      pieces.push({ kind: 'variable', name });
      at += name.length;
      continue;
    }
    if (text[at] !== '$') {
      literal += text[at++];
      continue;
    }
    const digit = text[at + 1];
    if (digit !== undefined && digit >= '1' && digit <= '9') {
      flush();
      pieces.push({ kind: 'capture', index: Number(digit) });
      at += 2;
      continue;
    }
    const braced = digit === '{';
    const start = at + (braced ? 2 : 1);
    let end = start;
    while (end < text.length && /[A-Za-z0-9_]/.test(text[end]!)) end++;
    if (end === start || (braced && text[end] !== '}')) {
      literal += text[at++];
      continue;
    }
    flush();
    pieces.push({ kind: 'variable', name: text.slice(start, end).toLowerCase() });
    at = braced ? end + 1 : end;
  }
  flush();
  return pieces;
}

/** The text of a template without variables, or undefined where it has some. */
export function constantText(template: Template): string | undefined {
  let text = '';
  for (const piece of template) {
    if (piece.kind !== 'text') return undefined;
    text += piece.text;
  }
  return text;
}

/** The lower-case names of the variables that a template reads. */
export function variablesOf(template: Template): string[] {
  return template.flatMap(piece => (piece.kind === 'variable' ? [piece.name] : []));
}

/** A template as the configuration writes it. */
export function textOf(template: Template): string {
  return template
    .map((piece, index) => {
      if (piece.kind === 'text') return piece.text;
      if (piece.kind === 'capture') return `$${piece.index}`;
      const next = template[index + 1];
      const isGlued = next?.kind === 'text' && /^\w/.test(next.text);
      return isGlued ? `\${${piece.name}}` : `$${piece.name}`;
    })
    .join('');
}

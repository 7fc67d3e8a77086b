/**
 * Placeholders of templates inside words: what a program will put there is not known. Their bytes are marked, so that they
 * are never taken for text.
 */

/** The bytes of a placeholder are moved to this place of Unicode, where no byte of a file can be. */
const MARK = 0xe000;

const MARKED = /[\ue000-\ue0ff]/;
const ALL_MARKED = /[\ue000-\ue0ff]+/g;

/** True for a word, or a part of one, that holds a placeholder. */
export function holdsPlaceholder(text: string): boolean {
  return MARKED.test(text);
}

/** The text with its placeholders as they are written. */
export function plainText(text: string): string {
  return text.replace(ALL_MARKED, run => {
    let plain = '';
    for (let at = 0; at < run.length; at++) plain += String.fromCharCode(run.charCodeAt(at) - MARK);
    return plain;
  });
}

/** The text of a placeholder, marked as one. */
export function markPlaceholder(text: string): string {
  let result = '';
  for (let at = 0; at < text.length; at++) result += String.fromCharCode((text.charCodeAt(at) & 0xff) + MARK);
  return result;
}

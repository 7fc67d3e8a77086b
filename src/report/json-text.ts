/** What JSON.stringify leaves raw although a terminal obeys or hides it; `\uXXXX` says the same in JSON. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** A JSON document with a line end, indented by two blanks. Nothing in it can steer a terminal; no value changes. */
export function jsonText(document: unknown): string {
  const text = JSON.stringify(document, undefined, 2);
  const escaped = text.replace(UNSAFE, character =>
    character === '\n'
      ? character
      : Array.from(
          { length: character.length },
          (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`,
        ).join(''),
  );
  return `${escaped}\n`;
}

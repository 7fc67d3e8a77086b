/** Stands in for the package string-width in the bundle: the width of the help's own text, which is ASCII. */
export default function asciiWidth(text) {
  return text.replace(/\u001b\[[0-9;]*m/g, '').length;
}

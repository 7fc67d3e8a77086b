/** ASCII lower case: nginx never folds other bytes (row 6.28). */
export function lowerCase(text: string): string {
  return text.replace(/[A-Z]+/g, letters => letters.toLowerCase());
}

/** ASCII upper case. */
export function upperCase(text: string): string {
  return text.replace(/[a-z]+/g, letters => letters.toUpperCase());
}

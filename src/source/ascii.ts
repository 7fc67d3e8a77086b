/** ASCII lower case: nginx never folds other bytes (row 6.28). */
export function lowerCase(text: string): string {
  // Most texts hold no other bytes, and are folded at once.
  return /[\u0080-\uffff]/.test(text) ? text.replace(/[A-Z]+/g, letters => letters.toLowerCase()) : text.toLowerCase();
}

/** ASCII upper case. */
export function upperCase(text: string): string {
  return text.replace(/[a-z]+/g, letters => letters.toUpperCase());
}

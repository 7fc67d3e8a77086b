import picocolors from 'picocolors';
import type { Level } from '../finding.js';

/** The colours of the text formats by what they mark. Without colour every function gives its text back. */
export interface Palette {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly primary: (text: string) => string;
  readonly related: (text: string) => string;
  readonly closed: (text: string) => string;
  readonly open: (text: string) => string;
  readonly undecided: (text: string) => string;
  readonly level: Readonly<Record<Level, (text: string) => string>>;
}

/** The palette, coloured or not. */
export function paletteOf(isColoured: boolean): Palette {
  const colours = picocolors.createColors(isColoured);
  return {
    bold: colours.bold,
    dim: colours.dim,
    primary: colours.red,
    related: colours.blue,
    closed: colours.green,
    open: colours.red,
    undecided: colours.yellow,
    level: {
      error: text => colours.bold(colours.red(text)),
      warning: text => colours.bold(colours.yellow(text)),
      note: text => colours.bold(colours.cyan(text)),
    },
  };
}

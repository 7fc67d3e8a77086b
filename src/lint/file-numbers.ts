import type { SourceFile } from '../source/source-file.js';

/** A number for each file, so that places in files of one name (the dumps of two hosts) are told apart. */
export class FileNumbers {
  readonly #numbers = new Map<SourceFile, number>();

  of(file: SourceFile): number {
    let number = this.#numbers.get(file);
    if (number === undefined) {
      number = this.#numbers.size;
      this.#numbers.set(file, number);
    }
    return number;
  }
}

import { compareText } from '../finding.js';
import type { Notice } from '../notice.js';
import { FileNumbers } from './file-numbers.js';

/** The notices of a run: each once, in the order of a report. */
export class Notices {
  readonly #byMeaning = new Map<string, Notice>();
  readonly #files = new FileNumbers();

  /** Adds a notice, unless the same one is there for the same place (a file that two main files include). */
  add(notice: Notice): void {
    const { kind, span, text } = notice;
    const key = `${kind} ${span?.start} ${span?.end} ${span && this.#files.of(span.file)}\n${text}`;
    if (!this.#byMeaning.has(key)) this.#byMeaning.set(key, notice);
  }

  /** Those about the run as a whole first, then by file, place and kind. */
  sorted(): Notice[] {
    return [...this.#byMeaning.values()].sort(
      (one, other) =>
        compareText(one.span?.file.path ?? '', other.span?.file.path ?? '') ||
        (one.span?.start ?? -1) - (other.span?.start ?? -1) ||
        compareText(one.kind, other.kind) ||
        compareText(one.text, other.text),
    );
  }
}

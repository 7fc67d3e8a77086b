import { editDistance } from '../config/edit-distance.js';

/**
 * The candidate that a misspelt word most likely stands for: at most a third of its letters differ.
 *
 * @returns undefined where nothing is near
 */
export function closest(word: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = Math.max(1, Math.floor(word.replace(/^-+/, '').length / 3)) + 1;
  // Nobody misspells a name of that length; comparing it would only cost time.
  if (word.length > 100) return undefined;
  for (const candidate of candidates) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

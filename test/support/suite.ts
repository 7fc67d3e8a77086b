import { suite } from 'uvu';

/** One case: a title that states behaviour, and what proves it. */
export type Case = (title: string, prove: () => void | Promise<void>) => void;

/**
 * Declares the cases of one module and queues them to run. Refuses an empty group and a title used twice, which uvu
 * lets through in silence.
 */
export function describe(name: string, declare: (it: Case) => void): void {
  const group = suite(name);
  const titles = new Set<string>();
  declare((title, prove) => {
    if (titles.has(title)) throw new Error(`${name}: the case "${title}" is declared twice`);
    titles.add(title);
    group(title, async () => {
      await prove();
    });
  });
  if (titles.size === 0) throw new Error(`${name}: declares no case`);
  group.run();
}

/** Reads the pages of docs/rules: their parts and the configurations that they show. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const PAGES_FOLDER = 'docs/rules';

/** The headings of every page, in order. */
export const HEADINGS = ['What it reports', 'Why it matters', 'Example', 'Fix', 'Limits', 'Related'] as const;

/** A fenced block. */
export interface Fence {
  /** What stands behind the opening fence, e.g. `nginx flagged`. */
  readonly tag: string;
  readonly text: string;
  /** The heading it stands under. */
  readonly heading: string;
}

export interface RulePage {
  readonly id: string;
  readonly file: string;
  readonly title: string;
  /** The paragraph under the title. */
  readonly summary: string;
  readonly headings: readonly string[];
  readonly fences: readonly Fence[];
  /** Targets of links, as written. */
  readonly links: readonly string[];
}

/** All pages, sorted by id; the list of the rules in README.md is none. */
export function rulePages(): RulePage[] {
  return readdirSync(PAGES_FOLDER)
    .filter(file => file.endsWith('.md') && file !== 'README.md')
    .sort()
    .map(file => readRulePage(file.replace(/\.md$/, '')));
}

/** The page of one rule. */
export function readRulePage(id: string): RulePage {
  const file = join(PAGES_FOLDER, `${id}.md`);
  const headings: string[] = [];
  const fences: Fence[] = [];
  let title = '';
  let prose = '';
  let open: { tag: string; lines: string[] } | undefined;
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    if (open !== undefined) {
      if (line === '```') {
        fences.push({ tag: open.tag, text: open.lines.join('\n'), heading: headings.at(-1) ?? '' });
        open = undefined;
      } else {
        open.lines.push(line);
      }
    } else if (line.startsWith('```')) {
      open = { tag: line.slice(3), lines: [] };
    } else if (line.startsWith('# ')) {
      title = line.slice(2);
    } else if (line.startsWith('## ')) {
      headings.push(line.slice(3));
    } else {
      prose += headings.length === 0 ? `${line}\n` : '';
    }
  }
  if (open !== undefined) throw new Error(`${file}: a fenced block is not closed`);
  const links = [...readFileSync(file, 'utf8').matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target!);
  return { id, file, title, summary: prose.trim(), headings, fences, links };
}

/** The one configuration of a page with the given tag: `nginx flagged` or `nginx clean`. */
export function configurationOf(page: RulePage, tag: 'nginx flagged' | 'nginx clean'): string {
  const found = page.fences.filter(fence => fence.tag === tag);
  if (found.length !== 1) throw new Error(`${page.file}: ${found.length} blocks are tagged "${tag}"`);
  return found[0]!.text;
}

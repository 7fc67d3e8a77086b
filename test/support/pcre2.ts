import { spawnSync } from 'node:child_process';

/** One pattern and the subjects to try it on, as byte strings. */
export interface Trial {
  readonly pattern: string;
  readonly caseless?: boolean;
  readonly subjects: readonly string[];
  /**
   * With the optimizations that nginx leaves on. Release 10.42 makes mistakes there on contrived patterns (`b\xff*(?:|b)?+\b`
   * misses the match in `b\xff\xff`), so the random ones go without.
   */
  readonly optimized?: boolean;
}

/** What PCRE2 says of one subject: the texts of the match and its groups, as far as the last one that took part. */
export interface PcreMatch {
  readonly groups: readonly (string | undefined)[];
  /** What stands after the match. */
  readonly rest: string;
}

/** `limit` where PCRE2 gave up. */
export type TrialAnswer = 'invalid' | readonly (PcreMatch | null | 'limit')[];

/** Whether `pcre2test` of the package pcre2-utils is there. Fails where the environment demands the real programs. */
export function hasPcre2(): boolean {
  if (spawnSync('pcre2test', ['-C', 'pcre2-8']).status === 1) return true;
  if (process.env['REQUIRE_NGINX'] === '1') throw new Error('pcre2test is missing: install pcre2-utils');
  console.log('\nNOT COMPARED with PCRE2: pcre2test (package pcre2-utils) is missing');
  return false;
}

/** The way pcre2test prints a byte string. A backslash stays as it is. */
export function printed(text: string): string {
  return text.replace(/[^ -~]/g, byte => `\\x${hex(byte)}`);
}

/** Asks the real PCRE2, in one process. Texts come back as `printed`. */
export function pcre2(trials: readonly Trial[]): TrialAnswer[] {
  const input = trials
    .map(({ pattern, caseless, optimized, subjects }) => {
      const plain = optimized ? '' : ',no_auto_possess,no_dotstar_anchor,no_start_optimize';
      const modifiers = `hex,aftertext${caseless ? ',caseless' : ''}${plain}`;
      const lines = subjects.map(subject => `    ${[...subject].map(byte => `\\x${hex(byte)}`).join('') || '\\'}\n`);
      return `/${[...pattern].map(hex).join('')}/${modifiers}\n${lines.join('')}\n`;
    })
    .join('');
  const run = spawnSync('pcre2test', ['-q'], { input, encoding: 'latin1', maxBuffer: 1 << 30, timeout: 120_000 });
  if (run.status !== 0) throw new Error(`pcre2test ended with ${run.status}: ${run.stdout.slice(-300)} ${run.stderr}`);

  const answers: ('invalid' | (PcreMatch | null | 'limit')[])[] = [];
  let answer: (PcreMatch | null | 'limit')[] = [];
  let groups: (string | undefined)[] = [];
  for (const line of run.stdout.split('\n')) {
    const found = /^ *(\d+)([:+]) (.*)$/.exec(line);
    if (line.startsWith('/')) {
      answer = [];
      answers.push(answer);
    } else if (line.startsWith('    \\')) {
      groups = [];
    } else if (line === 'No match') {
      answer.push(null);
    } else if (line.startsWith('Failed: error -')) {
      answer.push('limit');
    } else if (line.startsWith('Failed: ')) {
      answers[answers.length - 1] = 'invalid';
    } else if (found?.[2] === '+') {
      answer.push({ groups, rest: found[3]! });
    } else if (found) {
      groups[Number(found[1])] = found[3] === '<unset>' ? undefined : found[3]!;
    }
  }
  return answers;
}

function hex(byte: string): string {
  return byte.charCodeAt(0).toString(16).padStart(2, '0');
}

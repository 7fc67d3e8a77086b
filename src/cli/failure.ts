import { visible } from '../report/display.js';
import { UsageError } from './options.js';

/** Where a bug in the tool is to be reported. */
const ISSUES = 'https://github.com/nginx-mtls-lint/nginx-mtls-lint/issues';

/**
 * What a run that was given up says, and its exit code: 2 where the user can put it right, 4 where only we can.
 *
 * @param withTrace adds the stack of an unexpected error
 */
export function readFailure(error: unknown, withTrace: boolean): { readonly text: string; readonly code: 2 | 4 } {
  if (error instanceof UsageError) {
    const hint = error.hint === undefined ? '' : `${error.hint.split('\n').map(visible).join('\n')}\n`;
    const help = 'Run "nginx-mtls-lint --help" for the commands and options.';
    return { text: `nginx-mtls-lint: ${visible(error.message)}\n${hint}${help}\n`, code: 2 };
  }
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { text: bugText(what, withTrace && error instanceof Error ? error.stack : undefined), code: 4 };
}

/** The message for a bug in the tool. */
export function bugText(what: string, trace?: string): string {
  const lines = trace?.split('\n').map(line => `${visible(line)}\n`) ?? [];
  const more = trace === undefined ? ' Run again with --verbose for the trace.' : '';
  return [
    `nginx-mtls-lint: this is a bug in nginx-mtls-lint, not in your configuration: ${visible(what)}\n`,
    ...lines,
    `Please report it at ${ISSUES}.${more}\n`,
  ].join('');
}

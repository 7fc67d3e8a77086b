import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where Debian's packages keep the modules that a configuration loads. */
export const MODULES = '/usr/share/nginx/modules';

/** What `nginx -t` says of a configuration. */
export interface NginxVerdict {
  readonly accepted: boolean;
  /** The first error, without file and line; one character per byte. */
  readonly reason: string | undefined;
  /** The line of the main file that the error names; undefined where it names none. */
  readonly line: number | undefined;
}

/** A folder in which `nginx -t` is run. */
export class NginxTester {
  readonly #folder = mkdtempSync(join(tmpdir(), 'nginx-test-'));
  #files = 0;

  /** Runs `nginx -t` on a main file with this content, one character per byte. Several may run at once. */
  test(text: string): Promise<NginxVerdict> {
    const file = join(this.#folder, `${this.#files++}.conf`);
    writeFileSync(file, text, 'latin1');
    const args = ['-t', '-p', this.#folder, '-c', file, '-e', 'stderr', '-g', `pid ${file}.pid;`];
    return new Promise((resolve, reject) => {
      execFile('nginx', args, { encoding: 'latin1', timeout: 20_000 }, (error, _output, messages) => {
        rmSync(file);
        rmSync(`${file}.pid`, { force: true });
        if (error !== null && typeof error.code !== 'number') reject(error);
        else resolve(verdict(error === null, messages, file));
      });
    });
  }

  /** Removes the folder. */
  close(): void {
    rmSync(this.#folder, { recursive: true });
  }
}

function verdict(accepted: boolean, messages: string, file: string): NginxVerdict {
  const start = /\[(?:error|crit|alert|emerg)\] \d+#\d+: /.exec(messages);
  if (accepted || start === null) return { accepted, reason: undefined, line: undefined };
  const message = messages.slice(start.index + start[0].length);
  const place = message.indexOf(` in ${file}:`);
  if (place === -1) return { accepted, reason: message.split('\n', 1)[0], line: undefined };
  return {
    accepted,
    reason: message.slice(0, place),
    line: Number.parseInt(message.slice(place + file.length + 5), 10),
  };
}

/**
 * True where nginx with the Lua module is installed. Without it the tests that need it are skipped, which is said aloud;
 * with REQUIRE_NGINX=1 they fail.
 */
export function canTestWithNginx(): boolean {
  const found = existsSync('/usr/sbin/nginx') && existsSync(join(MODULES, 'ngx_http_lua_module.so'));
  if (found) return true;
  if (process.env['REQUIRE_NGINX'] === '1') throw new Error('nginx with the Lua module is not installed');
  console.error('SKIPPED: nginx with the Lua module is not installed');
  return false;
}

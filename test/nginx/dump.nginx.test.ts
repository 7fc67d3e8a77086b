import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { readDumps } from '../../src/config/dump.js';
import { inShell } from '../support/installed.js';
import { describe } from '../support/suite.js';
import { hasProgram, withFolder } from '../support/tools.js';

if (hasProgram('nginx', '-v')) {
  describe('dump of the real nginx', it => {
    it('with 20 included files and all its chatter gives back every file, and the findings of the folder', () =>
      withFolder(folder => {
        mkdirSync(join(folder, 'conf.d'));
        const texts = new Map<string, string>();
        const put = (name: string, text: string): void => {
          writeFileSync(join(folder, name), text);
          texts.set(join(folder, name), text);
        };
        put(
          'nginx.conf',
          `pid ${folder}/pid;\nerror_log stderr warn;\nevents { }\nhttp {\n    access_log off;\n    include conf.d/*.conf;\n}\n`,
        );
        for (let index = 0; index < 20; index += 1) {
          // Some end without a line feed, some with several, some hold what looks like chatter.
          const end = ['', '\n', '\n\n\n', '\n# nginx: configuration file x test is successful'][index % 4]!;
          const guard = index % 3 === 0 ? '' : '    if ($ssl_client_verify != SUCCESS) { return 403; }\n';
          put(
            `conf.d/s${String(index).padStart(2, '0')}.conf`,
            `# server ${index}\nserver {\n    listen 127.0.0.1:${9800 + index};\n    server_name s${index}.test;\n${guard}    location / { add_header X "a;\nb"; proxy_pass http://127.0.0.1:9; }\n}${end}`,
          );
        }
        const line = `(nginx -V; nginx -e stderr -T -p ${folder} -c ${folder}/nginx.conf) 2>&1`;
        const { stdout } = spawnSync('sh', ['-c', line], { encoding: 'utf8' });
        const [dump, ...more] = readDumps(stdout);
        assert.equal(more, []);
        assert.match(dump!.version!, /^\d+\.\d+\.\d+$/);
        assert.is(dump!.main, join(folder, 'nginx.conf'));
        assert.is(dump!.files.size, 21);
        for (const [path, text] of texts) assert.is(dump!.files.get(path)!.trimEnd(), text.trimEnd());
        const list = (from: string): string[] => {
          const ended = inShell(
            `${from} | nginx-mtls-lint --format json --level note ${from === ':' ? folder : '-'}`,
            '/tmp',
          );
          assert.ok(ended.code === 0 || ended.code === 1, ended.stderr);
          return JSON.parse(ended.stdout).findings.map(
            ({ file, fingerprint, line: at }: { file: string; fingerprint: string; line: number }) =>
              `${file.replace(/^.*conf\.d/, '')}:${at} ${fingerprint}`,
          );
        };
        assert.equal(list(line), list(':'));
        const { stdout: twice } = spawnSync('sh', ['-c', `${line}; ${line}`], { encoding: 'utf8' });
        assert.is(readDumps(twice).length, 2);
      }));
  });
} else {
  describe('dump of the real nginx', it => it('is NOT tested: nginx is missing', () => {}));
}

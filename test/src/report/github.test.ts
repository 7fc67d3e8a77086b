import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { reportGithub } from '../../../src/report/github.js';
import { SourceFile } from '../../../src/source/source-file.js';
import { describe } from '../../support/suite.js';
import { matchesGolden } from './golden.js';
import { RESULT, spanOf } from './sample.js';

/** Reads a workflow command as the runner does (actions/runner, ActionCommand.cs). */
function parse(line: string): { name: string; properties: Record<string, string>; text: string } {
  const [, name = '', list = '', text = ''] = /^::(\w+) (.*?)::(.*)$/.exec(line) ?? [];
  const data = (value: string): string => value.replaceAll('%0A', '\n').replaceAll('%0D', '\r').replaceAll('%25', '%');
  const properties = Object.fromEntries(
    list.split(',').map(part => {
      const [key = '', value = ''] = part.split(/=(.*)/s);
      return [key, data(value.replaceAll('%3A', ':').replaceAll('%2C', ','))];
    }),
  );
  return { name, properties, text: data(text) };
}

describe('GitHub report', it => {
  it('gives each finding and notice a command with its place', () => {
    const report = reportGithub(RESULT, { level: 'note' });
    matchesGolden('lint.github', report);
    const commands = report.trimEnd().split('\n').map(parse);
    assert.equal(
      commands.map(command => command.name),
      ['error', 'warning', 'notice', 'notice', 'notice', 'notice'],
    );
    assert.equal(commands[0]!.properties, {
      file: 'conf.d/app.conf',
      line: '10',
      endLine: '10',
      col: '9',
      endColumn: '34',
      title: 'unverified-location',
    });
    assert.match(commands[0]!.text, /^proxy_pass in location \/api\/ of server app\.test also serves /);
    assert.match(commands.at(-1)!.text, /^6 sites: 3 proved closed/);
  });

  it('counts what it does not list', () => {
    assert.match(reportGithub(RESULT, { level: 'error' }), /%0A2 findings below error not listed\n$/);
  });

  it('escapes what would end a property or a command', () => {
    const source = new SourceFile('a,b:c%d.conf', 'x');
    const span = spanOf(source, 'x');
    const message = '100% ::error::\r\n::set-output name=a::b';
    const finding = { ...RESULT.findings[0]!, message, primary: { span, text: '' }, related: [] };
    const lines = reportGithub({ ...RESULT, findings: [finding], notices: [] }, { level: 'note' })
      .trimEnd()
      .split('\n');
    assert.is(lines.length, 2);
    assert.match(lines[0]!, /^::error file=a%2Cb%3Ac%25d\.conf,line=1,/);
    assert.match(parse(lines[0]!).text, /^100% ::error::\\r\\n::set-output name=a::b\n/);
  });

  it('makes one command of each finding whatever the text holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        const span = spanOf(new SourceFile(text, 'x'), 'x');
        const finding = {
          ...RESULT.findings[0]!,
          message: text,
          help: text,
          primary: { span, text },
          related: [{ span, text }],
        };
        const lines = reportGithub({ ...RESULT, findings: [finding], notices: [] }, { level: 'note' })
          .trimEnd()
          .split('\n');
        assert.is(lines.length, 2);
        assert.is(parse(lines[0]!).properties['title'], 'unverified-location');
      }),
    );
  });
});

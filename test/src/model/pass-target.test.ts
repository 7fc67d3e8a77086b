import * as assert from 'uvu/assert';
import { addressOf, parsePassTarget } from '../../../src/model/pass-target.js';
import { describe } from '../../support/suite.js';

describe('targets of pass directives', it => {
  it('are a scheme, an authority and a path', () => {
    const cases: Readonly<
      Record<string, readonly [scheme: string | undefined, authority: string, uri: string | undefined]>
    > = {
      'https://back.test/x/': ['https:', 'back.test', '/x/'],
      'HTTP://back.test:81': ['http:', 'back.test:81', undefined],
      'back.test:9000': [undefined, 'back.test:9000', undefined],
      'http://[::1]:81/': ['http:', '[::1]:81', '/'],
      'https://unix:/run/a.sock:/x/': ['https:', 'unix:/run/a.sock', '/x/'],
      'unix:/run/a.sock': [undefined, 'unix:/run/a.sock', undefined],
    };
    for (const [target, [scheme, authority, uri]] of Object.entries(cases)) {
      assert.equal(parsePassTarget(target), { scheme, authority, uri }, target);
    }
  });

  it('are not known with variables', () => {
    assert.is(parsePassTarget('https://$host'), undefined);
    assert.is(parsePassTarget(''), undefined);
  });

  it('have the port of their scheme', () => {
    assert.is(addressOf('Back.test', 'https:'), 'back.test:443');
    assert.is(addressOf('back.test', undefined), 'back.test:80');
    assert.is(addressOf('back.test:81', 'https:'), 'back.test:81');
    assert.is(addressOf('unix:/run/a.sock', 'https:'), 'unix:/run/a.sock');
  });
});

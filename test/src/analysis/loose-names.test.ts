import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { distinguishedName } from '../../../src/analysis/identity-languages.js';
import { identityTests } from '../../../src/analysis/identity-tests.js';
import { inOtherCase, LooseNames } from '../../../src/analysis/loose-names.js';
import { attributesOf } from '../../../src/analysis/name-repairs.js';
import { accepts } from '../../../src/pcre/language.js';
import { modelOf } from '../../support/differential.js';
import { holdsFor } from '../../support/holds.js';
import { mainFile } from '../../support/nginx.js';
import { describe } from '../../support/suite.js';

/** What patterns on names are made of. */
const PIECES = [
  '^',
  '$',
  '(^|,)',
  '(,|$)',
  'CN=',
  'O=',
  ',',
  'alice',
  'Acme',
  '.*',
  '[^,]+',
  '[a-z]+',
  '(a|b)',
  '.',
  '\\\\,',
];

const patterns = fc.array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 6 }).map(pieces => pieces.join(''));

function otherFor(pattern: string) {
  const model = modelOf(mainFile(`map $ssl_client_s_dn $ok { default 0; "~${pattern}" 1; }`));
  const [test] = identityTests(model);
  const loose = new LooseNames();
  return { test: test!, loose, found: loose.find(test!) };
}

describe('LooseNames', it => {
  it('shows only subjects that there are, that match, and that are others', () => {
    let shown = 0;
    holdsFor(patterns, { seed: 7, numRuns: 150 }, pattern => {
      const { found, loose, test } = otherFor(pattern);
      if (found === undefined) return undefined;
      shown++;
      const { meant, subject } = found;
      const wrong = (what: string): string => `${pattern}: ${subject} ${what}, meant ${meant}`;
      if (!accepts(distinguishedName(), subject)) return wrong('is no subject');
      if (loose.cutOut(test, subject) === undefined) return wrong('does not match');
      if (loose.cutOut(test, meant) === undefined) return wrong('matches, and what is meant does not');
      return subject === meant ? wrong('is what is meant') : undefined;
    });
    assert.ok(shown > 30, `${shown} subjects`);
  });

  it('finds none for the whole name as text', () => {
    const simple = fc.constantFrom('CN=alice', 'CN=alice,O=Acme', 'UID=a-b@c,OU=x y,C=US', 'CN=a\\\\.b,DC=x');
    holdsFor(simple, { seed: 7, numRuns: 8 }, name => {
      const { found } = otherFor(`^${name}$`);
      return found === undefined ? undefined : `${name}: ${found.subject}`;
    });
  });

  it('changes the case of values alone', () => {
    assert.is(inOtherCase('CN=alice,O=J\\C3\\B6rg'), 'CN=ALICE,O=J\\C3\\B6RG');
    assert.is(inOtherCase('cn=ALICE'), 'CN=alice');
    assert.is(inOtherCase('CN=42'), undefined);
    assert.is(inOtherCase('/CN=alice'), undefined);
  });
});

describe('attributesOf', it => {
  it('read as they are written', () => {
    assert.equal(attributesOf('CN=a\\,b+UID=7,O=x'), [
      { type: 'CN', value: 'a\\,b' },
      { type: 'UID', value: '7' },
      { type: 'O', value: 'x' },
    ]);
    assert.is(attributesOf('nothing'), undefined);
    assert.is(attributesOf(''), undefined);
  });
});

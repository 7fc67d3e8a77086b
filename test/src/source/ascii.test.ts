import * as assert from 'uvu/assert';
import { lowerCase, upperCase } from '../../../src/source/ascii.js';
import { describe } from '../../support/suite.js';

describe('letters of ASCII', it => {
  it('are folded, and no other bytes', () => {
    assert.is(lowerCase('X-Client-DN_1[Z]'), 'x-client-dn_1[z]');
    assert.is(lowerCase('\u00c4B\u00df\u00de'), '\u00c4b\u00df\u00de');
    assert.is(upperCase('x-client-dn_1[z]'), 'X-CLIENT-DN_1[Z]');
    assert.is(upperCase('\u00e4b\u00ff'), '\u00e4B\u00ff');
  });
});

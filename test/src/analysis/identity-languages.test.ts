import * as assert from 'uvu/assert';
import { distinguishedName, simpleName, valuesOf } from '../../../src/analysis/identity-languages.js';
import { accepts } from '../../../src/pcre/language.js';
import { modelOf } from '../../support/differential.js';
import { mainFile } from '../../support/nginx.js';
import { describe } from '../../support/suite.js';

describe('names of clients', it => {
  it('include the simple ones, and not those of other programs', () => {
    const model = modelOf(mainFile(''));
    const shown = valuesOf(model, [{ kind: 'variable', name: 'ssl_client_s_dn' }]);
    for (const name of [
      'CN=alice',
      'CN=alice,OU=a b,O=Acme',
      'emailAddress=a@b.c,CN=x',
      'UID=7+CN=x',
      'CN=',
      'x-y=1',
      '',
    ]) {
      assert.ok(accepts(shown, name), name);
    }
    for (const name of [
      '/CN=a',
      'CN=a, O=b',
      'E=a@b',
      'cn=a',
      'givenName=a',
      'CN=\u00e9',
      'CN="a"',
      'CN=a ',
      'CN=#a',
      'CN=\\c3',
      ',',
    ]) {
      assert.not.ok(accepts(shown, name), name);
    }
    assert.ok(accepts(simpleName(), 'CN=alice,OU=a b,O=Acme'));
    assert.not.ok(accepts(distinguishedName(), 'x-y=1'));
  });

  it('are not known where the configuration defines the variable', () => {
    const model = modelOf(mainFile('map $uri $ssl_client_serial { default 0x1; }'));
    assert.ok(accepts(valuesOf(model, [{ kind: 'variable', name: 'ssl_client_serial' }]), '0x1'));
  });
});

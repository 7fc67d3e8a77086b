import * as assert from 'uvu/assert';
import { peerDemand, replacedAuthorities, setsVerifyMode, verifyMode } from '../../../src/model/client-verification.js';
import { modelOf } from '../../support/differential.js';
import { describe } from '../../support/suite.js';

const serverOf = (body: string) => modelOf(`http { server { listen 443 ssl; ${body} } }`).servers[0]!;

describe('client verification', it => {
  it('reads ssl_verify_client whatever its case, and nobody is verified with a value that nginx refuses', () => {
    assert.is(verifyMode(serverOf('')), 'off');
    assert.is(verifyMode(serverOf('ssl_verify_client On;')), 'on');
    assert.is(verifyMode(serverOf('ssl_verify_client optional;')), 'optional');
    assert.is(verifyMode(serverOf('ssl_verify_client OPTIONAL_NO_CA;')), 'optional_no_ca');
    assert.is(verifyMode(serverOf('ssl_verify_client require;')), 'off');
  });

  it('knows a command that sets VerifyMode whatever its case', () => {
    const commands = serverOf('ssl_conf_command verifymode Peer; ssl_conf_command VerifyCAFile a;').scope.effective(
      'ssl_conf_command',
    );
    assert.equal(commands.map(setsVerifyMode), [true, false]);
  });

  it('lists the files of VerifyCAFile, and none where no command names one', () => {
    assert.is(replacedAuthorities(serverOf('ssl_conf_command Options Bugs;')), undefined);
    const two = serverOf('ssl_conf_command verifycafile a.pem; ssl_conf_command VerifyCAFile b.pem;');
    assert.equal(replacedAuthorities(two), ['a.pem', 'b.pem']);
  });

  it('asks nobody with a value that OpenSSL does not know', () => {
    assert.equal(peerDemand(serverOf('ssl_conf_command VerifyMode Demand;')), { asks: 'nobody', requires: false });
  });

  it('takes the commands of the server in the place of those of http', () => {
    const inherited = (body: string) =>
      modelOf(`http { ssl_conf_command VerifyMode Require; server { listen 443 ssl; ${body} } }`).servers[0]!;
    assert.equal(peerDemand(inherited('')), { asks: 'all', requires: true });
    assert.equal(peerDemand(inherited('ssl_conf_command Options Bugs;')), { asks: 'nobody', requires: false });
  });
});

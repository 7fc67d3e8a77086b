import * as assert from 'uvu/assert';
import { groupVariablesOf } from '../../../src/analysis/evaluate/group-variables.js';
import { isTheSameThroughout } from '../../../src/analysis/script-reads.js';
import { modelOf } from '../../support/differential.js';
import { mainFile } from '../../support/nginx.js';
import { describe } from '../../support/suite.js';

describe('isTheSameThroughout', it => {
  const of = (source: string, server = ''): boolean => {
    const model = modelOf(
      mainFile(`map $ssl_protocol $p { } map ${source} $m { a 1; } server { listen 80; ${server} }`),
    );
    return isTheSameThroughout(model, groupVariablesOf(model), 'm');
  };

  it('holds of maps over what a request keeps', () => {
    for (const source of ['$http_x', '$ssl_client_verify', '$host', '"$p $request_uri"']) assert.ok(of(source), source);
  });

  it('does not hold of maps over what a jump, realip, a location, a pattern or an assignment changes', () => {
    const changing = [
      '$uri',
      '$arg_a',
      '$request_method',
      '$remote_addr',
      '$binary_remote_addr',
      '$document_root',
      '$1',
    ];
    for (const source of [...changing, '"$p $args"']) assert.not.ok(of(source), source);
    assert.not.ok(of('$group', 'location ~ (?<group>x) { }'));
    assert.not.ok(of('$http_x', 'set $http_x 1;'));
    assert.not.ok(of('$http_x', 'set $m 1;'));
    assert.not.ok(of('$p', 'set $p 1;'));
  });

  it('does not hold of what no map defines', () => {
    const model = modelOf(mainFile('server { listen 80; }'));
    assert.not.ok(isTheSameThroughout(model, groupVariablesOf(model), 'uri'));
  });
});

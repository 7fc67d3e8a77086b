import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { directWitness } from '../../../src/analysis/access.js';
import { analyse } from '../../../src/analysis/analyse.js';
import { clientVariableAssignments, withoutAssignments } from '../../../src/analysis/assignments.js';
import { Counterfactual, editedModel } from '../../../src/analysis/counterfactual.js';
import { environmentOf, evaluate } from '../../../src/analysis/evaluate.js';
import { type Exposure, exposuresOf } from '../../../src/analysis/exposures.js';
import { verifyMode } from '../../../src/analysis/handshake.js';
import { nodesOfSteps } from '../../../src/analysis/step-nodes.js';
import { configText } from '../../support/config-text.js';
import { modelOf } from '../../support/differential.js';
import { configShape, PAPER_SURROUNDINGS } from '../../support/generate-config.js';
import { GUARD, PREAMBLE, site } from '../../support/lint.js';
import { mainFile } from '../../support/nginx.js';
import { describe } from '../../support/suite.js';

const PASS = 'proxy_pass http://app;';

function exposures(http: string): readonly Exposure[] {
  const model = modelOf(mainFile(PREAMBLE + http));
  return exposuresOf(model, analyse(model));
}

/** Block and cause of every exposure. */
function causes(http: string): string[] {
  return exposures(http).map(({ row, cause }) => {
    const { node } = row.site.scope;
    return `${[node?.name, ...(node?.args ?? [])].join(' ')}: ${cause.kind}`;
  });
}

const PARTNER =
  'server { listen 443 ssl default_server; server_name partner.test; ssl_client_certificate other-ca.pem; ssl_verify_client on; return 403; }';

describe('exposuresOf', it => {
  it('names a redefined variable before anything that it makes possible', () => {
    const body = `set $ssl_client_verify SUCCESS; ${GUARD} location / { ${PASS} }`;
    assert.equal(causes(site('optional', body)), ['location /: redefined-verify-variable']);
    assert.equal(causes(site('optional', body, '80')), ['location /: redefined-verify-variable']);
    // What is open without it has another cause.
    assert.equal(causes(site('optional', `set $ssl_client_verify SUCCESS; location / { ${PASS} }`)), [
      'location /: unverified-location',
    ]);
  });

  it('blames a listener without TLS only for what is refused over TLS', () => {
    const body = `location / { if ($ssl_client_verify = NONE) { return 403; } ${PASS} } location /open { ${PASS} }`;
    assert.equal(causes(site('optional', body, '443 ssl; listen 80')), [
      'location /: plaintext-listener',
      'location /open: unverified-location',
    ]);
  });

  it('blames an error page only for what nothing else leads to', () => {
    const page = `error_page 403 = @open; location @open { ${PASS} }`;
    assert.equal(causes(site('optional', `${GUARD} ${page} location / { ${PASS} }`)), [
      'location @open: error-page-bypass',
    ]);
    // try_files leads there as well, without a check.
    assert.equal(causes(site('optional', `${page} location / { root f; try_files /f @open; }`)), [
      'location @open: unverified-location',
      'location /: unverified-location',
    ]);
    // So does a listener without TLS.
    assert.equal(causes(site('on', `error_page 496 = /; location / { ${PASS} }`, '443 ssl; listen 80')), [
      'location /: plaintext-listener',
    ]);
    // So does the default server.
    assert.equal(causes(`${PARTNER} ${site('on', `error_page 495 = /; location / { ${PASS} }`)}`), [
      'location /: weaker-default-policy',
    ]);
  });

  it('blames the default server only for a CA that it alone accepts', () => {
    const [found] = exposures(`${PARTNER} ${site('optional', `${GUARD} location / { ${PASS} }`)}`);
    assert.is(found!.clientClass, 'untrusted');
    assert.is(found!.cause.kind === 'weaker-default-policy' && found!.cause.issuer, 'other-ca.pem');
    assert.equal(causes(`${PARTNER} ${site('optional_no_ca', `location / { ${PASS} }`)}`), [
      'location /: unverified-location',
    ]);
  });

  it('blames what the client sends before the check that gives way to it', () => {
    assert.equal(causes(site('optional', `location / { if ($http_x) { break; } ${GUARD} ${PASS} }`)), [
      'location /: spoofable-exemption',
    ]);
    assert.equal(causes(site('optional', `location / { if ($uri ~ x) { break; } ${GUARD} ${PASS} }`)), [
      'location /: ineffective-verify-check',
    ]);
  });

  it('does not take a header for an exemption that chooses a place', () => {
    const chosen = `location / { ${GUARD} if ($http_x) { rewrite ^ /in last; } ${PASS} }`;
    assert.equal(causes(site('optional', `${chosen} location /in { internal; ${PASS} }`)), []);
    assert.equal(
      causes(
        site(
          'optional',
          `location / { if ($http_x) { rewrite ^ /in last; } ${GUARD} ${PASS} } location /in { internal; ${PASS} }`,
        ),
      ),
      ['location /in: unverified-location'],
    );
  });

  it('takes a page for harmless that is the same for everybody', () => {
    const page = (target: string, location: string) =>
      exposures(site('optional', `${GUARD} error_page 403 = ${target}; ${location} location / { ${PASS} }`));
    const isHarmless = ([found]: readonly Exposure[]) => `${found?.cause.kind} ${found?.isHarmless}`;
    assert.is(isHarmless(page('@f', 'location @f { root f; try_files /no.html =403; }')), 'unverified-location true');
    assert.is(isHarmless(page('@f', 'location @f { root f; try_files $uri =403; }')), 'error-page-bypass false');
    assert.is(isHarmless(page('@f', 'location @f { root f; }')), 'error-page-bypass false');
    assert.is(isHarmless(page('@f', 'location @f { return 200 no; }')), 'error-page-bypass true');
  });

  it('takes what is made of the certificate for what is told to the back end', () => {
    const told = (mode: string, value: string) =>
      exposures(`map $ssl_client_s_dn $cn { default ""; ~CN=(?<n>[^,]+) $n; } map $ssl_client_escaped_cert $pem { default $ssl_client_escaped_cert; }
        ${site(mode, `set $dn $ssl_client_i_dn; location / { proxy_set_header X ${value}; ${PASS} }`)}`)[0]!
        .delegatedBy;
    for (const value of ['$cn', '$dn', '$pem', '$ssl_client_serial']) assert.ok(told('optional', value), value);
    for (const value of ['$http_x', '"constant"']) assert.not.ok(told('optional', value), value);
    assert.ok(told('optional_no_ca', '$pem'));
    for (const value of ['$cn', '$dn', '$ssl_client_serial']) assert.not.ok(told('optional_no_ca', value), value);
  });
});

describe('counterfactuals', it => {
  it('keep every directive at its place', () => {
    const model = modelOf(mainFile(site('on', `error_page 403 /e; location / { error_page 404 /e; ${PASS} }`)));
    const edited = editedModel(model, node => (node.name === 'error_page' ? undefined : node));
    const [server] = edited.servers;
    assert.equal(server!.scope.effective('error_page'), []);
    assert.equal(server!.locations[0]!.scope.effective('error_page'), []);
    assert.is(server!.locations[0]!.node.directive, model.servers[0]!.locations[0]!.node.directive);
    assert.is(server!.locations[0]!.node.parent!.parent, edited.scope.node);
    assert.equal(model.servers[0]!.scope.effective('error_page').length, 1);
  });

  it('answer for the servers that are asked about', () => {
    const model = modelOf(
      mainFile(
        `${PREAMBLE} ${site('optional', `error_page 404 = @o; location / { return 404; } location @o { ${PASS} }`)}`,
      ),
    );
    const row = analyse(model).rows.find(({ site: found }) => found.scope.node?.args[0] === '@o')!;
    const asIs = new Counterfactual(model, new Set(model.servers), node => node);
    const without = new Counterfactual(model, new Set(model.servers), node =>
      node.name === 'error_page' ? undefined : node,
    );
    assert.is(asIs.witness(row.site, 'none')?.request.http.target, '/');
    assert.is(without.witness(row.site, 'none'), undefined);
    assert.not.ok(new Counterfactual(model, new Set(), node => node).has(row.site.server));
  });
});

describe('clientVariableAssignments', it => {
  const assigned = (http: string) =>
    clientVariableAssignments(modelOf(mainFile(http))).map(
      ({ node, variable, server }) => `${node.name} ${variable} ${server === undefined ? 'everywhere' : server.index}`,
    );

  it('finds every line that gives a variable of nginx a value', () => {
    assert.equal(
      assigned(`map $http_a $ssl_client_verify { default b; } geo $ssl_client_serial { default 1; }
        split_clients $http_a $ssl_client_fingerprint { * x; }
        map $uri $x { ~(?<ssl_client_s_dn>.) 1; }
        server { listen 80; server_name ~^(?<ssl_client_i_dn>.)$; set $SSL_CLIENT_VERIFY x;
          location ~ (?P<ssl_client_cert>.) { auth_request_set $ssl_client_verify y; }
          location /a { if ($uri ~ "(?'ssl_client_v_end'.)") { set $ssl_client_sigalg z; } rewrite (?<ssl_client_raw_cert>.) /; } }`),
      [
        'map ssl_client_verify everywhere',
        'geo ssl_client_serial everywhere',
        'split_clients ssl_client_fingerprint everywhere',
        '~(?<ssl_client_s_dn>.) ssl_client_s_dn everywhere',
        'server_name ssl_client_i_dn everywhere',
        'set ssl_client_verify 0',
        'location ssl_client_cert everywhere',
        'auth_request_set ssl_client_verify 0',
        'if ssl_client_v_end everywhere',
        'set ssl_client_sigalg 0',
        'rewrite ssl_client_raw_cert everywhere',
      ],
    );
  });

  it('leaves alone what is nobody else’s name, what only reads, and text that is no pattern', () => {
    assert.equal(
      assigned(`map $ssl_client_s_dn $ssl_client_s_dn_cn { default $ssl_client_verify; } geo $ssl_client { default 1; }
        log_format a "(?<ssl_client_verify>x)";
        server { listen 80; set $dn $ssl_client_s_dn; location /(?<ssl_client_verify>x) { return 200 "$ssl_client_verify"; }
          if ($uri = "(?<ssl_client_verify>x)") { return 204; } }`),
      [],
    );
  });

  it('leaves out the lines, and of patterns the names of the groups alone', () => {
    const model = editedModel(
      modelOf(
        mainFile(`map $a $ssl_client_verify { default b; }
          server { listen 80; set $ssl_client_verify x; location ~ ^/(?<ssl_client_verify>.)(?<kept>.)$ { return 204; } }`),
      ),
      withoutAssignments,
    );
    const [server] = model.servers;
    assert.is(model.variables.size, 0);
    assert.equal(server!.program, []);
    const { match } = server!.locations[0]!;
    assert.is(match.kind === 'regex' && match.pattern.source, '^/(.)(?<kept>.)$');
    assert.equal(clientVariableAssignments(model), []);
  });
});

/** Nothing of this is opened. */
describe('the causes of random exposures', it => {
  it('are one for each open place, and true of its witness', () => {
    const met = new Map<string, number>();
    fc.assert(
      fc.property(configShape, shape => {
        const { http, files } = configText(shape, PAPER_SURROUNDINGS);
        const text = [mainFile(http), ...Object.values(files)].join('\n');
        const model = modelOf(mainFile(http), files);
        const table = analyse(model);
        const found = exposuresOf(model, table);
        const open = table.rows.filter(
          ({ site: { server }, access }) =>
            verifyMode(server) !== 'off' &&
            [access.none, access.untrusted].some(verdict => directWitness(verdict) !== undefined),
        );
        assert.is(new Set(found.map(({ row }) => row)).size, found.length, text);
        for (const row of open) {
          if (found.some(exposure => exposure.row === row)) continue;
          // Static pages of errors are what is left where verification is on.
          assert.is(`${verifyMode(row.site.server)} ${row.site.content}`, 'on static', text);
        }
        for (const { cause, row, witness } of found) {
          met.set(cause.kind, (met.get(cause.kind) ?? 0) + 1);
          const ends = (of: typeof model) => {
            const { outcome } = evaluate(of, witness.request, environmentOf(witness));
            return outcome.kind === 'content' && outcome.site.content === row.site.content ? outcome.site : undefined;
          };
          assert.is(ends(model)?.scope, row.site.scope, text);
          const pages = nodesOfSteps(row.site.server, witness.steps).filter(({ name }) => name === 'error_page');
          const without = editedModel(model, node => (node.name === 'error_page' ? undefined : node));
          if (cause.kind === 'error-page-bypass') {
            assert.ok(pages.includes(cause.page), text);
            assert.not.ok(ends(without)?.scope.node?.directive === row.site.scope.node?.directive, text);
          }
          if (cause.kind === 'plaintext-listener') assert.is(witness.request.tls, null, text);
          if (cause.kind === 'weaker-default-policy') assert.is(witness.request.tls?.serverName, null, text);
        }
      }),
      { seed: 4711, numRuns: 20 },
    );
    for (const kind of ['plaintext-listener', 'error-page-bypass', 'ineffective-verify-check', 'unverified-location']) {
      assert.ok((met.get(kind) ?? 0) >= 3, `${kind}: ${JSON.stringify([...met])}`);
    }
  });
});

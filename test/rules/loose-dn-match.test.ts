import * as assert from 'uvu/assert';
import { cases, idioms } from '../fixtures/rules/loose-dn-match.js';
import { describeCases, findingsOf, flags, lintSnippet, PREAMBLE, site } from '../support/lint.js';

const PASS = 'proxy_pass http://app;';

describeCases('loose-dn-match', cases, idioms, it => {
  it('shows a subject for each pattern, and why it matches', async () => {
    const told: string[] = [];
    for (const { flagged } of cases) {
      const found = (await flags(PREAMBLE + flagged)).find(({ rule }) => rule === 'loose-dn-match')!;
      const [, subject, meant, why] = /^the subject (.*) gets to .*, which is for subjects like (.*): (.*)$/.exec(
        found.message,
      )!;
      told.push(`${meant} / ${subject} / ${why}`);
      assert.is(found.witness?.request.tls?.subject, subject);
    }
    assert.equal(told, [
      'CN=admin / L=CN=admin / it has no CN, only the text of one in another attribute',
      'CN=admin / L=\\,CN=admin / it has no CN, only the text of one in another attribute',
      'CN=admin / CN=adminx / its CN goes on behind what is asked for',
      'O=a,O=Example,C=US / L=\\,O=Example,C=US / it has no O, only the text of one in another attribute',
      'CN=a,O=Example,C=US / CN=\\,O=Example,C=US / it has no O, only the text of one in another attribute',
      'O=@example.com / OU=@example.com / it holds the text in whichever attribute',
      'CN=www.example.com,O=Example / CN=wwwaexampleacom,O=Example / a dot stands for any character',
      'CN=www.example.com,O=a / CN=wwwaexampleacom,O=a / a dot stands for any character',
      'CN=alice / L=CN=alice / it has no CN, only the text of one in another attribute',
      'CN=bob / L=\\,CN=bob / it has no CN, only the text of one in another attribute',
      'CN=alice / L=CN=alice / it has no CN, only the text of one in another attribute',
    ]);
  });

  it('looks for a subject that no earlier line of the map takes', async () => {
    const map = (first: string): string => `map $ssl_client_s_dn $ok { default 0; ${first}
~CN=admin 1; # expect: loose-dn-match
}
${site('on', `if ($ok = 0) { return 403; }\nlocation / { ${PASS} }`)}`;
    const subjectOf = async (first: string): Promise<string> =>
      /^the subject (\S+) /.exec((await flags(PREAMBLE + map(first)))[0]!.message)![1]!;
    assert.is(await subjectOf(''), 'L=CN=admin');
    assert.is(await subjectOf('"L=CN=admin" 0;'), 'O=CN=admin');
    assert.is(await subjectOf('~^[^C] 0; ~^C[^N] 0;'), 'CN=adminx');
  });

  it('proposes nothing that the configuration turns away for another reason', async () => {
    const [found] = await flags(
      `${PREAMBLE}${site('on', `location / {\nif ($ssl_client_s_dn !~ "O=Acme") { return 403; } # expect: loose-dn-match\nif ($ssl_client_s_dn !~ "^CN=alice,O=Acme$") { return 403; }\n${PASS} }`)}`,
    );
    assert.is(found!.witness, undefined);
  });

  it('reports a snippet of several servers once', async () => {
    const guard = `if ($ok = 0) { return 403; } location / { ${PASS} }`;
    await flags(
      `${PREAMBLE}map $ssl_client_s_dn $ok { default 0;\n~CN=admin 1; # expect: loose-dn-match\n}
${site('on', guard)}\n${site('on', guard).replace('app.test', 'b.test')}`,
    );
  });

  it('says of which patterns it did not look for other subjects', async () => {
    const lines = Array.from({ length: 53 }, (_, index) => `"~^CN=user${index}$" 1;`).join('\n');
    const { notices } = await lintSnippet(
      `${PREAMBLE}map $ssl_client_s_dn $ok { default 0;\n${lines}\n}\n${site('on', `if ($ok = 0) { return 403; }\nlocation / { ${PASS} }`)}`,
    );
    assert.equal(
      notices.flatMap(({ kind, text }) => (kind === 'bound' ? [text] : [])),
      ['for 3 of 53 patterns no subject was looked for that should not match'],
    );
  });

  it('known limit: a class of values that is too wide for its purpose is what the pattern asks for', async () => {
    const findings = await findingsOf(
      `${PREAMBLE}${site('on', `if ($ssl_client_s_dn !~ "^CN=[a-z]+$") { return 403; }\nlocation / { ${PASS} }`)}`,
    );
    assert.not.ok(findings.some(({ rule }) => rule === 'loose-dn-match'));
  });
});

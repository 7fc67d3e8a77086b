import * as assert from 'uvu/assert';
import { compare, expectationsOf } from '../../support/lint.js';
import { requireNginx } from '../../support/nginx.js';
import { plainGet, withLaboratory } from '../../support/proxy-laboratory.js';
import { describe } from '../../support/suite.js';

const RULE = 'unverified-upstream';
const HERE = `# expect: ${RULE}`;
const LENT = '# expect: unconditional-proxy-certificate';

const shows = (prefix = 'proxy') => `${prefix}_ssl_certificate_key proxy.key; ${prefix}_ssl_certificate proxy.pem;`;
const verifies = (prefix = 'proxy', authority = 'backend-ca.pem', name = 'localhost') =>
  `${prefix}_ssl_verify on; ${prefix}_ssl_trusted_certificate ${authority}; ${prefix}_ssl_name ${name};`;
const PASS = 'proxy_pass https://127.0.0.1:9443;';
const open = (body: string) => `server { listen 80; server_name app.test; location / {\n${body}\n} }`;

/** What a client is answered, and under which certificate the back end was asked: `200 proxy`, `200 nobody`, `502`. */
type Answers = Readonly<Record<string, string>>;

interface Contrast {
  readonly title: string;
  readonly flagged: string;
  /** Answers by target, and by name of the Host header where it has one: `/ a.test`. */
  readonly answers: Answers;
  readonly accepted: string;
  readonly acceptedAnswers: Answers;
}

const passes: Readonly<Record<string, string>> = {
  proxy: PASS,
  grpc: 'grpc_pass grpcs://127.0.0.1:9443;',
  uwsgi: 'uwsgi_param A b; uwsgi_pass suwsgi://127.0.0.1:9443;',
};

const CONTRASTS: readonly Contrast[] = [
  ...Object.entries(passes).flatMap(([prefix, pass]): Contrast[] => [
    {
      title: `a certificate that ${prefix}_pass shows to whoever answers`,
      flagged: open(`${shows(prefix)} ${HERE}, unconditional-proxy-certificate\n${pass}`),
      answers: { '/': '200 proxy' },
      accepted: open(`${shows(prefix)} ${LENT}\n${verifies(prefix)} ${pass}`),
      acceptedAnswers: { '/': '200 proxy' },
    },
    {
      title: `CAs that ${prefix}_pass does not read, whoever answers`,
      flagged: open(`${prefix}_ssl_trusted_certificate other-ca.pem; ${HERE}\n${pass}`),
      answers: { '/': '200 nobody' },
      accepted: open(`${verifies(prefix, 'other-ca.pem')} ${pass}`),
      acceptedAnswers: { '/': '502' },
    },
  ]),
  {
    title: 'a file of CAs that is not there, since nobody reads it',
    flagged: open(`proxy_ssl_trusted_certificate missing.pem; ${HERE}\n${PASS}`),
    answers: { '/': '200 nobody' },
    accepted: open(`proxy_ssl_trusted_certificate ""; ${PASS}`),
    acceptedAnswers: { '/': '200 nobody' },
  },
  {
    title: 'a CRL that is not read',
    flagged: open(`proxy_ssl_crl missing.pem; ${HERE}\n${PASS}`),
    answers: { '/': '200 nobody' },
    accepted: open(PASS),
    acceptedAnswers: { '/': '200 nobody' },
  },
  {
    title: 'verification that is switched off again',
    flagged: `proxy_ssl_verify on; proxy_ssl_trusted_certificate other-ca.pem; ${HERE}\n${open(`proxy_ssl_verify off; ${PASS}`)}`,
    answers: { '/': '200 nobody' },
    accepted: `proxy_ssl_verify on; proxy_ssl_trusted_certificate other-ca.pem;\n${open(PASS)}`,
    acceptedAnswers: { '/': '502' },
  },
  {
    title: 'a name that an argument gives',
    flagged: open(`${verifies('proxy', 'backend-ca.pem', '$arg_name')} ${HERE}\n${PASS}`),
    answers: { '/?name=localhost': '200 nobody', '/?name=x.a.test': '200 nobody', '/?name=x': '502' },
    accepted: open(`${verifies()} ${PASS}`),
    acceptedAnswers: { '/?name=localhost': '200 nobody', '/?name=x': '200 nobody' },
  },
  {
    title: 'the name that a default server is asked for',
    flagged: open(`${verifies('proxy', 'backend-ca.pem', '$host')} ${HERE}\n${PASS}`),
    answers: { '/ localhost': '200 nobody', '/ x.a.test': '200 nobody', '/ app.test': '502' },
    accepted: `server { listen 80; server_name other.test; return 404; }
${open(`${verifies('proxy', 'backend-ca.pem', '$host')} ${PASS}`).replace('app.test', 'localhost')}`,
    acceptedAnswers: { '/ localhost': '200 nobody', '/ x.a.test': '404' },
  },
  {
    title: 'a header in the place of the host',
    flagged: `server { listen 80; server_name other.test; return 404; }
${open(`${verifies('proxy', 'backend-ca.pem', '$http_host')} ${HERE}\n${PASS}`)}`,
    answers: { 'http://app.test/ localhost': '200 nobody', 'http://app.test/ x.a.test': '200 nobody' },
    accepted: `server { listen 80; server_name other.test; return 404; }
${open(`${verifies('proxy', 'backend-ca.pem', '$server_name')} ${PASS}`)}`,
    acceptedAnswers: { 'http://app.test/ localhost': '502' },
  },
  {
    title: 'a name that a set and a map hand on',
    flagged: `map $arg_name $wanted { default $arg_name; }
${open(`set $name $wanted; ${verifies('proxy', 'backend-ca.pem', '$name')} ${HERE}\n${PASS}`)}`,
    answers: { '/?name=localhost': '200 nobody', '/?name=x.a.test': '200 nobody' },
    accepted: `map $arg_name $wanted { default localhost; other x.a.test; }
${open(`set $name $wanted; ${verifies('proxy', 'backend-ca.pem', '$name')} ${PASS}`)}`,
    acceptedAnswers: { '/?name=x': '200 nobody', '/?name=other': '200 nobody' },
  },
  {
    title: 'a target that the client names, which is the name as well',
    flagged: `upstream localhost { server 127.0.0.1:9443; } upstream x.a.test { server 127.0.0.1:9443; }
${open(`proxy_ssl_verify on; proxy_ssl_trusted_certificate backend-ca.pem; proxy_pass https://$arg_name; ${HERE}`)}`,
    answers: { '/?name=localhost': '200 nobody', '/?name=x.a.test': '200 nobody' },
    accepted: `upstream localhost { server 127.0.0.1:9443; } upstream x.a.test { server 127.0.0.1:9443; }
${open(`proxy_ssl_verify on; proxy_ssl_trusted_certificate backend-ca.pem; proxy_pass https://localhost$request_uri;`)}`,
    acceptedAnswers: { '/?name=x.a.test': '200 nobody' },
  },
  {
    title: 'a command that verifies the certificate and not the name',
    flagged: open(
      `proxy_ssl_conf_command VerifyMode Peer; proxy_ssl_conf_command VerifyCAFile backend-ca.pem; proxy_ssl_name other.test; ${shows()} ${HERE}, unconditional-proxy-certificate\n${PASS}`,
    ),
    answers: { '/': '200 proxy' },
    accepted: open(`${verifies('proxy', 'backend-ca.pem', 'other.test')} ${shows()} ${LENT}\n${PASS}`),
    acceptedAnswers: { '/': '502' },
  },
  {
    title: 'settings of another module',
    flagged: open(`${shows('proxy')} ${HERE}\n${passes['grpc']}`),
    answers: { '/': '200 nobody' },
    accepted: open(`${verifies('grpc')} ${shows('grpc')} ${LENT}\n${passes['grpc']}`),
    acceptedAnswers: { '/': '200 proxy' },
  },
  {
    title: 'settings for a back end that is spoken to without TLS',
    flagged: open(`${shows('proxy')} ${HERE}\nproxy_pass http://127.0.0.1:9443;`),
    // The back end speaks TLS alone, so it never answers.
    answers: { '/': '502' },
    accepted: open(`${verifies()} ${shows('proxy')} ${LENT}\n${PASS}`),
    acceptedAnswers: { '/': '200 proxy' },
  },
  {
    title: 'settings of http that no site uses, as a note',
    flagged: `proxy_ssl_verify on; ${HERE} note\n${open('proxy_pass http://127.0.0.1:9443;')}`,
    answers: { '/': '502' },
    accepted: `proxy_ssl_verify on; proxy_ssl_trusted_certificate backend-ca.pem; proxy_ssl_name localhost;\n${open(PASS)}
server { listen 80; server_name other.test; location / { proxy_pass http://127.0.0.1:9443; } }`,
    acceptedAnswers: { '/': '200 nobody' },
  },
];

/** Asserts how nginx answers on a snippet. */
function checkAnswers(snippet: string, answers: Answers): Promise<void> {
  return withLaboratory(snippet, async ({ send }) => {
    for (const [asked, expected] of Object.entries(answers)) {
      const [target = '/', host = 'app.test'] = asked.split(' ');
      const { body, failure, status } = await send(plainGet(target, [['Host', host]]));
      assert.is(status === 200 ? `200 ${body}` : String(status), expected, `${asked}: ${failure}\n${snippet}`);
    }
  });
}

describe(RULE, it => {
  for (const { accepted, acceptedAnswers, answers, flagged, title } of CONTRASTS) {
    it(`flags ${title}`, async () => {
      const findings = await compare(flagged, expectationsOf(flagged));
      assert.ok(
        findings.some(({ rule }) => rule === RULE),
        flagged,
      );
      await compare(accepted, expectationsOf(accepted));
      if (!requireNginx()) return;
      await checkAnswers(flagged, answers);
      await checkAnswers(accepted, acceptedAnswers);
    });
  }
});

// Faults in what certificates and their settings are taken to mean: src/pki.

const CHAIN = 'src/pki/chain.ts';
const CERTIFICATE = 'src/pki/certificate.ts';
const TESTS = ['pki/chain.test', 'rules/widened-client-trust.test'];

export const pki = [
  {
    name: 'chains-go-on-behind-trust-settings',
    meaning: 'a TRUSTED CERTIFICATE that is no root does not end a chain (check_trust of x509_vfy.c)',
    file: CHAIN,
    search: 'while (!top.isSelfSigned && top.clientTrust === undefined) {',
    replace: 'while (!top.isSelfSigned) {',
    tests: TESTS,
  },
  {
    name: 'trust-settings-have-to-be-current',
    meaning: 'the end of a chain that is no root has to be in force (internal_verify of x509_vfy.c)',
    file: CHAIN,
    search: 'path.at(-1)!.isSelfSigned ? path : path.slice(0, -1);',
    replace: 'path;',
    tests: TESTS,
  },
  {
    name: 'trust-settings-of-others-say-nothing',
    meaning: 'a list of other purposes leaves a root trusted (obj_trust of x509_trust.c)',
    file: CERTIFICATE,
    search: "trusted && (trusted.some(concernsClients) ? 'trusted' : 'rejected');",
    replace: "trusted?.some(concernsClients) ? 'trusted' : undefined;",
    tests: TESTS,
  },
  {
    name: 'trust-settings-leave-purposes-alone',
    meaning: 'a CA for other purposes is refused although trust settings name clients (check_purpose of x509_vfy.c)',
    file: CERTIFICATE,
    search: "if (certificate.clientTrust === 'trusted') return true;",
    replace: '',
    tests: TESTS,
  },
];

import type { Rule } from '../src/rule.js';
import deadCheck from './dead-check.js';
import errorPageBypass from './error-page-bypass.js';
import incompleteCrlChain from './incomplete-crl-chain.js';
import ineffectiveVerifyCheck from './ineffective-verify-check.js';
import networkExemption from './network-exemption.js';
import permissiveDefaultServer from './permissive-default-server.js';
import plaintextListener from './plaintext-listener.js';
import redefinedVerifyVariable from './redefined-verify-variable.js';
import spoofableExemption from './spoofable-exemption.js';
import unconditionalProxyCertificate from './unconditional-proxy-certificate.js';
import unloadableDirective from './unloadable-directive.js';
import unprotectedTwin from './unprotected-twin.js';
import unsafeIf from './unsafe-if.js';
import unverifiedLocation from './unverified-location.js';
import weakerDefaultPolicy from './weaker-default-policy.js';

/** Every rule, in the order of the groups of the rule catalogue. */
export const rules: readonly Rule[] = [
  unverifiedLocation,
  ineffectiveVerifyCheck,
  errorPageBypass,
  plaintextListener,
  permissiveDefaultServer,
  weakerDefaultPolicy,
  spoofableExemption,
  networkExemption,
  incompleteCrlChain,
  redefinedVerifyVariable,
  unprotectedTwin,
  unconditionalProxyCertificate,
  unsafeIf,
  deadCheck,
  unloadableDirective,
];

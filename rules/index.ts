import type { Rule } from '../src/rule.js';
import deadCheck from './dead-check.js';
import incompleteCrlChain from './incomplete-crl-chain.js';
import ineffectiveVerifyCheck from './ineffective-verify-check.js';
import permissiveDefaultServer from './permissive-default-server.js';
import plaintextListener from './plaintext-listener.js';
import unconditionalProxyCertificate from './unconditional-proxy-certificate.js';
import unloadableDirective from './unloadable-directive.js';
import unsafeIf from './unsafe-if.js';
import unverifiedLocation from './unverified-location.js';

/** Every rule, in the order of the groups of the rule catalogue. */
export const rules: readonly Rule[] = [
  unverifiedLocation,
  ineffectiveVerifyCheck,
  plaintextListener,
  permissiveDefaultServer,
  incompleteCrlChain,
  unconditionalProxyCertificate,
  unsafeIf,
  deadCheck,
  unloadableDirective,
];

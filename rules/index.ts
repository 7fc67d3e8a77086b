import type { Rule } from '../src/rule.js';
import deadCheck from './dead-check.js';
import defaultAllowAuthorization from './default-allow-authorization.js';
import errorPageBypass from './error-page-bypass.js';
import expiredCrl from './expired-crl.js';
import exposedPrivateKey from './exposed-private-key.js';
import incompleteCrlChain from './incomplete-crl-chain.js';
import ineffectiveVerifyCheck from './ineffective-verify-check.js';
import inertVerification from './inert-verification.js';
import looseDnMatch from './loose-dn-match.js';
import misplacedVerification from './misplaced-verification.js';
import missingRevocation from './missing-revocation.js';
import networkExemption from './network-exemption.js';
import overflowingMapHash from './overflowing-map-hash.js';
import overriddenVerification from './overridden-verification.js';
import permissiveDefaultServer from './permissive-default-server.js';
import plaintextListener from './plaintext-listener.js';
import publicClientCa from './public-client-ca.js';
import redefinedVerifyVariable from './redefined-verify-variable.js';
import sessionResumptionBypass from './session-resumption-bypass.js';
import shallowVerifyDepth from './shallow-verify-depth.js';
import sharedUpstreamIdentity from './shared-upstream-identity.js';
import spoofableExemption from './spoofable-exemption.js';
import spoofableIdentityHeader from './spoofable-identity-header.js';
import unauthenticatedAuthorization from './unauthenticated-authorization.js';
import unconditionalProxyCertificate from './unconditional-proxy-certificate.js';
import unenforcedStreamVerification from './unenforced-stream-verification.js';
import unloadableDirective from './unloadable-directive.js';
import unmatchableDn from './unmatchable-dn.js';
import unprotectedTwin from './unprotected-twin.js';
import unsafeIf from './unsafe-if.js';
import unusableClientCa from './unusable-client-ca.js';
import unusableCrl from './unusable-crl.js';
import unverifiedIdentityForwarded from './unverified-identity-forwarded.js';
import unverifiedLocation from './unverified-location.js';
import unverifiedUpstream from './unverified-upstream.js';
import weakerDefaultPolicy from './weaker-default-policy.js';
import widenedClientTrust from './widened-client-trust.js';

/** Every rule, in the order of the groups of the rule catalogue. */
export const rules: readonly Rule[] = [
  unverifiedLocation,
  ineffectiveVerifyCheck,
  errorPageBypass,
  plaintextListener,
  permissiveDefaultServer,
  weakerDefaultPolicy,
  sessionResumptionBypass,
  spoofableExemption,
  networkExemption,
  unenforcedStreamVerification,
  incompleteCrlChain,
  expiredCrl,
  unusableCrl,
  widenedClientTrust,
  publicClientCa,
  unusableClientCa,
  shallowVerifyDepth,
  missingRevocation,
  overriddenVerification,
  inertVerification,
  misplacedVerification,
  unauthenticatedAuthorization,
  defaultAllowAuthorization,
  unmatchableDn,
  looseDnMatch,
  spoofableIdentityHeader,
  unverifiedIdentityForwarded,
  redefinedVerifyVariable,
  unprotectedTwin,
  unconditionalProxyCertificate,
  sharedUpstreamIdentity,
  unverifiedUpstream,
  unsafeIf,
  deadCheck,
  exposedPrivateKey,
  overflowingMapHash,
  unloadableDirective,
];

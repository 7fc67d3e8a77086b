import { cases, idioms } from '../../fixtures/rules/unverified-identity-forwarded.js';
import { describeRule, type Holds } from '../../support/rule-laboratory.js';

/** The back end is told of a certificate that nobody vouches for, and nothing besides. */
const isTold: Holds = ({ received }) =>
  /CN=|DN: *O=|client-id: *[0-9a-f]{40}|X-User: *\w/i.test(received) && !/FAILED|-----BEGIN|-----/.test(received);

describeRule('unverified-identity-forwarded', cases, idioms, undefined, isTold);

import { cases, idioms } from '../../fixtures/rules/spoofable-identity-header.js';
import { describeRule, type Holds } from '../../support/rule-laboratory.js';

/** What the rule writes into the headers of its proofs. */
const FORGED = /^(?:SUCCESS|CN=forged|forged|CN=alice)$/i;

/** The back end gets the client's own text. */
const arrives: Holds = ({ received }, { request: { http } }) =>
  http.headers.some(([, text]) => FORGED.test(text) && received.includes(text)) ||
  ((http.target.endsWith('=forged') || http.headers.some(([name]) => name === 'Authorization')) &&
    received.includes(': forged'));

describeRule('spoofable-identity-header', cases, idioms, undefined, arrives);

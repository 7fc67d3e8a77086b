import { type Forwarding, heldBackName, isRewritten, passedName } from '../../model/forwarding.js';
import type { Template } from '../../model/model.js';
import type { PassedField } from './trace.js';
import type { ClientHeader } from './variables.js';

/**
 * The fields that arrive at a back end: those that the configuration sets, then those of the client that it does not
 * hold back, each line of them by itself (rows 12.2-12.10). From 1.23.0 on nginx joins equal ones into one parameter.
 *
 * @param compute the text of a template, or undefined where it is not decided
 */
export function passedFields(
  forwarding: Forwarding,
  headers: readonly ClientHeader[],
  compute: (template: Template) => string | undefined,
): PassedField[] {
  const { asParameters, fields, heldBack, passesClientFields } = forwarding;
  const passed: PassedField[] = [];
  for (const { name, value, node, omitsEmpty } of fields) {
    const text = compute(value);
    if (text === '' && omitsEmpty) continue;
    passed.push({ name, text, setBy: node, isCertain: true });
  }
  if (!passesClientFields) return passed;
  for (const { written, value, isHashed } of headers) {
    const isHeldBack = heldBack.has(heldBackName(written, asParameters));
    // The name of a header is looked up by the hash that the parser made, that of a parameter by one of its own.
    const isCertain = isHashed || asParameters;
    if (isHeldBack && isCertain) continue;
    const name = passedName(written, forwarding);
    passed.push({ name, text: value, setBy: undefined, isCertain: !isHeldBack && !isRewritten(forwarding, written) });
  }
  return passed;
}

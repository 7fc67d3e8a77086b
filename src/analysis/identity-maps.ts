import type { TrafficModel, VariableDefinition } from '../model/model.js';
import { variablesOf } from '../model/template.js';
import { identityOfMaps } from './checks.js';

/** A `map` block. */
export type MapDefinition = Extract<VariableDefinition, { kind: 'map' }>;

/** The maps that look up something of the client's certificate, by themselves or through another map, in text order. */
export function identityMaps(model: TrafficModel): MapDefinition[] {
  const names = identityOfMaps(model);
  return [...model.variables.values()].filter(
    (definition): definition is MapDefinition =>
      definition.kind === 'map' && variablesOf(definition.source).some(name => names.has(name)),
  );
}

import type { HttpModel, Template } from './model.js';

/** Stands among the names of variables for `$1` …, of which no more is told apart. */
export const CAPTURES = '1';

/** Lower-case names of variables, `$` left out, and `CAPTURES`. */
type Names = ReadonlySet<string>;

type Definitions = Pick<HttpModel, 'variables'>;

const known = new WeakMap<Definitions['variables'], Map<string, Set<string>>>();

/** A variable with all that its value is computed from. */
export function inputsOf({ variables }: Definitions, name: string): Names {
  let ofModel = known.get(variables);
  if (ofModel === undefined) {
    ofModel = new Map();
    known.set(variables, ofModel);
  }
  return closure(variables, ofModel, name);
}

function closure(variables: Definitions['variables'], closed: Map<string, Set<string>>, name: string): Names {
  const before = closed.get(name);
  if (before !== undefined) return before;
  const names = new Set<string>([name]);
  closed.set(name, names);
  const add = (variable: string): void => {
    for (const input of closure(variables, closed, variable)) names.add(input);
  };
  const addTemplate = (template: Template): void => {
    for (const piece of template) {
      if (piece.kind === 'variable') add(piece.name);
      else if (piece.kind === 'capture') names.add(CAPTURES);
    }
  };
  if (name === 'is_args' || name === 'query_string' || name.startsWith('arg_')) names.add('args');
  if (name === 'binary_remote_addr') names.add('remote_addr');
  if (name === 'document_uri' || name.startsWith('fastcgi_')) names.add('uri');
  const definition = variables.get(name);
  if (definition?.kind === 'map') {
    addTemplate(definition.source);
    for (const entry of [...definition.literals.values(), ...definition.wildcards, ...definition.regexes]) {
      addTemplate(entry.value);
    }
    if (definition.default !== undefined) addTemplate(definition.default.value);
  } else if (definition?.kind === 'geo') {
    add(definition.source);
  } else if (definition?.kind === 'split') {
    addTemplate(definition.source);
  }
  return names;
}

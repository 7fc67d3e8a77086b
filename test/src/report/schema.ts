import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

/** A validator for one of the published schemas; they refer to each other by name. */
export function schemaOf(name: 'access' | 'findings' | 'why'): ValidateFunction {
  // `format` is not checked by ajv itself; the tests state what URLs look like.
  const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true, formats: { uri: true } });
  for (const file of ['access', 'findings', 'why'])
    ajv.addSchema(JSON.parse(readFileSync(`docs/${file}.schema.json`, 'utf8')));
  return ajv.getSchema(`https://github.com/nginx-mtls-lint/nginx-mtls-lint/blob/main/docs/${name}.schema.json`)!;
}

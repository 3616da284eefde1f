import { z } from 'zod';
import type { Path } from './walk.ts';

/** The `format` of a text that is a CEL expression itself, without `${{ }}`. */
export const celFormat = 'cel';

/** A JSON Schema, as far as we read it. */
export interface JsonSchema {
  $ref?: string;
  $defs?: Record<string, JsonSchema>;
  type?: string | string[];
  description?: string;
  properties?: Record<string, JsonSchema>;
  additionalProperties?: boolean | JsonSchema;
  items?: JsonSchema;
  prefixItems?: JsonSchema[];
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  allOf?: JsonSchema[];
  [keyword: string]: unknown;
}

const made = new WeakMap<z.ZodType, JsonSchema>();

/** The JSON Schema of what a zod schema reads. Made once for each schema. */
export function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  const before = made.get(schema);
  if (before !== undefined) return before;
  const options = { io: 'input', unrepresentable: 'any' } as const;
  const { '~standard': _, ...plain } = z.toJSONSchema(schema, options) as JsonSchema;
  made.set(schema, plain);
  return plain;
}

/** The schema itself, or the alternatives that it names. */
function alternatives(schema: JsonSchema, root: JsonSchema): JsonSchema[] {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.replace('#/$defs/', '');
    const target = schema.$ref === '#' ? root : root.$defs?.[name];
    return target === undefined || target === schema ? [] : alternatives(target, root);
  }
  const nested = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])];
  return [schema, ...nested.flatMap((one) => alternatives(one, root))];
}

function below(schema: JsonSchema, key: string | number): JsonSchema[] {
  if (typeof key === 'number')
    return [schema.prefixItems?.[key] ?? schema.items].filter((one) => one !== undefined);
  const own = schema.properties && Object.hasOwn(schema.properties, key) ? schema.properties[key] : undefined;
  if (own !== undefined) return [own];
  return typeof schema.additionalProperties === 'object' ? [schema.additionalProperties] : [];
}

/** What a schema may ask for where a path leads to. */
export function schemasAt(root: JsonSchema, path: Path): JsonSchema[] {
  let here = alternatives(root, root);
  for (const key of path) {
    here = here.flatMap((schema) => below(schema, key)).flatMap((schema) => alternatives(schema, root));
  }
  return here;
}

/** The keys that a schema knows where a path leads to. */
export function knownKeys(root: JsonSchema, path: Path): string[] {
  return [...new Set(schemasAt(root, path).flatMap((schema) => Object.keys(schema.properties ?? {})))];
}

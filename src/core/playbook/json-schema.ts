import type { KnownKinds } from './check-playbook.ts';
import { type JsonSchema, jsonSchemaOf } from './json-schema-walk.ts';
import { playbookSchema } from './playbook.ts';

const expression: JsonSchema = {
  type: 'string',
  pattern: '\\$\\{\\{',
  description: 'An expression: ${{ … }}',
};

/** Keywords that a text with an expression in it may well break. */
const limits = ['pattern', 'format', 'enum', 'const', 'minLength', 'maxLength'];

function mapValues(
  all: Record<string, JsonSchema>,
  change: (one: JsonSchema) => JsonSchema,
): Record<string, JsonSchema> {
  return Object.fromEntries(Object.entries(all).map(([key, one]) => [key, change(one)]));
}

/** Takes an expression in place of whatever the schema asks for; a plain text takes one as it is. */
function orExpression(schema: JsonSchema): JsonSchema {
  const plainText = schema.type === 'string' && !limits.some((keyword) => keyword in schema);
  if (plainText || Object.keys(schema).every((keyword) => keyword === 'description')) return schema;
  const { description, default: fallback, ...rest } = schema;
  return {
    ...(description === undefined ? {} : { description }),
    ...(fallback === undefined ? {} : { default: fallback }),
    anyOf: [rest, expression],
  };
}

/**
 * The schema with its references under names of its own, and expressions taken in it. With expressions in it a value
 * may fit several alternatives, so `oneOf` becomes `anyOf`.
 */
function adapted(schema: JsonSchema, prefix: string): JsonSchema {
  const { $schema: _, $defs: __, oneOf, ...rest } = schema;
  const inner = (one: JsonSchema) => orExpression(adapted(one, prefix));
  const same = (one: JsonSchema) => adapted(one, prefix);
  const any = [...(rest.anyOf ?? []), ...(oneOf ?? [])];
  return {
    ...rest,
    ...(rest.$ref === undefined ? {} : { $ref: rest.$ref.replace('#/$defs/', `#/$defs/${prefix}.`) }),
    ...(rest.properties === undefined ? {} : { properties: mapValues(rest.properties, inner) }),
    ...(typeof rest.additionalProperties === 'object'
      ? { additionalProperties: inner(rest.additionalProperties) }
      : {}),
    ...(rest.items === undefined ? {} : { items: inner(rest.items) }),
    ...(rest.prefixItems === undefined ? {} : { prefixItems: rest.prefixItems.map(inner) }),
    ...(rest.allOf === undefined ? {} : { allOf: rest.allOf.map(same) }),
    ...(any.length === 0 ? {} : { anyOf: any.map(same) }),
  };
}

function definitionsOf(kinds: KnownKinds): Record<string, JsonSchema> {
  const all: Record<string, JsonSchema> = {};
  for (const [uses, { input }] of kinds) {
    const schema = jsonSchemaOf(input);
    all[`with.${uses}`] = adapted(schema, uses);
    for (const [name, one] of Object.entries(schema.$defs ?? {})) all[`${uses}.${name}`] = adapted(one, uses);
  }
  return all;
}

/** A step's schema with the known kinds to choose from, each asking for its own `with`. */
function stepSchema(step: JsonSchema, kinds: KnownKinds): JsonSchema {
  const choices = [...kinds].map(([uses, { describe }]) => ({
    const: uses,
    ...(describe === undefined ? {} : { description: describe }),
  }));
  const withs = [...kinds.keys()].map((uses) => ({
    if: { properties: { uses: { const: uses } }, required: ['uses'] },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: { properties: { with: { $ref: `#/$defs/with.${uses}` } } },
  }));
  return {
    ...step,
    properties: { ...step.properties, uses: { description: 'The step kind', anyOf: choices } },
    allOf: withs,
  };
}

function edited(
  schema: JsonSchema | undefined,
  at: readonly string[],
  edit: (one: JsonSchema) => JsonSchema,
): JsonSchema {
  const [key, ...more] = at;
  if (key === undefined) return edit(schema ?? {});
  if (key === 'items') return { ...schema, items: edited(schema?.items, more, edit) };
  const properties = { ...schema?.properties, [key]: edited(schema?.properties?.[key], more, edit) };
  return { ...schema, properties };
}

/**
 * The JSON Schema (2020-12) of playbooks, for editors: with every known step kind and what each asks for in `with`.
 * It takes whatever `loadPlaybook` takes; references inside expressions are checked there alone.
 */
export function playbookJsonSchema(kinds: KnownKinds): JsonSchema {
  const step = (one: JsonSchema) => stepSchema(one, kinds);
  let schema = jsonSchemaOf(playbookSchema);
  schema = edited(schema, ['phases', 'items', 'steps', 'items'], step);
  schema = edited(schema, ['rollback', 'items'], step);
  schema = edited(schema, ['hypercare', 'end', 'items'], step);
  if (kinds.has('monitor')) {
    schema = edited(schema, ['hypercare', 'watch', 'with'], () => ({ $ref: '#/$defs/with.monitor' }));
  }
  return { title: 'Cutover playbook', ...schema, $defs: { ...schema.$defs, ...definitionsOf(kinds) } };
}

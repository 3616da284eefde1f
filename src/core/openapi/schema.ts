import { canonicalJson, type Json } from '../json.ts';

export type Fields = { [name: string]: Json };

/** The fields of an object; none of what is not one. */
export function fields(value: Json | undefined): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}

export function entries(value: Json | undefined): [string, Json][] {
  return Object.entries(fields(value));
}

export function items(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}

/** What a `$ref` into the same document leads to, and its last name; a value without one is itself. */
export function dereferenced(document: Json, value: Json | undefined): { value: Fields; name?: string } {
  let found = fields(value);
  let name: string | undefined;
  for (let hops = 0; hops < 20 && typeof found.$ref === 'string'; hops += 1) {
    const parts = found.$ref.split('/').slice(1).map(unescaped);
    name = parts.at(-1);
    let at: Json | undefined = found.$ref.startsWith('#/') ? document : undefined;
    for (const part of parts) at = Object.hasOwn(fields(at), part) ? fields(at)[part] : undefined;
    found = fields(at);
  }
  return name === undefined ? { value: found } : { value: found, name };
}

/** As RFC 6901 has it, in a fragment. */
function unescaped(part: string): string {
  const pointer = part.replaceAll('~1', '/').replaceAll('~0', '~');
  try {
    return decodeURIComponent(pointer);
  } catch {
    return pointer;
  }
}

/** A schema with what `allOf` gives it put together. */
export function whole(document: Json, schema: Fields, depth = 0): Fields {
  if (!Array.isArray(schema.allOf) || depth > 10) return schema;
  const parts = schema.allOf.map((part) => whole(document, dereferenced(document, part).value, depth + 1));
  const { allOf: _, ...own } = schema;
  const all = [...parts, own];
  return {
    ...Object.assign({}, ...all),
    properties: Object.assign({}, ...all.map(({ properties }) => fields(properties))),
    required: all.flatMap(({ required }) => items(required)),
  };
}

/** The alternatives of a schema but `null`; the schema itself where it has none. */
export function alternatives(document: Json, schema: Fields): Json[] {
  const given = [...items(schema.anyOf), ...items(schema.oneOf)];
  const some = given.filter((one) => typesOf(document, one)?.join() !== 'null');
  return some.length === 0 ? [schema] : some;
}

/** The JSON types that a schema allows, in order; undefined where it allows any. */
export function typesOf(document: Json, given: Json | undefined, depth = 0): string[] | undefined {
  const schema = whole(document, dereferenced(document, given).value);
  const types =
    depth > 10 ? undefined : (named(schema) ?? chosen(document, schema, depth) ?? implied(schema));
  if (types === undefined) return undefined;
  return [...new Set(schema.nullable === true ? [...types, 'null'] : types)].sort();
}

function named({ type }: Fields): string[] | undefined {
  if (typeof type === 'string') return [type];
  return Array.isArray(type) ? type.filter((one) => typeof one === 'string') : undefined;
}

function chosen(document: Json, schema: Fields, depth: number): string[] | undefined {
  const given = [...items(schema.anyOf), ...items(schema.oneOf)];
  const each = given.map((one) => typesOf(document, one, depth + 1));
  if (given.length === 0 || each.some((types) => types === undefined)) return undefined;
  return each.flatMap((types) => types ?? []);
}

function implied(schema: Fields): string[] | undefined {
  if (Array.isArray(schema.enum)) return [...new Set(schema.enum.map(typeOf))];
  if (schema.const !== undefined) return [typeOf(schema.const)];
  if (Object.keys(fields(schema.properties)).length > 0) return ['object'];
  return schema.items === undefined ? undefined : ['array'];
}

function typeOf(value: Json): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value;
}

/** The values that a schema names, as JSON; undefined where it names none. */
export function valuesOf({ enum: given, const: only }: Fields): string[] | undefined {
  if (Array.isArray(given)) return given.map((value) => canonicalJson(value));
  return only === undefined ? undefined : [canonicalJson(only)];
}

import { readFile, writeFile } from 'node:fs/promises';
import { alertJsonSchema } from '../src/adapters/alerts/generic.ts';
import { connectionKinds } from '../src/compose/connections.ts';
import { formatDuration } from '../src/core/playbook/duration.ts';
import { type JsonSchema, jsonSchemaOf } from '../src/core/playbook/json-schema-walk.ts';
import type { StepKind } from '../src/ports/step.ts';
import { stepKinds } from '../src/steps/registry.ts';

/** The parts of the documentation that are made from the code: `<!-- name -->` to `<!-- /name -->`. */
export const generated = [
  { file: 'docs/playbooks.md', name: 'kinds', text: () => [...stepKinds.values()].map(reference).join('\n') },
  { file: 'docs/playbooks.md', name: 'connections', text: () => connections() },
  { file: 'README.md', name: 'kinds', text: () => tableOfKinds([...stepKinds.values()]) },
  { file: 'docs/alerts.md', name: 'alert', text: () => tableOfAlert() },
] as const;

/** Puts a text between its two marks. Throws when a mark is missing. */
export function between(document: string, name: string, text: string): string {
  const [start, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const from = document.indexOf(start);
  const to = document.indexOf(end);
  if (from < 0 || to < from) throw new Error(`The marks ${start} and ${end} are missing.`);
  return `${document.slice(0, from)}${start}\n${text}\n${document.slice(to)}`;
}

function tableOfKinds(kinds: readonly StepKind[]): string {
  const rows = kinds.map(
    ({ uses, describe }) => `| [\`${uses}\`](docs/playbooks.md#${anchor(uses)}) | ${cell(describe)} |`,
  );
  return ['| `uses` | what it does |', '|---|---|', ...rows].join('\n');
}

function connections(): string {
  return [...connectionKinds]
    .flatMap(([kind, schema]) => {
      const { properties: { kind: _, ...properties } = {}, ...rest } = jsonSchemaOf(schema);
      const own = { ...rest, properties };
      return [`### ${kind}`, '', ...table(own, own), ''];
    })
    .join('\n');
}

function tableOfAlert(): string {
  const schema = alertJsonSchema();
  return table(schema.$defs?.alert ?? {}, schema).join('\n');
}

/** The anchor that GitHub gives a heading. */
function anchor(uses: string): string {
  return uses.replaceAll('.', '');
}

const crash = {
  none: 'It only reads: after a crash it looks again.',
  repeatable: 'It may run again after a crash: that ends the same.',
  once: 'It is not repeated blindly.',
} as const;

function reference({ uses, describe, input, effect, timeout, observe }: StepKind): string {
  const unseen =
    'Nothing tells whether it took effect: after a crash a person decides, unless the step says `repeatable`.';
  const seen = 'After a crash it first looks whether its effect is there.';
  const after = effect === 'once' ? ` ${observe ? seen : unseen}` : '';
  const limit = timeout === undefined ? '' : ` Time limit: ${formatDuration(timeout)}.`;
  const schema = jsonSchemaOf(input);
  return [
    `### ${uses}`,
    '',
    describe,
    '',
    ...variants(schema).flatMap((variant) => [...table(variant, schema), '']),
    `${crash[effect]}${after}${limit}`,
    '',
  ].join('\n');
}

function variants(schema: JsonSchema): JsonSchema[] {
  return schema.oneOf ?? schema.anyOf ?? [schema];
}

function table(schema: JsonSchema, root: JsonSchema): string[] {
  return ['| key | value | |', '|---|---|---|', ...rowsOf(schema, root, '')];
}

/** A row for each key, and one for each key inside it: `read.url`, `items[].name`, `series.<name>.unit`. */
function rowsOf(schema: JsonSchema, root: JsonSchema, prefix: string): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, value]) => {
    const about = [value.title, value.description, absent(value)].filter((text) => typeof text === 'string');
    const name = `${prefix}${key}`;
    const shown = requiredOf(schema).includes(key) ? `**\`${name}\`**` : `\`${name}\``;
    const [below, where] = inside(value);
    return [
      `| ${shown} | ${cell(typeInWords(value, root))} | ${cell(about.join('. '))} |`,
      ...(below ? rowsOf(below, root, `${name}${where}`) : []),
    ];
  });
}

/** The maps that a value holds, as one with the keys of all, and how their keys are reached from it. */
function inside(value: JsonSchema): [JsonSchema | undefined, string] {
  if (value.items) return [merged(value.items), '[].'];
  if (typeof value.additionalProperties === 'object') return [merged(value.additionalProperties), '.<name>.'];
  return [merged(value), '.'];
}

function merged(schema: JsonSchema): JsonSchema | undefined {
  const maps = (schema.anyOf ?? schema.oneOf ?? [schema]).filter(({ properties }) => properties);
  if (maps.length === 0) return undefined;
  const required = maps.map(requiredOf).reduce((all, next) => all.filter((key) => next.includes(key)));
  return { properties: Object.assign({}, ...maps.map(({ properties }) => properties)), required };
}

function requiredOf({ required }: JsonSchema): readonly string[] {
  return Array.isArray(required) ? required : [];
}

function absent({ default: fallback }: JsonSchema): string | undefined {
  if (fallback === undefined || fallback === '' || typeof fallback === 'object') return undefined;
  return `Absent: \`${fallback}\``;
}

/** What a value looks like, in a few words. */
function typeInWords(schema: JsonSchema, root: JsonSchema): string {
  if (schema.$ref !== undefined) return 'any value';
  const choices = schema.enum ?? (schema.const === undefined ? undefined : [schema.const]);
  if (Array.isArray(choices)) return choices.map((choice) => `\`${choice}\``).join(', ');
  const several = schema.anyOf ?? schema.oneOf;
  if (several) return [...new Set(several.map((one) => typeInWords(one, root)))].join(', or ');
  if (schema.type === 'array') return listInWords(schema, root);
  if (schema.type === 'object') return mapInWords(schema, root);
  return scalarInWords(schema);
}

function listInWords({ items, prefixItems }: JsonSchema, root: JsonSchema): string {
  const item = prefixItems?.[0] ?? items;
  return item ? `list of ${typeInWords(item, root)}` : 'list';
}

function mapInWords(schema: JsonSchema, root: JsonSchema): string {
  const { properties, additionalProperties } = schema;
  if (properties) {
    const keys = requiredOf(schema).map((key) => `\`${key}\``);
    return keys.length === 0 ? 'map' : `map with ${keys.join(', ')}`;
  }
  return typeof additionalProperties === 'object'
    ? `map of ${typeInWords(additionalProperties, root)}`
    : 'map';
}

const formats: Readonly<Record<string, string>> = { uri: 'address', 'date-time': 'instant' };

function scalarInWords({ type, format, pattern }: JsonSchema): string {
  if (typeof pattern === 'string' && pattern.includes('ms)?$')) return 'duration';
  if (typeof format === 'string' && formats[format]) return formats[format];
  const words: Readonly<Record<string, string>> = {
    string: 'text',
    integer: 'whole number',
    number: 'number',
    boolean: '`true` or `false`',
  };
  return typeof type === 'string' ? (words[type] ?? type) : 'any value';
}

/** A text inside a table's cell. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

if (import.meta.main) {
  for (const { file, name, text } of generated) {
    const path = new URL(`../${file}`, import.meta.url);
    await writeFile(path, between(await readFile(path, 'utf8'), name, text()));
  }
}

import type { KnownKinds } from './check-playbook.ts';
import { parseExpression, references } from './expression.ts';
import { celFormat, jsonSchemaOf, schemasAt } from './json-schema-walk.ts';
import type { Playbook } from './playbook.ts';
import type { Problem } from './problem.ts';
import type { Source } from './source.ts';
import { split } from './template.ts';
import { type Leaf, type Path, stepPlaces, texts } from './walk.ts';

/** A `with` in its place, and the kind that reads it. */
interface Given {
  uses: string;
  value: unknown;
  path: Path;
}

/**
 * Warns where a text parameter that takes anything is put into a condition: what stands in `${{ }}` is put in as
 * text before the condition is read, so whoever starts a rollout could write `x" || "" == "` and change what is asked.
 * Numbers and truth values can't, nor can what a pattern or a list of values holds.
 */
export function checkConditions(source: Source, playbook: Playbook, kinds: KnownKinds): Problem[] {
  const open = Object.entries(playbook.params).flatMap(([name, { type, pattern, values }]) =>
    type === 'string' && pattern === undefined && values === undefined ? [name] : [],
  );
  if (open.length === 0) return [];
  return withsOf(playbook).flatMap(({ uses, value, path }) => {
    const kind = kinds.get(uses);
    const conditions = kind ? texts(value).filter((leaf) => isCondition(kind.input, leaf)) : [];
    return conditions.flatMap(({ path: inside, text }) =>
      openIn(text, open).map(({ name, expression }) =>
        source.textProblem(
          [...path, ...inside],
          { inside: expression },
          `"${name}" takes any text, and is put into this condition: with the right text a person could make it always true`,
          `give params.${name} a pattern or values`,
        ),
      ),
    );
  });
}

function withsOf(playbook: Playbook): Given[] {
  const steps = stepPlaces(playbook).map(({ step, path }) => ({
    uses: step.uses,
    value: step.with,
    path: [...path, 'with'],
  }));
  const watch = playbook.hypercare?.watch;
  if (watch === undefined) return steps;
  return [...steps, { uses: 'monitor', value: watch.with, path: ['hypercare', 'watch', 'with'] }];
}

function isCondition(schema: Parameters<typeof jsonSchemaOf>[0], { path }: Leaf): boolean {
  return schemasAt(jsonSchemaOf(schema), path).some(({ format }) => format === celFormat);
}

/** The open parameters that a text takes in, each once. */
function openIn(text: string, open: readonly string[]): { name: string; expression: string }[] {
  const found = new Map<string, string>();
  for (const part of split(text)) {
    if (!('expression' in part)) continue;
    for (const name of paramsOf(part.expression, open))
      if (!found.has(name)) found.set(name, part.expression);
  }
  return [...found].map(([name, expression]) => ({ name, expression }));
}

/** Where a parameter is chosen by an expression, it can be any. */
function paramsOf(expression: string, open: readonly string[]): readonly string[] {
  const parsed = parseExpression(expression);
  if ('error' in parsed) return [];
  return references(parsed.ok).flatMap(([root, name]) => {
    if (root !== 'params') return [];
    return name === undefined ? open : open.filter((one) => one === name);
  });
}

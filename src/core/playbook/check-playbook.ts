import type { z } from 'zod';
import { suggestion } from '../nearest.ts';
import { locate } from './issues.ts';
import { checkParam } from './params.ts';
import { maxPatternLength, patternProblem } from './pattern.ts';
import type { Param, Playbook } from './playbook.ts';
import type { Problem } from './problem.ts';
import type { Source } from './source.ts';
import { type Path, stepPlaces, texts } from './walk.ts';
import { checkWith } from './with-schema.ts';

/** The step kinds that a playbook may use, by name. */
export type KnownKinds = ReadonlyMap<string, { readonly input: z.ZodType; readonly describe?: string }>;

/** Names that stand more than once, where one had to stand: the second and all further ones. */
function repeated(names: readonly { name: string; path: Path }[]): { name: string; path: Path }[] {
  const seen = new Set<string>();
  return names.filter(({ name }) => seen.has(name) || !seen.add(name));
}

export function checkNames(source: Source, playbook: Playbook): Problem[] {
  const list = (what: string, names: readonly { name: string; path: Path }[]) =>
    repeated(names).map(({ name, path }) => source.problem(path, `there is already ${what} "${name}"`));
  return [
    ...list(
      'a step',
      stepPlaces(playbook).map(({ step, path }) => ({ name: step.id, path: [...path, 'id'] })),
    ),
    ...list(
      'a phase',
      playbook.phases.map(({ name }, index) => ({ name, path: ['phases', index, 'name'] })),
    ),
    ...list(
      'a target',
      playbook.targets.map((name, index) => ({ name, path: ['targets', index] })),
    ),
    ...list(
      'an environment',
      playbook.environments.map((name, index) => ({ name, path: ['environments', index] })),
    ),
  ];
}

export function checkKinds(source: Source, playbook: Playbook, kinds: KnownKinds): Problem[] {
  const steps = stepPlaces(playbook).flatMap(({ step, path }) => {
    const kind = kinds.get(step.uses);
    if (kind !== undefined) return locate(source, checkWith(step.with, kind.input, [...path, 'with']));
    const hint = suggestion(step.uses, kinds.keys());
    return [source.problem([...path, 'uses'], `there is no step kind "${step.uses}"`, hint)];
  });
  const monitor = kinds.get('monitor');
  const watch = playbook.hypercare?.watch;
  if (monitor === undefined || watch === undefined) return steps;
  return [...steps, ...locate(source, checkWith(watch.with, monitor.input, ['hypercare', 'watch', 'with']))];
}

function patternFinding(param: Param): string | undefined {
  if (param.pattern === undefined) return undefined;
  if (param.type !== 'string') return `only a text has a pattern, and this is a ${param.type}`;
  if (param.pattern.length > maxPatternLength)
    return `the pattern is longer than ${maxPatternLength} characters`;
  return patternProblem(param.pattern);
}

function valueFindings(name: string, param: Param): { at: string; message: string }[] {
  const wrong = param.values?.filter((value) => typeof value !== param.type) ?? [];
  if (wrong.length > 0)
    return [{ at: 'values', message: `the values of ${name} must be of type ${param.type}` }];
  const problem = param.default === undefined ? undefined : checkParam(name, param, param.default);
  return problem === undefined ? [] : [{ at: 'default', message: `the default does not fit: ${problem}` }];
}

export function checkParams(source: Source, playbook: Playbook): Problem[] {
  return Object.entries(playbook.params).flatMap(([name, param]) => {
    const pattern = patternFinding(param);
    if (pattern !== undefined) return [source.problem(['params', name, 'pattern'], pattern)];
    return valueFindings(name, param).map(({ at, message }) => source.problem(['params', name, at], message));
  });
}

/** What the steps at hypercare's end say that can't be meant. */
export function checkEnd(source: Source, { hypercare }: Playbook): Problem[] {
  return (hypercare?.end ?? []).flatMap(({ id, always, endsRollback }, index) => {
    if (!always || !endsRollback) return [];
    const message = `"${id}" takes away what a rollback goes back to, so it can't run always`;
    return [source.keyProblem(['hypercare', 'end', index, 'always'], message)];
  });
}

/** Nobody is asked before what a rollback goes back to is taken away. */
function unasked(source: Source, { hypercare }: Playbook): Problem[] {
  const steps = hypercare?.end ?? [];
  return steps.flatMap(({ id, endsRollback }, index) => {
    const asked = steps.slice(0, index).some(({ uses }) => uses === 'approval');
    if (!endsRollback || asked) return [];
    const message = `"${id}" takes away what a rollback goes back to, and no approval stands before it`;
    return [source.keyProblem(['hypercare', 'end', index, 'endsRollback'], message)];
  });
}

/** What is allowed and still looks like a mistake. */
export function warnings(source: Source, playbook: Playbook): Problem[] {
  const steps = playbook.phases.flatMap((phase, p) =>
    phase.steps.map((step, s) => ({ step, path: ['phases', p, 'steps', s] as Path })),
  );
  const named = stepPlaces(playbook)
    .filter(({ step }) => texts(step.name).some(({ text }) => text.includes('${{')))
    .map(({ path }) =>
      source.problem([...path, 'name'], 'a name is shown as it stands: expressions work in with and when'),
    );
  if (playbook.rollback.length > 0) return [...named, ...unasked(source, playbook)];
  const unused = steps.flatMap(({ step, path }) => [
    ...(step.capture
      ? [
          source.keyProblem(
            [...path, 'capture'],
            `"${step.id}" keeps what stood before, and no rollback step restores it`,
          ),
        ]
      : []),
    ...(step.onFailure === 'rollback'
      ? [
          source.keyProblem(
            [...path, 'onFailure'],
            `"${step.id}" asks for a rollback, and the rollback list is empty`,
          ),
        ]
      : []),
  ]);
  return [...named, ...unused];
}

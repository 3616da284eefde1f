import { nearest, suggestion } from '../nearest.ts';
import { comparisons } from './cel-syntax.ts';
import { type Expression, parseExpression, references } from './expression.ts';
import type { Playbook } from './playbook.ts';
import type { Problem } from './problem.ts';
import { rolloutFields, scopeNames, stepFields } from './scope.ts';
import type { Source } from './source.ts';
import { split } from './template.ts';
import { hypercareTexts, type Leaf, type StepPlace, stepPlaces, texts } from './walk.ts';

/** What is wrong with a reference: one sentence, and what may have been meant. */
interface Finding {
  /** What to point at. */
  word: string;
  message: string;
  hint?: string | undefined;
}

/** Where an expression stands: what it may read. */
interface Reader {
  playbook: Playbook;
  ids: readonly string[];
  capturing: ReadonlySet<string>;
  /** Undefined for what the hypercare has, which may read every step. */
  place: StepPlace | undefined;
}

function stepFinding(reader: Reader, path: readonly string[]): Finding | undefined {
  const [, id, field] = path;
  if (id === undefined) return undefined;
  const { ids, place, capturing } = reader;
  if (!ids.includes(id)) return { word: id, message: `there is no step "${id}"`, hint: suggestion(id, ids) };
  if (place?.step.id === id) return { word: id, message: `"${id}" can't read itself` };
  if (place !== undefined && !place.earlier.has(id)) return laterFinding(reader, place, id);
  if (field === undefined) return undefined;
  if (!(stepFields as readonly string[]).includes(field)) {
    return { word: field, message: `a step has no "${field}"`, hint: suggestion(field, stepFields) };
  }
  if (field === 'before' && !capturing.has(id)) {
    return { word: id, message: `"${id}" keeps nothing from before`, hint: `add capture: before to ${id}` };
  }
  return undefined;
}

function laterFinding({ playbook }: Reader, place: StepPlace, id: string): Finding {
  if (playbook.rollback.some((step) => step.id === id)) {
    const why = place.rollback ? 'comes later in the rollback list' : 'belongs to the rollback list';
    return { word: id, message: `"${id}" ${why}, so it can't be read here` };
  }
  const siblings = playbook.phases.find(({ steps }) => steps.some((step) => step.id === place.step.id));
  if (place.later === 'beside' && siblings?.steps.some((step) => step.id === id)) {
    return { word: id, message: `"${id}" runs side by side with this step, so it can't be read here` };
  }
  return { word: id, message: `"${id}" runs later than this step, so it can't be read here` };
}

function paramFinding({ playbook }: Reader, name: string | undefined): Finding | undefined {
  if (name === undefined || Object.hasOwn(playbook.params, name)) return undefined;
  return {
    word: name,
    message: `there is no parameter "${name}"`,
    hint: suggestion(name, Object.keys(playbook.params)),
  };
}

function rolloutFinding(field: string | undefined): Finding | undefined {
  if (field === undefined || (rolloutFields as readonly string[]).includes(field)) return undefined;
  return { word: field, message: `rollout has no "${field}"`, hint: suggestion(field, rolloutFields) };
}

function referenceFinding(reader: Reader, path: readonly string[]): Finding | undefined {
  const [root = '', name] = path;
  if (root === 'steps') return stepFinding(reader, path);
  if (root === 'params') return paramFinding(reader, name);
  if (root === 'rollout') return rolloutFinding(name);
  if (root === 'secrets') {
    return {
      word: 'secrets',
      message: 'a secret can only stand alone',
      hint: 'write ${{ secrets.NAME }}, with text around it if need be',
    };
  }
  if ((scopeNames as readonly string[]).includes(root)) return undefined;
  return { word: root, message: `unknown name "${root}"`, hint: suggestion(root, scopeNames) };
}

/** `target == "gren"` is never true: said here, and not at two in the morning. */
function comparisonFinding({ playbook }: Reader, path: readonly string[], text: string): Finding | undefined {
  const [root, more] = path;
  if (more !== undefined) return undefined;
  const known =
    root === 'target' || root === 'other'
      ? playbook.targets
      : root === 'environment'
        ? playbook.environments
        : undefined;
  if (known === undefined || known.includes(text)) return undefined;
  const what = root === 'environment' ? 'environment' : 'target';
  const hint = nearest(text, known) === undefined && known.length === 0 ? undefined : suggestion(text, known);
  return { word: text, message: `the playbook has no ${what} "${text}"`, hint };
}

function findingsOf(reader: Reader, expression: Expression): Finding[] {
  return [
    ...references(expression).map((path) => referenceFinding(reader, path)),
    ...comparisons(expression.tree).map(({ path, text }) => comparisonFinding(reader, path, text)),
  ].filter((finding) => finding !== undefined);
}

function checkText(source: Source, reader: Reader, { path, text }: Leaf): Problem[] {
  return split(text).flatMap((part) => {
    if ('unclosed' in part) return [source.textProblem(path, { inside: '${{' }, 'a ${{ has no }} after it')];
    if (!('expression' in part)) return [];
    const inside = part.expression;
    const at = (after: number, message: string, hint?: string) =>
      source.textProblem(path, { inside, after: Math.max(0, after) }, message, hint);
    const parsed = parseExpression(inside);
    if ('error' in parsed) return [at(parsed.at, `in \${{ ${inside.slice(0, 200)} }}: ${parsed.error}`)];
    return findingsOf(reader, parsed.ok).map(({ word, message, hint }) =>
      at(inside.indexOf(word), message, hint),
    );
  });
}

/** Checks every expression of a playbook: that it can be read, and that what it reads is there by then. */
export function checkExpressions(source: Source, playbook: Playbook): Problem[] {
  const places = stepPlaces(playbook);
  const reader: Omit<Reader, 'place'> = {
    playbook,
    ids: places.map(({ step }) => step.id),
    capturing: new Set(places.flatMap(({ step }) => ('capture' in step && step.capture ? [step.id] : []))),
  };
  const steps = places.flatMap((place) =>
    [
      ...texts(place.step.with, [...place.path, 'with']),
      ...texts(place.step.when, [...place.path, 'when']),
    ].flatMap((leaf) => checkText(source, { ...reader, place }, leaf)),
  );
  const hypercare = hypercareTexts(playbook);
  return [...steps, ...hypercare.flatMap((leaf) => checkText(source, { ...reader, place: undefined }, leaf))];
}

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Json } from '../../src/core/json.ts';
import { milliseconds } from '../../src/core/playbook/duration.ts';
import { type Playbook, playbookSchema } from '../../src/core/playbook/playbook.ts';

/** How long parts of the quick playbook last. */
export interface Pace {
  soakCycles: number;
  hypercare: string;
}

const longest: Readonly<Record<string, number>> = { interval: 400, delay: 200 };

/** What a watch asks for, so that it holds on a machine that is busy. */
const conditions: Readonly<Record<string, readonly [from: string, to: string]>> = {
  success: ['p95 < 250.0', 'p95 < 5000.0'],
  enough: ['samples >= 10', 'samples >= 1'],
};

/** The thread of an undisturbed rollout that succeeds, as evidence names its messages (see `Evidence.thread`). */
export const calmThread: readonly string[] = [
  'root',
  'phase-finished deploy',
  'approval-asked approve-switch',
  'approved approve-switch',
  'soak-judged soak',
  'phase-finished switch',
  'step-announced announce',
  'hypercare-started ',
  'step-announced keep-old-side',
  'succeeded ',
];

/**
 * The playbook of the sandbox with the same steps in the same order, but with short pauses, and patient with a machine
 * that is busy: the tests are about crashes, not about how quickly a page is served.
 */
export async function quickPlaybook(pace: Pace): Promise<Playbook> {
  const text = await readFile(join(import.meta.dirname, '../../playbooks/sandbox.yaml'), 'utf8');
  const playbook = playbookSchema.parse(quickened(parse(text) as Json));
  const { hypercare, phases } = playbook;
  for (const { steps } of phases) {
    for (const step of steps)
      if (step.uses === 'monitor') step.with = { ...step.with, cycles: pace.soakCycles };
  }
  return hypercare ? { ...playbook, hypercare: { ...hypercare, window: pace.hypercare } } : playbook;
}

function quickened(value: Json, key = ''): Json {
  const limit = longest[key];
  if (typeof value === 'string' && limit !== undefined) {
    return milliseconds(value) > limit ? `${limit}ms` : value;
  }
  const condition = conditions[key];
  if (typeof value === 'string' && condition !== undefined) return value.replace(condition[0], condition[1]);
  if (Array.isArray(value)) return value.map((each) => quickened(each));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, quickened(each, name)]));
}

import { expect, test } from 'vitest';
import type { ThreadView } from '../../src/core/card/card.ts';
import { newState } from '../../src/core/rollout/fold.ts';
import { withLiveTail } from '../../src/jobs/live-tail.ts';
import { planOf } from '../support/engine.ts';

const plan = planOf({
  phases: [{ name: 'only', steps: [{ id: 'tests', name: 'Run the tests', uses: 'command' }] }],
});
const view: ThreadView = {
  root: { tone: 'running', title: ['aether-7'], lines: [], actions: [], links: [] },
  replies: [],
};
const lines = Array.from({ length: 30 }, (_, n) => `line ${n}`);

function running(status: 'running' | 'succeeded') {
  const state = newState(plan);
  const step = state.steps.tests;
  return { plan, state: { ...state, id: 'aether-7', steps: step ? { tests: { ...step, status } } : {} } };
}

test('shows the last ten lines of the step that runs, under its name', async () => {
  const shown = await withLiveTail(running('running'), view, async () => lines);
  expect(shown.root.tail).toEqual({ title: 'Run the tests', text: lines.slice(-10).join('\n') });
});

test('shows nothing once the step has ended', async () => {
  expect(await withLiveTail(running('succeeded'), view, async () => lines)).toEqual(view);
});

import { expect, test } from 'vitest';
import type { Fact } from '../../src/core/rollout/event.ts';
import { leftBehind } from '../../src/core/rollout/left-behind.ts';
import {
  aborted,
  back,
  begun,
  done,
  doubted,
  failed,
  forTime,
  journalOf,
  noon,
  planOf,
  released,
  waits,
} from './journal.ts';

const step = (id: string) => ({ id, uses: 'note' });
const plan = planOf({
  phases: [{ name: 'only', parallel: true, steps: ['a', 'b', 'c'].map(step) }],
  rollback: [step('undo')],
});

const cases: [string, Fact[], string[]][] = [
  ['nobody overtook it', [begun('a')], []],
  ['a rollback overtook what is under way', [begun('a'), back], ['a']],
  ['a step that waits on', [begun('a'), waits('a', forTime(noon)), back], ['a']],
  [
    'steps that failed or are in doubt',
    [begun('a'), failed('a'), begun('b'), doubted('b'), back],
    ['a', 'b'],
  ],
  [
    'what ended well, or waits for its next attempt',
    [begun('a'), done('a'), begun('b'), failed('b', noon), back],
    [],
  ],
  ['an abort', [begun('a'), aborted], ['a']],
  ['an abort that is over', [begun('a'), aborted, released], []],
  ['a rollback that is at its own steps', [begun('a'), back, begun('undo')], []],
];

test.each(cases)('%s', (_name, facts, left) => {
  expect(leftBehind(journalOf(plan, { more: facts }).folded)).toEqual(left);
});

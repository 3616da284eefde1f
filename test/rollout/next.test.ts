import { describe, expect, test } from 'vitest';
import type { Fact } from '../../src/core/rollout/event.ts';
import { type Next, next } from '../../src/core/rollout/next.ts';
import { turn } from '../../src/core/rollout/turn.ts';
import {
  aborted,
  alice,
  answered,
  back,
  begun,
  bob,
  done,
  doubted,
  failed,
  forApproval,
  forTime,
  interrupted,
  iso,
  journalOf,
  noon,
  paused,
  planOf,
  released,
  waits,
} from './journal.ts';

interface Case {
  name: string;
  playbook: object;
  facts?: Fact[];
  atWork?: string[];
  startAt?: number;
  want: Next;
}

const step = (id: string, more: object = {}) => ({ id, uses: 'note', ...more });
const inOrder = (...steps: object[]) => ({ phases: [{ name: 'only', steps }] });
const sideBySide = (...steps: object[]) => ({ phases: [{ name: 'only', parallel: true, steps }] });
const reversible = (...undo: object[]) => ({ ...inOrder(step('a'), step('b')), rollback: undo });

const start = (id: string, attempt = 1): Next => ({
  do: 'work',
  work: [{ mode: 'start', step: id, attempt, input: {} }],
});
const resume = (id: string): Next => ({ do: 'work', work: [{ mode: 'resume', step: id }] });
const recover = (id: string): Next => ({ do: 'work', work: [{ mode: 'recover', step: id }] });
const record = (...facts: Fact[]): Next => ({ do: 'record', facts });
const rest = (until?: number): Next => ({ do: 'rest', ...(until === undefined ? {} : { until }) });
const stop = (steps: string[], why: string): Next => ({ do: 'stop', steps, why });
const stopped = (id: string, why: string): Fact => ({ type: 'step.interrupted', data: { step: id, why } });

const byRollback = 'Interrupted by the rollback';
const byAbort = 'Interrupted: the rollout was aborted';
const finished: Fact = { type: 'rollback.finished', data: {} };
const phaseDone: Fact = { type: 'phase.finished', data: { phase: 'only' } };
const watched: Fact = { type: 'hypercare.started', data: { until: iso(noon + 60_000) } };
const hypercare = { window: '1m', watch: { with: {} } };

const done1: Fact = { type: 'phase.finished', data: { phase: 'only' } };
const over: Fact = { type: 'hypercare.started', data: { until: iso(noon) } };
const longWindow: Fact = { type: 'hypercare.started', data: { until: iso(noon + 7_200_000) } };
const windowEnded: Fact = { type: 'hypercare.ended', data: {} };
const superseded: Fact = { type: 'rollout.superseded', data: { by: 'test-2' } };
const retiring = {
  ...inOrder(step('a')),
  rollback: [step('undo')],
  hypercare: {
    window: '1m',
    end: [
      step('logs'),
      { id: 'ask', uses: 'approval' },
      step('retire', { endsRollback: true }),
      step('tell', { always: true }),
    ],
  },
};
const upToApproval: Fact[] = [done1, over, released, windowEnded, begun('logs'), done('logs'), begun('ask')];
const leftOutFact = (id: string, reason = 'left out'): Fact => ({
  type: 'step.skipped',
  data: { step: id, reason },
});
const leftOut = (id: string, reason: string): Next => record(leftOutFact(id, reason));

const cases: Record<string, Case[]> = {
  'the plan': [
    { name: 'begins with its first step', playbook: inOrder(step('a'), step('b')), want: start('a') },
    {
      name: 'goes on behind what is done',
      playbook: inOrder(step('a'), step('b')),
      facts: [begun('a'), done('a')],
      want: start('b'),
    },
    {
      name: 'passes over what the playbook lets fail',
      playbook: inOrder(step('a', { onFailure: 'continue' }), step('b')),
      facts: [begun('a'), failed('a')],
      want: start('b'),
    },
    {
      name: 'does not pass over a doubt, also where it lets the step fail',
      playbook: inOrder(step('a', { onFailure: 'continue' }), step('b')),
      facts: [begun('a'), doubted('a')],
      want: rest(),
    },
    {
      name: 'rests while its step is at work',
      playbook: inOrder(step('a')),
      facts: [begun('a')],
      atWork: ['a'],
      want: rest(),
    },
    {
      name: 'recovers what a crash left',
      playbook: inOrder(step('a')),
      facts: [begun('a')],
      want: recover('a'),
    },
    {
      name: 'tries again at the time of the retry',
      playbook: inOrder(step('a')),
      facts: [begun('a'), failed('a', noon + 5)],
      want: rest(noon + 5),
    },
    {
      name: 'tries again when that time has come',
      playbook: inOrder(step('a')),
      facts: [begun('a'), failed('a', noon)],
      want: start('a', 2),
    },
    {
      name: 'ends a phase whose steps are done',
      playbook: inOrder(step('a')),
      facts: [begun('a'), done('a')],
      want: record(phaseDone),
    },
    {
      name: 'ends with its last phase',
      playbook: inOrder(step('a')),
      facts: [begun('a'), done('a'), phaseDone],
      want: { do: 'record', facts: [{ type: 'rollout.succeeded', data: {} }, released], release: true },
    },
    {
      name: 'skips what `when` rules out',
      playbook: inOrder(step('a', { when: '${{ 1 > 2 }}' })),
      want: record({ type: 'step.skipped', data: { step: 'a', reason: 'Not needed, says the playbook' } }),
    },
    {
      name: 'tells what the condition of a skipped step read',
      playbook: inOrder(step('a'), step('b', { when: '${{ target == "blue" && !steps.a.succeeded }}' })),
      facts: [begun('a'), done('a')],
      want: record({
        type: 'step.skipped',
        data: { step: 'b', reason: 'Not needed: target is not set, “a” succeeded' },
      }),
    },
    {
      name: 'fails a step whose `when` is neither true nor false',
      playbook: inOrder(step('a', { when: '${{ 1 + 1 }}' })),
      want: record({
        type: 'step.failed',
        data: { step: 'a', summary: 'when of a is 2, neither true nor false' },
      }),
    },
  ],
  'a waiting step': [
    {
      name: 'is looked at again at its time',
      playbook: inOrder(step('a')),
      facts: [begun('a'), waits('a', forTime(noon))],
      want: resume('a'),
    },
    {
      name: 'is left alone before its time',
      playbook: inOrder(step('a')),
      facts: [begun('a'), waits('a', forTime(noon + 1))],
      want: rest(noon + 1),
    },
    {
      name: 'is left alone until somebody answers',
      playbook: inOrder(step('a')),
      facts: [begun('a'), waits('a', forApproval())],
      want: rest(),
    },
    {
      name: 'is looked at when its time to answer is over',
      playbook: inOrder(step('a')),
      facts: [begun('a'), waits('a', forApproval(noon))],
      want: resume('a'),
    },
    {
      name: 'sees an answer at once',
      playbook: inOrder(step('a')),
      facts: [begun('a'), waits('a', forApproval()), answered('a')],
      want: resume('a'),
    },
    {
      name: 'sees an answer that came while it looked',
      playbook: inOrder(step('a')),
      facts: [
        begun('a'),
        waits('a', forApproval()),
        answered('a'),
        answered('a'),
        waits('a', forApproval(), 1),
      ],
      want: resume('a'),
    },
    {
      name: 'does not look twice at the answers that it has seen',
      playbook: inOrder(step('a')),
      facts: [begun('a'), waits('a', forApproval()), answered('a'), waits('a', forApproval(), 1)],
      want: rest(),
    },
  ],
  'a phase side by side': [
    {
      name: 'begins all its steps at once',
      playbook: sideBySide(step('a'), step('b')),
      want: {
        do: 'work',
        work: [
          { mode: 'start', step: 'a', attempt: 1, input: {} },
          { mode: 'start', step: 'b', attempt: 1, input: {} },
        ],
      },
    },
    {
      name: 'begins nothing beside a step that has stopped',
      playbook: sideBySide(step('a'), step('b')),
      facts: [begun('a'), failed('a')],
      want: rest(),
    },
    {
      name: 'recovers a sibling of a step that has stopped',
      playbook: sideBySide(step('a'), step('b')),
      facts: [begun('a'), begun('b'), failed('a')],
      want: recover('b'),
    },
    {
      name: 'lets the siblings of a step that has stopped end',
      playbook: sideBySide(step('a'), step('b')),
      facts: [begun('a'), begun('b'), failed('a')],
      atWork: ['b'],
      want: rest(),
    },
    {
      name: 'goes on where the step that had stopped is skipped',
      playbook: sideBySide(step('a'), step('b')),
      facts: [begun('a'), failed('a'), { type: 'step.skipped', data: { step: 'a', reason: 'not needed' } }],
      want: start('b'),
    },
    {
      name: 'asks for the rollback though siblings are at work',
      playbook: sideBySide(step('a', { onFailure: 'rollback' }), step('b')),
      facts: [begun('a'), begun('b'), failed('a')],
      atWork: ['b'],
      want: record({ type: 'rollback.requested', data: { reason: 'a failed' } }),
    },
  ],
  'a pause': [
    { name: 'holds the next step', playbook: inOrder(step('a')), facts: [paused], want: rest() },
    {
      name: 'does not hold what a crash left',
      playbook: inOrder(step('a')),
      facts: [begun('a'), paused],
      want: recover('a'),
    },
    {
      name: 'does not hold a rollback',
      playbook: reversible(step('undo')),
      facts: [paused, back],
      want: start('undo'),
    },
    {
      name: 'does not hold the rollback that a failure asks for',
      playbook: inOrder(step('a', { onFailure: 'rollback' })),
      facts: [begun('a'), paused, failed('a')],
      want: record({ type: 'rollback.requested', data: { reason: 'a failed' } }),
    },
  ],
  'an abort': [
    {
      name: 'stops what is at work',
      playbook: inOrder(step('a')),
      facts: [begun('a'), aborted],
      atWork: ['a'],
      want: stop(['a'], byAbort),
    },
    {
      name: 'records what it interrupted',
      playbook: sideBySide(step('a'), step('b'), step('c')),
      facts: [begun('a'), begun('b'), begun('c'), waits('b', forApproval()), done('c'), aborted],
      want: record(stopped('a', byAbort), stopped('b', byAbort)),
    },
    {
      name: 'gives the environment back',
      playbook: inOrder(step('a')),
      facts: [aborted],
      want: { do: 'record', facts: [released], release: true },
    },
    { name: 'is an end', playbook: inOrder(step('a')), facts: [aborted, released], want: rest() },
    {
      name: 'of a scheduled rollout is an end too',
      playbook: inOrder(step('a')),
      startAt: noon - 1,
      facts: [aborted, released],
      want: rest(),
    },
  ],
  'a rollback': [
    {
      name: 'goes before the plan and before an abort',
      playbook: reversible(step('undo')),
      facts: [begun('a'), done('a'), aborted, back],
      want: start('undo'),
    },
    {
      name: 'interrupts an abort that has not come to its end',
      playbook: reversible(step('undo')),
      facts: [begun('a'), aborted, back],
      want: record(stopped('a', byRollback)),
    },
    {
      name: 'stops what is at work, also what is no step',
      playbook: { ...reversible(step('undo')), hypercare },
      facts: [watched, back],
      atWork: ['hypercare.watch'],
      want: stop(['hypercare.watch'], byRollback),
    },
    {
      name: 'does not stop its own steps',
      playbook: reversible(step('undo')),
      facts: [back, begun('undo')],
      atWork: ['undo'],
      want: rest(),
    },
    {
      name: 'recovers its own step after a crash',
      playbook: reversible(step('undo')),
      facts: [back, begun('undo')],
      want: recover('undo'),
    },
    {
      name: 'stops at a step that fails',
      playbook: reversible(step('undo'), step('more')),
      facts: [back, begun('undo'), failed('undo')],
      want: rest(),
    },
    {
      name: 'stops at a step in doubt, also where the list may go on without it',
      playbook: reversible(step('undo', { onFailure: 'continue' }), step('more')),
      facts: [back, begun('undo'), doubted('undo')],
      want: rest(),
    },
    {
      name: 'goes on by a retry of that step',
      playbook: reversible(step('undo'), step('more')),
      facts: [back, begun('undo'), failed('undo'), { type: 'step.reset', data: { step: 'undo' } }],
      want: start('undo', 2),
    },
    {
      name: 'goes on behind what may be left out',
      playbook: reversible(step('undo', { onFailure: 'continue' }), step('more')),
      facts: [back, begun('undo'), failed('undo')],
      want: start('more'),
    },
    {
      name: 'skips what has nothing to undo',
      playbook: reversible(step('undo', { when: '${{ steps.a.started }}' })),
      facts: [back],
      want: record({ type: 'step.skipped', data: { step: 'undo', reason: 'Nothing to undo here' } }),
    },
    {
      name: 'fails a step whose `when` throws',
      playbook: reversible(step('undo', { when: '${{ steps.a.output.none }}' })),
      facts: [back],
      want: record({
        type: 'step.failed',
        data: { step: 'undo', summary: expect.stringContaining('when of undo') as unknown as string },
      }),
    },
    {
      name: 'ends with its list',
      playbook: reversible(step('undo')),
      facts: [back, begun('undo'), done('undo')],
      want: { do: 'record', facts: [finished, released], release: true },
    },
    {
      name: 'without a list ends at once',
      playbook: inOrder(step('a')),
      facts: [back],
      want: { do: 'record', facts: [finished, released], release: true },
    },
    {
      name: 'is an end',
      playbook: reversible(),
      facts: [back, finished, released],
      want: rest(),
    },
    {
      name: 'does not begin again what failed under way to it',
      playbook: { ...inOrder(step('a', { onFailure: 'rollback' })), rollback: [step('undo')] },
      facts: [begun('a'), failed('a'), back, begun('undo')],
      atWork: ['undo'],
      want: rest(),
    },
    {
      name: 'never begins by itself because of a doubt',
      playbook: inOrder(step('a', { onFailure: 'rollback' })),
      facts: [begun('a'), doubted('a')],
      want: rest(),
    },
  ],
  hypercare: [
    {
      name: 'begins with the last phase, and gives the environment back',
      playbook: { ...inOrder(step('a')), hypercare },
      facts: [begun('a'), done('a'), phaseDone],
      want: { do: 'record', facts: [watched, released], release: true },
    },
    {
      name: 'looks until its end',
      playbook: { ...inOrder(step('a')), hypercare },
      facts: [watched, released],
      want: { do: 'look', until: noon + 60_000 },
    },
    {
      name: 'rests until its end where nothing is watched',
      playbook: { ...inOrder(step('a')), hypercare: { window: '1m' } },
      facts: [watched, released],
      want: rest(noon + 60_000),
    },
    {
      name: 'is summed up when the window is over',
      playbook: { ...inOrder(step('a')), hypercare },
      facts: [done1, over, released],
      want: { do: 'sum-up', at: 'end' },
    },
    {
      name: 'ends in success',
      playbook: { ...inOrder(step('a')), hypercare },
      facts: [done1, over, released, windowEnded],
      want: record({ type: 'rollout.succeeded', data: {} }),
    },
    {
      name: 'is told of when people asked for it',
      playbook: { ...inOrder(step('a')), hypercare: { window: '2h', checkIns: ['1h', '30m', '2h'] } },
      facts: [done1, longWindow, released],
      want: rest(noon + 1_800_000),
    },
    {
      name: 'is told of once where several moments are due, and then at the next',
      playbook: { ...inOrder(step('a')), hypercare: { window: '2h', checkIns: ['0s', '0m', '1h'] } },
      facts: [done1, longWindow, released],
      want: { do: 'sum-up', at: { checkIn: '0m' } },
    },
    {
      name: 'goes on to its end after the last of them',
      playbook: { ...inOrder(step('a')), hypercare: { window: '2h', checkIns: ['1h'] } },
      facts: [done1, longWindow, released, { type: 'hypercare.checked', data: { after: '1h' } }],
      want: rest(noon + 7_200_000),
    },
    {
      name: 'runs the steps at its end, one after the other',
      playbook: retiring,
      facts: [done1, over, released, windowEnded],
      want: start('logs'),
    },
    {
      name: 'leaves out what a newer rollout stands against, but not what runs always',
      playbook: retiring,
      facts: [done1, over, released, windowEnded, superseded],
      want: leftOut('logs', 'Left as it is: test-2 has changed test since'),
    },
    {
      name: 'asks no longer when a newer rollout has come',
      playbook: retiring,
      facts: [...upToApproval, waits('ask', forApproval()), superseded],
      want: leftOut('ask', 'Left as it is: test-2 has changed test since'),
    },
    {
      name: 'leaves out what an approval was not given for',
      playbook: retiring,
      facts: [...upToApproval, failed('ask')],
      want: leftOut('retire', 'Left as it is: ask was not approved'),
    },
    {
      name: 'runs what runs always after an approval that was not given',
      playbook: retiring,
      facts: [...upToApproval, failed('ask'), leftOutFact('retire')],
      want: start('tell'),
    },
    {
      name: 'waits for a person where a step at its end fails',
      playbook: retiring,
      facts: [done1, over, windowEnded, begun('logs'), failed('logs')],
      want: rest(),
    },
    {
      name: 'is over after its success',
      playbook: { ...inOrder(step('a')), hypercare },
      facts: [watched, released, { type: 'rollout.succeeded', data: {} }],
      want: rest(),
    },
    {
      name: 'ends by an abort',
      playbook: { ...inOrder(step('a')), hypercare },
      facts: [watched, released, aborted],
      want: rest(),
    },
  ],
  'a schedule': [
    {
      name: 'is waited for',
      playbook: inOrder(step('a')),
      startAt: noon + 9,
      want: rest(noon + 9),
    },
    { name: 'is launched at its time', playbook: inOrder(step('a')), startAt: noon, want: { do: 'launch' } },
  ],
};

describe.each(Object.entries(cases))('%s', (_group, list) => {
  test.each(list)('$name', ({ playbook, facts = [], atWork = [], startAt, want }) => {
    const journal = journalOf(planOf(playbook), startAt === undefined ? {} : { startAt });
    for (const fact of facts) journal.add([fact], noon, fact.type === 'step.answered' ? bob : alice);
    const { plan, state } = journal.folded;
    expect(next(plan, state, noon, new Set(atWork))).toEqual(want);
  });
});

describe('a turn', () => {
  test('records an outcome, what follows from it, and the next intent together', () => {
    const { folded } = journalOf(planOf(inOrder(step('a'), step('b'))), { more: [begun('a')] });
    const taken = turn(folded, [done('a')], noon, 7, new Set());
    expect(taken.facts).toEqual([
      done('a'),
      { type: 'step.started', data: { step: 'b', attempt: 1, epoch: 7, input: {} } },
    ]);
    expect(taken).toMatchObject({ next: { do: 'work' } });
    expect(taken.environment).toBeUndefined();
  });

  test('comes to the end with the release of the environment, and then rests', () => {
    const { folded } = journalOf(planOf(inOrder(step('a'))), { more: [begun('a')] });
    const taken = turn(folded, [done('a')], noon, 1, new Set());
    expect(taken.facts.map(({ type }) => type)).toEqual([
      'step.succeeded',
      'phase.finished',
      'rollout.succeeded',
      'rollout.released',
    ]);
    expect(taken).toMatchObject({ environment: 'release', next: { do: 'rest' } });
    expect(taken.next).not.toHaveProperty('until');
  });

  test('interrupts nothing whose outcome has just come', () => {
    const { folded } = journalOf(planOf(inOrder(step('a'))), { more: [begun('a'), back] });
    const taken = turn(folded, [done('a')], noon, 1, new Set());
    expect(taken.facts.map(({ type }) => type)).toEqual([
      'step.succeeded',
      'rollback.finished',
      'rollout.released',
    ]);
  });

  test('interrupts a step that waits when the rollout is aborted', () => {
    const { folded } = journalOf(planOf(inOrder(step('a'))), {
      more: [begun('a'), waits('a', forTime(noon)), aborted],
    });
    const taken = turn(folded, [], noon, 1, new Set());
    expect(taken.facts).toEqual([{ ...interrupted('a'), data: { step: 'a', why: byAbort } }, released]);
    expect(taken.environment).toBe('release');
  });
});

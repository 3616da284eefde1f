import fc from 'fast-check';
import type { Card } from '../../src/core/card/card.ts';
import { threadOf } from '../../src/core/card/thread.ts';
import type { Chart, RolloutEvent, Waiting } from '../../src/core/rollout/event.ts';
import { type Folded, fold } from '../../src/core/rollout/fold.ts';
import { happening, playbook } from '../rollout/arbitraries.ts';
import { fakeWorld } from '../rollout/fake-world.ts';
import { noon, planOf } from '../rollout/journal.ts';

const journals = fc
  .tuple(playbook, fc.array(happening, { maxLength: 60 }))
  .map(([drawn, story]): readonly RolloutEvent[] => {
    const world = fakeWorld(planOf(drawn));
    for (const happened of story) {
      world.take();
      world.happen(happened);
    }
    world.take();
    return world.journal.events;
  });

/** So many journals, made once: the same in every run of the same seed. */
export function someJournals(count: number, seed: number): (readonly RolloutEvent[])[] {
  return fc.sample(journals, { numRuns: count, seed });
}

/** The words that fill a journal's free texts, one after the other and over again. */
function speaker(words: readonly string[]) {
  let said = -1;
  return (): string => {
    said += 1;
    return words[said % words.length] ?? '';
  };
}

type Say = () => string;

function waitingOf(waiting: Waiting, kind: number, say: Say): Waiting {
  const { for: _, ...until } = { for: '', ...('until' in waiting ? { until: waiting.until } : {}) } as {
    for: string;
    until?: string;
  };
  if (waiting.for === 'time') return { ...waiting, what: say() };
  if (kind % 3 === 1) {
    return {
      for: 'task',
      roles: ['release-manager', say()],
      instructions: say(),
      evidence: say(),
      what: say(),
      ...until,
    };
  }
  if (kind % 3 === 2) {
    const options: Extract<Waiting, { for: 'decision' }>['options'] = [
      'extend',
      'proceed',
      'retry',
      'done',
      'rollback',
    ];
    return { for: 'decision', options, question: say(), what: say(), ...until };
  }
  return { ...waiting, what: say() };
}

function chartOf(say: Say): Chart {
  const series = [
    { name: say(), points: [[noon, 1] as [number, number], [noon + 1_000, 2] as [number, number]] },
  ];
  return {
    title: say(),
    unit: say(),
    series,
    limit: 1,
    mark: { at: noon, label: say() },
    panels: [{ unit: say(), series }],
  };
}

/** An event with other words in it: what people, steps and the world may write. */
function dressed(event: RolloutEvent, say: Say): RolloutEvent[] {
  const actor = event.actor.kind === 'person' ? { ...event.actor, name: say() } : event.actor;
  const made = { ...event, actor } as RolloutEvent;
  const seq = event.seq;
  switch (made.type) {
    case 'rollout.planned': {
      const { plan } = made.data;
      const phases = plan.playbook.phases.map((phase) => ({
        ...phase,
        title: say().slice(0, 100).toWellFormed(),
        steps: phase.steps.map((step) => ({
          ...step,
          name: say().slice(0, 100).toWellFormed(),
          ...(seq % 2 === 0 ? {} : { capture: 'before' as const }),
        })),
      }));
      const rollback = plan.playbook.rollback.map((step) => ({
        ...step,
        with: { json: '${{ steps.s0.before }}' },
      }));
      const playbook = { ...plan.playbook, phases, rollback };
      return [
        {
          ...made,
          data: {
            ...made.data,
            plan: { ...plan, playbook, params: { version: say() } },
            override: { of: [say()], reason: say() },
          },
        },
      ];
    }
    case 'step.started':
      return [
        made,
        { ...event, type: 'step.captured', data: { step: made.data.step, before: { [say()]: say() } } },
      ];
    case 'step.waiting':
      return [
        {
          ...made,
          data: {
            ...made.data,
            waiting: waitingOf(made.data.waiting, seq, say),
            ...(seq % 4 === 0 ? { chart: chartOf(say) } : {}),
          },
        },
      ];
    case 'step.succeeded':
      return [
        {
          ...made,
          data: { ...made.data, summary: say(), ...(seq % 3 === 0 ? { chart: chartOf(say) } : {}) },
        },
      ];
    case 'step.failed':
      return [{ ...made, data: { ...made.data, summary: say(), detail: say() } }];
    case 'step.doubted':
      return [{ ...made, data: { ...made.data, summary: say(), known: [say(), say()] } }];
    case 'step.answered':
      return [{ ...made, data: { ...made.data, reason: say() } }];
    case 'rollback.requested':
    case 'rollout.paused':
    case 'rollout.aborted':
      return [{ ...made, data: { reason: say() } } as RolloutEvent];
    case 'hypercare.started':
      return [made, { ...event, type: 'hypercare.noticed', data: { summary: say(), chart: chartOf(say) } }];
    default:
      return [made];
  }
}

/** The thread as it stood after so many of a journal's events, with these words in its texts. */
export function cardsOf(events: readonly RolloutEvent[], upTo: number, words: readonly string[]): Card[] {
  const say = speaker(words.map((text) => text.toWellFormed()));
  const told = events.slice(0, 1 + (upTo % events.length)).flatMap((event) => dressed(event, say));
  const numbered = told.map((event, index) => ({ ...event, seq: index + 1 }));
  const folded: Folded | undefined = fold(undefined, numbered);
  if (folded === undefined) return [];
  const people = () => ['alice', 'bob', 'carol', 'nobody'].map((id) => ({ id, name: say() }));
  const { root, replies } = threadOf(folded.plan, folded.state, people, noon + 60_000, {
    links: [{ label: 'Details', href: 'https://bot.example/rollouts/test-1' }],
    atEnd: [{ label: 'Report', href: 'https://bot.example/api/rollouts/test-1/report.html' }],
  });
  return [root, ...replies.map(({ card }) => card)];
}

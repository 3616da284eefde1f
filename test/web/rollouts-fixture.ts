import { newEnvironment } from '../../src/core/environment/state.ts';
import { chain, genesis } from '../../src/core/rollout/chain.ts';
import { type Fact, type RolloutEvent, rolloutEventSchema } from '../../src/core/rollout/event.ts';
import { fold } from '../../src/core/rollout/fold.ts';
import { type Plan, planDigest, planSchema } from '../../src/core/rollout/plan.ts';
import { isEnded } from '../../src/core/rollout/status.ts';
import type { Rollout, Rollouts } from '../../src/ports/rollouts.ts';

const alice = { kind: 'person', id: 'alice', name: 'Alice', via: 'console' } as const;

/** A small plan: a check, an approval and a switch, and the way back. */
export const plan: Plan = planSchema.parse({
  v: 1,
  playbook: {
    apiVersion: 'cutover/v1',
    name: 'aether-blue-green',
    environments: ['sandbox'],
    targets: ['blue', 'green'],
    phases: [
      {
        name: 'preflight',
        title: 'Preflight',
        steps: [{ id: 'tests', name: 'Run the tests', uses: 'command', with: { argv: ['npm', 'test'] } }],
      },
      {
        name: 'switch',
        title: 'Traffic switch',
        steps: [
          {
            id: 'approve-switch',
            name: 'Move traffic to green',
            uses: 'approval',
            with: { roles: ['release-manager'] },
          },
          {
            id: 'flip',
            name: 'Move the hosts',
            uses: 'http.request',
            with: { method: 'PUT' },
            capture: 'before',
          },
        ],
      },
    ],
    rollback: [{ id: 'restore', name: 'Move the hosts back', uses: 'http.request' }],
  },
  environment: { name: 'sandbox', vars: {}, connections: {}, quorum: 1 },
  target: 'green',
  params: { version: 'v2.4.0' },
});

const chart = {
  title: 'Errors',
  unit: '%',
  series: [{ name: 'errors', points: [[1, 0.1] as [number, number], [2, 0.2] as [number, number]] }],
};

/** What happened up to the approval that is waited for. */
export const waitingFacts: Fact[] = [
  {
    type: 'rollout.planned',
    data: {
      id: 'aether-7',
      plan,
      digest: planDigest(plan),
      channels: [{ platform: 'console', id: 'rollouts' }],
    },
  },
  { type: 'rollout.started', data: {} },
  { type: 'step.started', data: { step: 'tests', attempt: 1, epoch: 1, input: {} } },
  { type: 'step.succeeded', data: { step: 'tests', summary: '812 passed', chart } },
  { type: 'phase.finished', data: { phase: 'preflight' } },
  { type: 'step.started', data: { step: 'approve-switch', attempt: 1, epoch: 1, input: {} } },
  {
    type: 'step.waiting',
    data: {
      step: 'approve-switch',
      waiting: {
        for: 'approval',
        roles: ['release-manager'],
        quorum: 1,
        nonce: 'n0nce',
        digest: planDigest(plan),
        what: 'Approval: Move traffic to green',
      },
    },
  },
];

/** A journal of these facts, one second apart. */
export function journalOf(facts: readonly Fact[]): RolloutEvent[] {
  const start = Date.UTC(2026, 10, 21, 14, 0, 0);
  let end = { seq: 0, head: genesis };
  return facts.map((fact, index) => {
    const [event] = chain(end, [fact], alice, new Date(start + index * 1_000).toISOString());
    if (event === undefined) throw new Error('one fact makes one event');
    end = { seq: event.seq, head: event.hash };
    return rolloutEventSchema.parse(event);
  });
}

function rolloutOf(events: readonly RolloutEvent[]): Rollout {
  const folded = fold(undefined, events);
  if (folded === undefined) throw new Error('an empty journal is no rollout');
  return folded;
}

/** Rollouts for reading, from journals in memory; `grow` appends and tells the listeners. */
export function readableRollouts(journals: Record<string, Fact[]>) {
  const facts = new Map(Object.entries(journals));
  const listeners = new Set<(id: string, seq: number) => void>();
  const events = (id: string) => journalOf(facts.get(id) ?? []);
  const writesNothing = () => Promise.reject(new Error('this fixture is for reading'));
  const rollouts: Rollouts = {
    find: async (id) => (facts.has(id) ? rolloutOf(events(id)) : undefined),
    list: async ({ environment, active, limit }) =>
      [...facts.keys()]
        .map((id) => rolloutOf(events(id)))
        .filter(({ plan: { environment: env } }) => environment === undefined || env.name === environment)
        .filter((rollout) => !active || !isEnded(rollout.plan, rollout.state))
        .slice(0, limit),
    events: async (id, after = 0) => events(id).slice(after),
    environment: async (name) => newEnvironment(name),
    record: writesNothing,
    create: writesNothing,
    recordEnvironment: writesNothing,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    tail: async () => ['line 1', 'line 2'],
  };
  return {
    rollouts,
    listeners,
    grow(id: string, fact: Fact) {
      facts.set(id, [...(facts.get(id) ?? []), fact]);
      for (const listener of listeners) listener(id, events(id).length);
    },
  };
}

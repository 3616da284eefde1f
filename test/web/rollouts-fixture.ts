import type { Fact } from '../../src/core/rollout/event.ts';
import { type Plan, planDigest, planSchema } from '../../src/core/rollout/plan.ts';
import { type MemoryRollouts, memoryRollouts } from '../support/memory-rollouts.ts';

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

/** One waiting rollout in memory, and how many listen for changes. */
export function waitingRollouts() {
  let time = Date.UTC(2026, 10, 21, 13, 59, 59);
  const memory = memoryRollouts({ now: () => time });
  for (const fact of waitingFacts) {
    time += 1_000;
    memory.put('aether-7', [fact], alice);
  }
  let listening = 0;
  const rollouts: MemoryRollouts = {
    ...memory,
    onChange(listener) {
      listening += 1;
      const stop = memory.onChange(listener);
      return () => {
        listening -= 1;
        stop();
      };
    },
  };
  return { rollouts, listening: () => listening };
}

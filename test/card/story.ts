import type { Playbook } from '../../src/core/playbook/playbook.ts';
import { playbookSchema } from '../../src/core/playbook/playbook.ts';
import type { Actor } from '../../src/core/rollout/actor.ts';
import { theBot } from '../../src/core/rollout/actor.ts';
import type { Fact, RolloutEvent } from '../../src/core/rollout/event.ts';
import { fold } from '../../src/core/rollout/fold.ts';
import type { Plan } from '../../src/core/rollout/plan.ts';
import type { Rollout } from '../../src/ports/rollouts.ts';

export const alice: Actor = { kind: 'person', id: 'alice', name: 'Alice', via: 'slack' };
export const bob: Actor = { kind: 'person', id: 'bob', name: 'Bob', via: 'slack' };
export const carol: Actor = { kind: 'person', id: 'carol', name: 'Carol', via: 'slack' };

/** Alice holds the managers' role too, so that the tests see her left out of her own rollout's approvers. */
export const people = (roles: readonly string[]) =>
  roles.includes('release-manager') ? [alice, bob, carol].map(named) : [];

function named(actor: Actor) {
  return { id: actor.id, name: actor.kind === 'person' ? actor.name : 'Cutover' };
}

export const began = Date.parse('2026-11-21T14:00:00.000Z');

/** An instant `seconds` after the story's beginning. */
export function at(seconds: number): string {
  return new Date(began + seconds * 1_000).toISOString();
}

export const switchPlaybook: Playbook = playbookSchema.parse({
  apiVersion: 'cutover/v1',
  name: 'aether-blue-green',
  environments: ['production'],
  params: { version: { type: 'string' } },
  targets: ['blue', 'green'],
  phases: [
    {
      name: 'preflight',
      parallel: true,
      steps: [
        { id: 'tests', uses: 'command' },
        { id: 'secrets', uses: 'http.check' },
      ],
    },
    {
      name: 'switch',
      title: 'Traffic switch',
      steps: [
        { id: 'freeze-writes', name: 'Freeze writes on blue', uses: 'http.request', capture: 'before' },
        {
          id: 'approve-switch',
          name: 'Move traffic to green',
          uses: 'approval',
          with: { roles: ['release-manager'] },
        },
        { id: 'flip', name: 'Flip hosts', uses: 'http.request', capture: 'before', onFailure: 'rollback' },
        { id: 'soak', name: 'Soak on green', uses: 'monitor' },
        { id: 'unfreeze', name: 'Unfreeze writes', uses: 'http.request' },
      ],
    },
    { name: 'after', steps: [{ id: 'archive', uses: 'artifact.archive', onFailure: 'continue' }] },
  ],
  rollback: [
    {
      id: 'hosts-back',
      name: 'Hosts back',
      uses: 'http.request',
      with: { json: '${{ steps.flip.before }}' },
    },
    {
      id: 'writes-back',
      name: 'Writes back',
      uses: 'http.request',
      with: { json: '${{ steps["freeze-writes"].before }}' },
    },
  ],
  hypercare: { window: '24h' },
});

/** A plan over a playbook, in production, towards green. */
export function planOf(playbook: Playbook = switchPlaybook): Plan {
  return {
    v: 1,
    playbook,
    environment: { name: 'production', vars: {}, connections: {}, quorum: 1 },
    target: 'green',
    params: { version: 'v2.4.0' },
  };
}

/** One fact of the story; without an actor the bot did it. `after` is in seconds from the one before. */
export type Told = Fact & { by?: Actor; after?: number };

/** A rollout aether-7 of Alice's, folded from what is told; each fact comes ten seconds after the last. */
export function story(
  facts: readonly Told[],
  options: { plan?: Plan; planned?: Partial<Extract<Fact, { type: 'rollout.planned' }>['data']> } = {},
): Rollout {
  const plan = options.plan ?? planOf();
  const first: Told = {
    type: 'rollout.planned',
    data: { id: 'aether-7', plan, digest: 'sha256:1', channels: [], ...options.planned },
    by: alice,
    after: 0,
  };
  let seconds = 0;
  const events = [first, ...facts].map(({ by, after, ...fact }, index): RolloutEvent => {
    seconds += after ?? 10;
    return {
      v: 1,
      seq: index + 1,
      at: at(seconds),
      actor: by ?? theBot,
      prev: '',
      hash: `h${index}`,
      ...fact,
    };
  });
  const folded = fold(undefined, events);
  if (folded === undefined) throw new Error('the story is empty');
  return folded;
}

export const started: Told = { type: 'rollout.started', data: {} };

export function begin(
  step: string,
  input: Extract<Fact, { type: 'step.started' }>['data']['input'] = {},
  attempt = 1,
): Told {
  return { type: 'step.started', data: { step, attempt, epoch: 1, input } };
}

export function succeed(step: string, summary: string): Told {
  return { type: 'step.succeeded', data: { step, summary } };
}

export function finishPhase(phase: string): Told {
  return { type: 'phase.finished', data: { phase } };
}

export function answer(
  step: string,
  by: Actor,
  data: Omit<Extract<Fact, { type: 'step.answered' }>['data'], 'step'>,
): Told {
  return { type: 'step.answered', data: { step, ...data }, by };
}

export const preflight: readonly Told[] = [
  started,
  begin('tests'),
  begin('secrets'),
  succeed('tests', '812 passed'),
  succeed('secrets', '6 of 6'),
  finishPhase('preflight'),
];

export const frozen: readonly Told[] = [
  ...preflight,
  begin('freeze-writes'),
  { type: 'step.captured', data: { step: 'freeze-writes', before: { enabled: false } } },
  succeed('freeze-writes', 'Writes on blue are frozen'),
];

export const askedForApproval: readonly Told[] = [
  ...frozen,
  begin('approve-switch', { roles: ['release-manager'] }),
  {
    type: 'step.waiting',
    data: {
      step: 'approve-switch',
      waiting: {
        for: 'approval',
        roles: ['release-manager'],
        quorum: 2,
        nonce: 'ab12',
        digest: 'sha256:1',
        until: at(7_200),
        what: 'Hosts api and app move to green',
      },
    },
  },
];

export const switched: readonly Told[] = [
  ...askedForApproval,
  answer('approve-switch', bob, { answer: 'approve', reason: 'looks good' }),
  answer('approve-switch', carol, { answer: 'approve' }),
  succeed('approve-switch', 'Approved by Bob (“looks good”) and Carol'),
  begin('flip'),
  { type: 'step.captured', data: { step: 'flip', before: { api: 'blue', app: 'blue' } } },
  succeed('flip', 'Traffic is on green'),
];

export const chart = {
  title: 'Soak on green',
  unit: '%',
  limit: 1,
  series: [
    {
      name: 'errors',
      points: [
        [began, 0.1],
        [began + 2_000, 4.1],
      ] as [number, number][],
    },
  ],
};

export const inHypercare: readonly Told[] = [
  ...switched,
  begin('soak'),
  { type: 'step.succeeded', data: { step: 'soak', summary: 'passed, 4 of 4 cycles', chart } },
  begin('unfreeze'),
  succeed('unfreeze', 'Writes are open on green'),
  finishPhase('switch'),
  begin('archive'),
  succeed('archive', '3 artefacts stored'),
  finishPhase('after'),
  { type: 'hypercare.started', data: { until: at(90_000) } },
];

/** The same with steps at hypercare's end. */
export const retiringPlan: Plan = planOf({
  ...switchPlaybook,
  hypercare: {
    ...switchPlaybook.hypercare,
    window: '24h',
    labels: {},
    onFailure: 'propose',
    watch: { with: { series: { errors: {}, p95: {} } } },
    end: playbookSchema.shape.hypercare
      .unwrap()
      .shape.end.unwrap()
      .parse([
        { id: 'logs', name: 'Put the logs back', uses: 'http.request' },
        { id: 'ask', name: 'Give blue up', uses: 'approval', with: { roles: ['release-manager'] } },
        { id: 'retire', name: 'Retire blue', uses: 'http.request', endsRollback: true },
      ]),
  },
});

export const numbers = {
  since: at(230),
  cycles: { passed: 287, failed: 1, inconclusive: 0 },
  series: [{ name: 'errors', unit: '%', limit: 1, mean: 0.02, most: 0.4, last: 0.01 }],
};

/** The window is over. */
export const atTheEnd: readonly Told[] = [...inHypercare, { type: 'hypercare.ended', data: { numbers } }];

export const askedToRetire: readonly Told[] = [
  ...atTheEnd,
  begin('logs'),
  succeed('logs', 'Logs are kept 7 d again'),
  begin('ask', { roles: ['release-manager'] }),
  {
    type: 'step.waiting',
    data: {
      step: 'ask',
      waiting: {
        for: 'approval',
        roles: ['release-manager'],
        quorum: 1,
        nonce: 'cd34',
        digest: 'sha256:1',
        what: 'Give blue up',
      },
    },
  },
];

import type { EnvironmentConfig, InboxDeps } from '../../src/commands/call.ts';
import { createInbox } from '../../src/commands/inbox.ts';
import { plainText } from '../../src/core/card/plain-text.ts';
import { type Playbook, playbookSchema } from '../../src/core/playbook/playbook.ts';
import { type Policy, policySchema } from '../../src/core/policy/schema.ts';
import { redactor } from '../../src/core/redact.ts';
import type { Person } from '../../src/core/rollout/actor.ts';
import type { Fact } from '../../src/core/rollout/event.ts';
import { type Plan, planDigest } from '../../src/core/rollout/plan.ts';
import type { Incoming, Reply } from '../../src/ports/chat.ts';
import { iso } from '../../src/ports/clock.ts';
import { memoryIdentity } from '../support/memory-accounts.ts';
import { memoryAlerts } from '../support/memory-alerts.ts';
import { type MemoryRollouts, memoryRollouts } from '../support/memory-rollouts.ts';

export const policy: Policy = policySchema.parse({
  timezone: 'Europe/Berlin',
  people: {
    alice: { name: 'Alice', slack: ['T1/U1'], telegram: [11] },
    bob: { name: 'Bob', slack: ['T1/U2'], telegram: [22] },
    carol: { name: 'Carol', slack: ['T1/U3'] },
    dan: { name: 'Dan', slack: ['T1/U4'] },
    erin: { name: 'Erin', slack: ['T1/U5'] },
  },
  roles: {
    engineer: ['alice'],
    'release-manager': ['alice', 'bob', 'carol'],
    boss: ['dan'],
    viewer: ['erin'],
  },
  environments: {
    production: {
      start: ['engineer', 'boss'],
      approve: ['release-manager', 'boss'],
      rollback: ['engineer', 'release-manager'],
      operate: ['engineer', 'release-manager'],
      skip: ['release-manager'],
      lock: ['release-manager'],
      override: ['boss'],
      quorum: 2,
    },
    staging: { start: ['engineer'] },
  },
  channels: { 'slack:C1': { environment: 'production', playbook: 'aether-blue-green' }, 'slack:C2': {} },
  freezes: [
    {
      name: 'weekend',
      every: '0 17 * * 5',
      for: '63h',
      environments: ['production'],
      reason: 'nobody is here',
    },
  ],
});

export const aether: Playbook = playbookSchema.parse({
  apiVersion: 'cutover/v1',
  name: 'aether-blue-green',
  environments: ['production', 'staging'],
  params: { version: { type: 'string', default: 'v1.0.0', pattern: 'v\\d+\\.\\d+\\.\\d+' } },
  targets: ['blue', 'green'],
  phases: [
    { name: 'preflight', steps: [{ id: 'tests', uses: 'command' }] },
    {
      name: 'switch',
      steps: [
        {
          id: 'approve-switch',
          name: 'Move traffic',
          uses: 'approval',
          with: { roles: ['release-manager'] },
        },
        { id: 'flip', uses: 'http.request', capture: 'before' },
        { id: 'soak', uses: 'monitor' },
        { id: 'announce', uses: 'manual' },
      ],
    },
  ],
  rollback: [{ id: 'restore', uses: 'http.request' }],
  hypercare: { window: '24h' },
});

export const sapphire: Playbook = playbookSchema.parse({
  apiVersion: 'cutover/v1',
  name: 'sapphire',
  environments: ['staging'],
  targets: [],
  phases: [{ name: 'only', steps: [{ id: 'deploy', uses: 'command' }] }],
});

/** Monday, 23 November 2026, 11:00 in Berlin. */
export const monday = Date.parse('2026-11-23T10:00:00.000Z');

export const plan: Plan = {
  v: 1,
  playbook: aether,
  environment: { name: 'production', vars: {}, connections: {}, quorum: 2 },
  target: 'green',
  params: { version: 'v1.0.0' },
};

export const people = {
  alice: { kind: 'person', id: 'alice', name: 'Alice', via: 'slack' },
  bob: { kind: 'person', id: 'bob', name: 'Bob', via: 'slack' },
  carol: { kind: 'person', id: 'carol', name: 'Carol', via: 'slack' },
  dan: { kind: 'person', id: 'dan', name: 'Dan', via: 'slack' },
  erin: { kind: 'person', id: 'erin', name: 'Erin', via: 'slack' },
} as const satisfies Record<string, Person>;
export type Name = keyof typeof people;

export interface Scene {
  rollouts: MemoryRollouts;
  deps: InboxDeps;
  faults: object[];
  /** Sets the clock, milliseconds after Monday 11:00. */
  at(milliseconds: number): void;
  say(who: Name, text: string, more?: Partial<Incoming>): Promise<Reply>;
  /** `done`, or the reason of the refusal. */
  outcome(who: Name, text: string, more?: Partial<Incoming>): Promise<string>;
  /** What the person reads. */
  text(who: Name, text: string, more?: Partial<Incoming>): Promise<string>;
}

export function scene(): Scene {
  let now = monday;
  const clock = { now: () => now };
  const rollouts = memoryRollouts(clock);
  const faults: object[] = [];
  const empty: EnvironmentConfig = { vars: {}, connections: {}, channels: [] };
  const deps: InboxDeps = {
    rollouts,
    clock,
    policy: () => policy,
    playbooks: () => new Map([aether, sapphire].map((playbook) => [playbook.name, playbook])),
    environments: () =>
      new Map([
        ['production', { ...empty, channels: ['slack:C1', 'slack:C9'] }],
        ['staging', empty],
      ]),
    preview: async ({ playbook }) =>
      playbook.phases.flatMap(({ steps }) =>
        steps.map(({ id, uses }) => ({
          step: id,
          kind: uses,
          does: uses === 'approval' || uses === 'manual' ? 'ask' : id === 'flip' ? 'change' : 'look',
          summary: `does ${id}`,
          diff: id === 'flip' ? [{ what: 'api', before: 'blue', after: 'green' }] : [],
        })),
      ),
    alerts: memoryAlerts(clock),
    unbound: () => [],
    redact: redactor(['hunter2-hunter2']),
    identity: memoryIdentity(clock),
    urls: (id) => `http://127.0.0.1/rollouts/${id}`,
    log: { error: (fields) => void faults.push(fields) },
  };
  const inbox = createInbox(deps);
  const say: Scene['say'] = (who, text, more) => {
    const account = policy.people[who]?.slack[0] ?? who;
    return inbox({ channel: { platform: 'slack', id: 'C1' }, account, text, ...more });
  };
  return {
    rollouts,
    deps,
    faults,
    at: (milliseconds) => {
      now = monday + milliseconds;
    },
    say,
    outcome: async (...args) => {
      const { ok, refused } = await say(...args);
      return ok ? 'done' : (refused ?? 'fault');
    },
    text: async (...args) => plainText((await say(...args)).card).join('\n'),
  };
}

/** A rollout by Alice, begun. */
export function begun({ rollouts }: Scene, id = 'aether-1', of: Plan = plan): void {
  rollouts.putEnvironment(of.environment.name, [{ type: 'environment.claimed', data: { rollout: id } }]);
  rollouts.put(
    id,
    [
      {
        type: 'rollout.planned',
        data: { id, plan: of, digest: planDigest(of), channels: [{ platform: 'slack', id: 'C1' }] },
      },
      { type: 'rollout.started', data: {} },
    ],
    people.alice,
  );
}

const ran = (step: string): Fact[] => [
  { type: 'step.started', data: { step, attempt: 1, epoch: 1, input: {} } },
  { type: 'step.succeeded', data: { step, summary: `${step} is done` } },
];
const started = (step: string): Fact => ({
  type: 'step.started',
  data: { step, attempt: 1, epoch: 1, input: {} },
});
const preflight: Fact[] = [...ran('tests'), { type: 'phase.finished', data: { phase: 'preflight' } }];
const approved = [...preflight, ...ran('approve-switch')];
const flipped = [...approved, ...ran('flip')];
const soaked = [...flipped, ...ran('soak')];
const released: Fact = { type: 'rollout.released', data: {} };
const hypercare: Fact[] = [
  ...soaked,
  ...ran('announce'),
  { type: 'phase.finished', data: { phase: 'switch' } },
  { type: 'hypercare.started', data: { until: iso(monday + 86_400_000) } },
  released,
];
const asking: Fact[] = [
  ...preflight,
  started('approve-switch'),
  {
    type: 'step.waiting',
    data: {
      step: 'approve-switch',
      waiting: {
        for: 'approval',
        roles: ['release-manager'],
        quorum: 2,
        nonce: 'n1',
        digest: planDigest(plan),
        until: iso(monday + 3_600_000),
        what: 'Move traffic',
      },
    },
  },
];

/** What had happened when a rollout is in each of these states. */
export const histories = {
  running: [started('tests')],
  approval: asking,
  paused: [...preflight, { type: 'rollout.paused', data: {} }],
  failed: [...approved, started('flip'), { type: 'step.failed', data: { step: 'flip', summary: 'refused' } }],
  doubt: [
    ...approved,
    started('flip'),
    { type: 'step.doubted', data: { step: 'flip', summary: 'lost', known: ['nothing'] } },
  ],
  decision: [
    ...flipped,
    started('soak'),
    {
      type: 'step.waiting',
      data: {
        step: 'soak',
        waiting: {
          for: 'decision',
          options: ['extend', 'proceed', 'rollback'],
          question: 'Go on?',
          what: 'too little data',
        },
      },
    },
  ],
  task: [
    ...soaked,
    started('announce'),
    {
      type: 'step.waiting',
      data: {
        step: 'announce',
        waiting: {
          for: 'task',
          roles: ['release-manager'],
          instructions: 'Tell the customers',
          evidence: 'a link to the mail',
          what: 'Announce',
        },
      },
    },
  ],
  hypercare,
  succeeded: [...hypercare, { type: 'rollout.succeeded', data: {} }],
  'rolling-back': [
    ...flipped,
    { type: 'rollback.requested', data: { reason: 'errors' } },
    started('restore'),
  ],
  'rollback-failed': [
    ...flipped,
    { type: 'rollback.requested', data: { reason: 'errors' } },
    started('restore'),
    { type: 'step.failed', data: { step: 'restore', summary: 'refused' } },
  ],
  'rolled-back': [
    ...flipped,
    { type: 'rollback.requested', data: { reason: 'errors' } },
    ...ran('restore'),
    { type: 'rollback.finished', data: {} },
    released,
  ],
  aborted: [...flipped, { type: 'rollout.aborted', data: { reason: 'wrong version' } }, released],
  'aborted-early': [{ type: 'rollout.aborted', data: {} }, released],
} as const satisfies Record<string, Fact[]>;
export type History = keyof typeof histories;

/** A scene with `aether-1` in a state. */
export function sceneIn(history: History): Scene {
  const made = scene();
  begun(made);
  made.rollouts.put('aether-1', histories[history]);
  const isFree = (histories[history] as Fact[]).some(({ type }) => type === 'rollout.released');
  if (isFree) {
    made.rollouts.putEnvironment('production', [
      { type: 'environment.released', data: { rollout: 'aether-1' } },
    ]);
  }
  return made;
}

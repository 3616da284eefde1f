import { setTimeout as pause } from 'node:timers/promises';
import { sandboxPolicy } from '../../sandbox/environment.ts';
import { createInbox } from '../../src/commands/inbox.ts';
import type { Action } from '../../src/core/card/card.ts';
import { threadOf } from '../../src/core/card/thread.ts';
import { type Playbook, playbookSchema } from '../../src/core/playbook/playbook.ts';
import { peopleWith } from '../../src/core/policy/policy.ts';
import type { Policy } from '../../src/core/policy/schema.ts';
import type { RolloutStatus } from '../../src/core/rollout/state.ts';
import { statusOf } from '../../src/core/rollout/status.ts';
import type { Reply } from '../../src/ports/chat.ts';
import { systemClock } from '../../src/ports/clock.ts';
import type { Rollout } from '../../src/ports/rollouts.ts';
import type { StepKind } from '../../src/ports/step.ts';
import { approval } from '../../src/steps/approval.ts';
import { until } from '../sandbox/support.ts';
import { startEngine } from '../support/engine.ts';
import { done, kind } from '../support/kinds.ts';
import { memoryIdentity } from '../support/memory-accounts.ts';

/** Fifty people who may approve, besides those of the sandbox. */
export const crowd = Array.from({ length: 50 }, (_, number) => `manager-${number + 1}`);

const environments = Array.from({ length: 200 }, (_, number) => `place-${number + 1}`);
const rules = sandboxPolicy.environments.sandbox;

const policy: Policy = {
  ...sandboxPolicy,
  people: {
    ...sandboxPolicy.people,
    ...Object.fromEntries(crowd.map((id) => [id, { name: id, slack: [], telegram: [] }])),
  },
  roles: {
    ...sandboxPolicy.roles,
    'release-manager': [...(sandboxPolicy.roles['release-manager'] ?? []), ...crowd],
  },
  environments: rules ? Object.fromEntries(environments.map((name) => [name, rules])) : {},
  channels: {},
};

/** A system that fences by epoch, as the sandbox's services do, and keeps what it accepted in order. */
export function fencedSystem() {
  const accepted: string[] = [];
  const highest = new Map<string, number>();
  return {
    accepted: (rollout: string) =>
      accepted.filter((each) => each.startsWith(`${rollout} `)).map((each) => each.slice(rollout.length + 1)),
    apply(rollout: string, epoch: number, what: string): boolean {
      if (epoch < (highest.get(rollout) ?? 0)) return false;
      highest.set(rollout, epoch);
      accepted.push(`${rollout} ${what}`);
      return true;
    },
  };
}
export type FencedSystem = ReturnType<typeof fencedSystem>;

/** Steps that change the system a moment after they began, deaf to whoever stops them meanwhile; and their undoing. */
function kindsOn(system: FencedSystem): StepKind[] {
  const act = kind('act', async ({ rollout, step, epoch }) => {
    await pause(Math.random() * 8);
    if (!system.apply(rollout.id, epoch, step.id)) throw new Error('stale epoch');
    return done();
  });
  const undo = kind('undo', async ({ rollout, step, epoch }) => {
    if (!system.apply(rollout.id, epoch, step.id)) throw new Error('stale epoch');
    return done();
  });
  return [approval as StepKind, act, undo];
}

/** `gated`: approvals of this quorum, then five steps with their undoing. */
function gated(name: string, quorum: number): Playbook {
  const numbers = [1, 2, 3, 4, 5];
  return playbookSchema.parse({
    apiVersion: 'cutover/v1',
    ...{ name, environments },
    phases: [
      {
        name: 'gate',
        steps: [{ id: 'gate', uses: 'approval', with: { roles: ['release-manager'], quorum } }],
      },
      { name: 'work', steps: numbers.map((number) => ({ id: `act-${number}`, uses: 'act' })) },
    ],
    rollback: numbers.map((number) => ({
      id: `undo-${number}`,
      when: `\${{ steps["act-${number}"].started }}`,
      uses: 'undo',
    })),
  });
}

const playbooks = new Map([gated('one', 1), gated('two', 2)].map((playbook) => [playbook.name, playbook]));

export type RaceScene = Awaited<ReturnType<typeof openScene>>;

/** The inbox as all platforms use it and the loop, on a real Redis; each rollout gets an environment of its own. */
export async function openScene(url: string) {
  const system = fencedSystem();
  const engine = await startEngine(url, { kinds: kindsOn(system) });
  const faults: object[] = [];
  const inbox = createInbox({
    rollouts: engine.rollouts,
    policy: () => policy,
    playbooks: () => playbooks,
    environments: () =>
      new Map(environments.map((name) => [name, { vars: {}, connections: {}, channels: [] }])),
    clock: systemClock,
    identity: memoryIdentity(systemClock),
    alerts: { group: async () => undefined },
    unbound: () => [],
    redact: (text) => text,
    preview: async () => [],
    log: { error: (fields) => void faults.push(fields) },
  });
  let used = 0;

  const say = (account: string, text: string, press?: { drawnAt: number }): Promise<Reply> =>
    inbox({
      channel: { platform: 'console', id: 'rollouts' },
      ...{ account, text },
      ...(press === undefined ? {} : { press }),
    });
  const find = async (id: string): Promise<Rollout> => {
    const rollout = await engine.rollouts.find(id);
    if (!rollout) throw new Error(`there is no ${id}`);
    return rollout;
  };
  return {
    engine,
    system,
    say,
    find,
    faults,
    place: () => environments[used++] ?? '',
    reached: (id: string, wanted: RolloutStatus) =>
      until(
        () => find(id),
        ({ plan, state }) => statusOf(plan, state) === wanted,
        15_000,
      ),
    /** Starts a rollout as Bob, and resolves when it asks for its approvals. */
    async started(playbook: 'one' | 'two'): Promise<string> {
      const place = environments[used++] ?? '';
      const reply = await say('bob', `start ${playbook} env=${place}`);
      if (!reply.ok) throw new Error(JSON.stringify(reply.card));
      const id = (await engine.rollouts.environment(place)).claimedBy ?? '';
      await until(
        () => find(id),
        ({ state }) => state.steps.gate?.status === 'waiting',
      );
      return id;
    },
    /** A button of the root card as it stands now, and what pressing it says. */
    async button(id: string, label: string): Promise<(account: string) => Promise<Reply>> {
      const { plan, state } = await find(id);
      const { root } = threadOf(plan, state, (roles) => peopleWith(policy, roles), Date.now());
      const action = root.actions.find((each: Action) => each.label === label);
      if (!action) throw new Error(`${id} has no button ${label}`);
      return (account) => say(account, action.command, { drawnAt: root.drawnAt ?? 0 });
    },
  };
}

import type { OnCall } from '../../src/core/alerts/calls.ts';
import type { Telling } from '../../src/core/alerts/notice.ts';
import { redactJson, redactor } from '../../src/core/redact.ts';
import { theBot } from '../../src/core/rollout/actor.ts';
import type { Fact } from '../../src/core/rollout/event.ts';
import { type Plan, planDigest } from '../../src/core/rollout/plan.ts';
import { createDesk, type Desk } from '../../src/jobs/desk.ts';
import type { AlertGroup, Alerts } from '../../src/ports/alerts.ts';
import { alice, iso, noon, planOf } from '../rollout/journal.ts';
import { memoryAlerts } from '../support/memory-alerts.ts';
import { type MemoryRollouts, memoryRollouts } from '../support/memory-rollouts.ts';

export { bob, iso, noon } from '../rollout/journal.ts';

export const second = 1_000;
export const minute = 60 * second;
export const hour = 60 * minute;

/** A rollout that flips hosts, watched for the alerts of its shop. */
export function watchedPlan(hypercare: object = {}): Plan {
  return planOf({
    phases: [
      { name: 'switch', steps: [{ id: 'flip', name: 'Flip hosts', uses: 'note', capture: 'before' }] },
    ],
    rollback: [{ id: 'undo', uses: 'note', with: { to: '${{ steps.flip.before }}' } }],
    hypercare: { window: '24h', labels: { app: 'shop' }, ...hypercare },
  });
}

export const usualOnCall: OnCall = { roles: ['ops'], escalate: { after: 15 * minute, roles: ['lead'] } };

export interface DeskScene {
  clock: { time: number; now(): number };
  rollouts: MemoryRollouts;
  alerts: Alerts;
  errors: unknown[];
  /** A rollout whose hosts are flipped now, with its environment given back. */
  switched(plan?: Plan): Promise<string>;
  desk(): Desk;
  /** Looks until there is nothing more to do before `until` (milliseconds), with the clock moved on as it is asked. */
  settle(until?: number): Promise<void>;
  /** How many looks that took so far. */
  looks(): number;
  factsOf(id: string): Promise<Fact[]>;
}

const redact = (group: AlertGroup): AlertGroup =>
  redactJson(group, redactor(['hunter2-hunter2'])) as AlertGroup;

export function deskScene(onCall: OnCall = usualOnCall): DeskScene {
  const clock = { time: noon, now: () => clock.time };
  const rollouts = memoryRollouts(clock);
  const alerts = memoryAlerts(clock);
  const errors: unknown[] = [];
  let looks = 0;
  const make = (): Desk =>
    createDesk({
      alerts,
      rollouts,
      clock,
      onCall: () => onCall,
      redact,
      onError: (error) => errors.push(error),
    });
  let desk = make();
  rollouts.onChange((id) => desk.stir(id));
  return {
    clock,
    rollouts,
    alerts,
    errors,
    looks: () => looks,
    async switched(plan = watchedPlan()) {
      const planned = { plan, digest: planDigest(plan), channels: [] };
      const made = await rollouts.create('shop', alice, planned, (_environment, id) => ({
        environment: [{ type: 'environment.claimed', data: { rollout: id } }],
      }));
      if ('refusal' in made) throw new Error(made.refusal.why);
      const { id } = made.rollout.state;
      rollouts.put(id, [
        { type: 'step.started', data: { step: 'flip', attempt: 1, epoch: 1, input: {} } },
        { type: 'step.captured', data: { step: 'flip', before: { api: 'blue', app: 'blue' } } },
        { type: 'step.succeeded', data: { step: 'flip', summary: 'Traffic is on green' } },
        { type: 'phase.finished', data: { phase: 'switch' } },
        { type: 'hypercare.started', data: { until: iso(clock.time + 24 * hour) } },
        { type: 'rollout.released', data: {} },
      ]);
      rollouts.putEnvironment('test', [{ type: 'environment.released', data: { rollout: id } }], theBot);
      return id;
    },
    desk() {
      desk = make();
      return desk;
    },
    async settle(until = clock.time) {
      for (;;) {
        const again = await desk.look();
        looks += 1;
        if (again === undefined || again > until) return;
        clock.time = Math.max(clock.time, again);
      }
    },
    factsOf: async (id) =>
      (await rollouts.events(id)).filter(
        ({ type }) => type.startsWith('alert') || type.startsWith('rollback'),
      ),
  };
}

/** One alert of the shop: of a group, by its number in it, firing since a time. */
export function alert(group: string, n: number, changes: Partial<Telling> = {}): Telling {
  return {
    source: 'alertmanager',
    groupKey: group,
    groupLabels: { alertname: group },
    fingerprint: `${group}-${n}`,
    status: 'firing',
    startsAt: iso(noon + second),
    annotations: {},
    links: [],
    ...changes,
    labels: { alertname: group, app: 'shop', instance: String(n), severity: 'warning', ...changes.labels },
  };
}

export function ended(telling: Telling, at: number): Telling {
  return { ...telling, status: 'resolved', endsAt: iso(at) };
}

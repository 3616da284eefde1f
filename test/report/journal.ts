import { readFile } from 'node:fs/promises';
import { playbookSchema } from '../../src/core/playbook/playbook.ts';
import type { Actor } from '../../src/core/rollout/actor.ts';
import { chain, genesis } from '../../src/core/rollout/chain.ts';
import { type Fact, type RolloutEvent, rolloutEventSchema } from '../../src/core/rollout/event.ts';
import { fold } from '../../src/core/rollout/fold.ts';
import { type Plan, planDigest } from '../../src/core/rollout/plan.ts';

export const alice: Actor = { kind: 'person', id: 'alice', name: 'Alice', via: 'slack' };
export const bob: Actor = { kind: 'person', id: 'bob', name: 'Bob', via: 'console' };
export const bot: Actor = { kind: 'bot', id: 'cutover' };

export const plan: Plan = {
  v: 1,
  playbook: playbookSchema.parse({
    apiVersion: 'cutover/v1',
    name: 'aether-blue-green',
    environments: ['production'],
    targets: ['blue', 'green'],
    phases: [
      {
        name: 'switch',
        steps: [
          { id: 'approve', name: 'Move traffic to green', uses: 'approval' },
          { id: 'flip', name: 'Flip hosts', uses: 'http.request', capture: 'before' },
          { id: 'soak', name: 'Soak on green', uses: 'monitor' },
          { id: 'archive', name: 'Archive', uses: 'artifact.archive' },
        ],
      },
    ],
    rollback: [{ id: 'restore', uses: 'http.request' }],
  }),
  environment: { name: 'production', vars: {}, connections: {}, quorum: 1 },
  target: 'green',
  params: { version: 'v2.4.0' },
};

export const digest = planDigest(plan);

/** A journal of facts, a second apart, chained and parsed as the real one is. */
export function journalOf(facts: readonly (readonly [Actor, Fact])[]): RolloutEvent[] {
  let end = { seq: 0, head: genesis };
  return facts.flatMap(([actor, fact], index) => {
    const at = new Date(Date.parse('2026-11-21T14:31:00Z') + index * 1_000).toISOString();
    const events = chain(end, [fact], actor, at).map((event) => rolloutEventSchema.parse(event));
    const last = events.at(-1);
    if (last) end = { seq: last.seq, head: last.hash };
    return events;
  });
}

const start = Date.parse('2026-11-21T14:31:00Z');

/** Planned, approved, flipped, soaked, archived. */
export const whole: readonly (readonly [Actor, Fact])[] = [
  [alice, { type: 'rollout.planned', data: { id: 'aether-7', plan, digest, channels: [] } }],
  [bot, { type: 'rollout.started', data: {} }],
  [bot, { type: 'step.started', data: { step: 'approve', attempt: 1, epoch: 1, input: {} } }],
  [
    bot,
    {
      type: 'step.waiting',
      data: {
        step: 'approve',
        waiting: {
          for: 'approval',
          roles: ['release-manager'],
          quorum: 1,
          nonce: 'n',
          digest,
          what: 'one approval',
        },
      },
    },
  ],
  [
    bob,
    {
      type: 'step.answered',
      data: { step: 'approve', answer: 'approve', reason: 'looks | good', nonce: 'n' },
    },
  ],
  [bot, { type: 'step.succeeded', data: { step: 'approve', summary: 'Approved by Bob' } }],
  [bot, { type: 'step.started', data: { step: 'flip', attempt: 1, epoch: 1, input: {} } }],
  [bot, { type: 'step.captured', data: { step: 'flip', before: { api: 'blue' } } }],
  [bot, { type: 'step.succeeded', data: { step: 'flip', summary: 'PUT → 200' } }],
  [bot, { type: 'step.started', data: { step: 'soak', attempt: 1, epoch: 1, input: {} } }],
  [
    bot,
    {
      type: 'step.waiting',
      data: { step: 'soak', waiting: { for: 'time', until: '2026-11-21T14:32:00Z', what: 'cycle 1' } },
    },
  ],
  [
    bot,
    {
      type: 'step.succeeded',
      data: {
        step: 'soak',
        summary: '2 of 2 cycles passed',
        chart: {
          title: 'errors',
          unit: '%',
          limit: 1,
          series: [
            {
              name: 'errors',
              points: [
                [start, 0.02],
                [start + 1, 0.5],
              ],
            },
          ],
        },
      },
    },
  ],
  [bot, { type: 'step.started', data: { step: 'archive', attempt: 1, epoch: 1, input: {} } }],
  [
    bot,
    {
      type: 'step.succeeded',
      data: {
        step: 'archive',
        summary: 'Archived',
        output: {
          items: [
            {
              name: 'openapi.json',
              uri: 's3://a/openapi.json',
              sha256: `sha256:${'a'.repeat(64)}`,
              bytes: 1,
            },
          ],
          services: { blue: { healthSha256: `sha256:${'b'.repeat(64)}` } },
        },
      },
    },
  ],
];

export function folded(events: readonly RolloutEvent[]) {
  const found = fold(undefined, events);
  if (!found) throw new Error('an empty journal');
  return found;
}

/** The report that the whole journal must give, to the letter. */
export async function expectedReport(): Promise<string> {
  const text = await readFile(new URL('./expected-report.txt', import.meta.url), 'utf8');
  return text.replaceAll('DIGEST', digest).replaceAll('HEAD', journalOf(whole).at(-1)?.hash ?? '');
}

import { playbookSchema } from '../../src/core/playbook/playbook.ts';
import type { Actor } from '../../src/core/rollout/actor.ts';
import type { Chart, Fact } from '../../src/core/rollout/event.ts';
import { type Plan, planDigest } from '../../src/core/rollout/plan.ts';
import { alice, bob, bot, plan } from './journal.ts';

/** A plan with duties and a watched window. */
export const richPlan: Plan = {
  ...plan,
  playbook: playbookSchema.parse({
    ...plan.playbook,
    phases: [
      ...plan.playbook.phases,
      {
        name: 'after',
        title: 'After the launch',
        steps: [{ id: 'keys', name: 'Rotate keys', uses: 'reminder' }],
      },
    ],
    hypercare: { window: '24h', labels: { service: 'shop' } },
  }),
};

const start = Date.parse('2026-11-21T14:31:00Z');

/** Sixty looks at errors and latency, the switch marked. */
export const soakChart: Chart = {
  title: 'Soak on green',
  unit: '%',
  limit: 1,
  series: [
    {
      name: 'errors',
      points: Array.from({ length: 60 }, (_, i): [number, number] => [
        start + i * 5_000,
        0.2 + 0.9 * Math.sin(i / 9) ** 2,
      ]),
    },
  ],
  panels: [
    {
      unit: 'ms',
      limit: 250,
      series: [
        {
          name: 'p95',
          points: Array.from({ length: 60 }, (_, i): [number, number] => [
            start + i * 5_000,
            120 + 40 * Math.cos(i / 7),
          ]),
        },
      ],
    },
  ],
  mark: { at: start + 90_000, label: 'switch' },
};

const group = {
  id: 'g1',
  n: 1,
  name: 'HighErrorRate',
  severity: 'page',
  labels: { service: 'shop' },
  firing: 2,
  total: 3,
  since: '2026-11-21T14:31:20Z',
  links: [],
  source: 'alertmanager' as const,
};

const done = (step: string, summary: string, more: object = {}): (readonly [Actor, Fact])[] => [
  [bot, { type: 'step.started', data: { step, attempt: 1, epoch: 1, input: {} } }],
  [bot, { type: 'step.succeeded', data: { step, summary, ...more } }],
];

/** Through hypercare with an alert that was taken in hand and silenced, and back again. */
export const rich: readonly (readonly [Actor, Fact])[] = [
  [
    alice,
    {
      type: 'rollout.planned',
      data: { id: 'aether-9', plan: richPlan, digest: planDigest(richPlan), channels: [] },
    },
  ],
  [bot, { type: 'rollout.started', data: {} }],
  [bot, { type: 'step.started', data: { step: 'approve', attempt: 1, epoch: 1, input: {} } }],
  [bob, { type: 'step.answered', data: { step: 'approve', answer: 'approve', reason: 'canary is clean' } }],
  [bot, { type: 'step.succeeded', data: { step: 'approve', summary: 'Approved by Bob' } }],
  [bot, { type: 'step.started', data: { step: 'flip', attempt: 1, epoch: 1, input: {} } }],
  [bot, { type: 'step.captured', data: { step: 'flip', before: { api: 'blue', weight: 100 } } }],
  [bot, { type: 'step.succeeded', data: { step: 'flip', summary: 'api.example.com → green' } }],
  ...done('soak', '60 of 60 cycles passed', { chart: soakChart }),
  ...done('archive', 'Archived 1 artefact', {
    output: {
      items: [
        {
          name: 'openapi.json',
          uri: 's3://evidence/aether-9/openapi.json',
          sha256: `sha256:${'a'.repeat(64)}`,
          bytes: 1,
        },
      ],
    },
  }),
  [bot, { type: 'phase.finished', data: { phase: 'switch' } }],
  ...done('keys', 'Due in a week', {
    output: {
      text: 'Rotate the signing keys',
      due: '2026-11-28T09:00:00.000Z',
      role: 'security',
      stays: true,
    },
  }),
  [bot, { type: 'phase.finished', data: { phase: 'after' } }],
  [bot, { type: 'hypercare.started', data: { until: '2026-11-22T14:31:00Z' } }],
  [bot, { type: 'alerts.changed', data: { groups: [group] } }],
  [bot, { type: 'alerts.called', data: { groups: ['g1'], roles: ['ops'] } }],
  [alice, { type: 'alert.acknowledged', data: { group: 'g1', reason: 'looking' } }],
  [
    alice,
    {
      type: 'alert.silence-asked',
      data: {
        group: 'g1',
        until: '2026-11-21T16:00:00Z',
        reason: 'known since noon',
        matchers: [{ name: 'service', value: 'shop', isRegex: false, isEqual: true }],
      },
    },
  ],
  [bot, { type: 'alert.silenced', data: { group: 'g1', silence: 's1', until: '2026-11-21T16:00:00Z' } }],
  [
    bot,
    {
      type: 'hypercare.noticed',
      data: { summary: 'errors 1.4 % (limit 1 %)', chart: { ...soakChart, title: 'Hypercare' } },
    },
  ],
  [
    bot,
    {
      type: 'hypercare.checked',
      data: {
        after: '6h',
        numbers: {
          since: '2026-11-21T14:31:17Z',
          cycles: { passed: 286, failed: 1, inconclusive: 1 },
          series: [{ name: 'errors', unit: '%', limit: 1, mean: 0.1, most: 1.4, last: 0.2 }],
        },
      },
    },
  ],
  [
    bot,
    {
      type: 'alerts.changed',
      data: { groups: [{ ...group, firing: 0, resolvedAt: '2026-11-21T14:31:28Z' }] },
    },
  ],
  [bob, { type: 'rollback.requested', data: { reason: 'checkout errors' } }],
  ...done('restore', 'api.example.com → blue, as captured'),
  [bot, { type: 'rollback.finished', data: {} }],
  [bob, { type: 'duty.done', data: { duty: 'keys', evidence: 'SEC-12' } }],
];

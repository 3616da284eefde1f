import type { Card } from '../../src/core/card/card.ts';
import { threadOf } from '../../src/core/card/thread.ts';
import type { Chart, Fact } from '../../src/core/rollout/event.ts';
import type { Plan } from '../../src/core/rollout/plan.ts';
import {
  answer,
  askedForApproval,
  at,
  began,
  begin,
  bob,
  carol,
  frozen,
  inHypercare,
  people,
  planOf,
  preflight,
  story,
  succeed,
  switched,
  switchPlaybook,
  type Told,
} from '../../test/card/story.ts';

/** A card in one state of a rollout, folded from a journal. */
export interface Scene {
  name: string;
  card: Card;
}

const points = (of: (minute: number) => number): [number, number][] =>
  Array.from({ length: 41 }, (_, index) => [began + index * 15_000, of(index / 4)]);

/** Errors and latency around a switch, with a fault from the seventh minute on when asked for. */
function signal(faulty: boolean): Chart {
  const wave = (minute: number, size: number) => size * (1 + 0.3 * Math.sin(minute * 4));
  return {
    title: faulty ? 'Errors and latency on green' : 'Soak on green',
    unit: '%',
    limit: 1,
    series: [{ name: 'errors', points: points((m) => (faulty && m > 7 ? wave(m, 3.4) : wave(m, 0.08))) }],
    panels: [
      {
        unit: 'ms',
        limit: 250,
        series: [{ name: 'p95', points: points((m) => (faulty && m > 7 ? wave(m, 190) : wave(m, 84))) }],
      },
    ],
    mark: { at: began + 170_000, label: 'Flip hosts' },
  };
}

const labelled: Plan = planOf({
  ...switchPlaybook,
  hypercare: { window: '24h', onFailure: 'propose', ...switchPlaybook.hypercare, labels: { app: 'shop' } },
});

const group = {
  labels: {},
  since: at(470),
  source: 'alertmanager' as const,
  links: [
    { label: 'Runbook', href: 'https://runbooks.example/errors' },
    { label: 'Dashboard', href: 'https://grafana.example/d/shop' },
  ],
};
const page = {
  ...group,
  ...{ id: 'g1', n: 1, name: 'HighErrorRate', severity: 'page', firing: 3, total: 3 },
  summary: 'Errors are at 4.1 % (limit 1 %)',
};
const warning = {
  ...group,
  ...{ id: 'g2', n: 2, name: 'SlowOrders', severity: 'warning', firing: 12, total: 14, links: [] },
};
const changed = (...groups: (typeof page | typeof warning)[]): Told => ({
  type: 'alerts.changed',
  data: { groups },
});
const watched: readonly Told[] = [
  ...inHypercare,
  { type: 'hypercare.noticed', data: { summary: 'errors 4.1 % (limit 1 %)', chart: signal(true) } },
];
const storm: readonly Told[] = [
  ...watched,
  changed(page, warning),
  { type: 'alerts.called', data: { groups: ['g1', 'g2'], roles: ['release-manager'] } },
];
const handled: readonly Told[] = [
  ...storm,
  { type: 'alert.acknowledged', data: { group: 'g1', name: 'HighErrorRate' }, by: bob },
  {
    type: 'alert.silence-asked',
    data: {
      group: 'g2',
      until: at(7_800),
      reason: 'known: cold caches',
      matchers: [{ name: 'alertname', value: 'SlowOrders', isRegex: false, isEqual: true }],
    },
    by: carol,
  },
  { type: 'alert.silenced', data: { group: 'g2', silence: 's1', until: at(7_800) } },
];
const ended = { firing: 0, resolvedAt: at(900) };
const rollbackAsked: Told = {
  type: 'rollback.requested',
  data: { reason: 'checkout errors after the switch' },
  by: carol,
};
const waitsFor = (
  step: string,
  waiting: Extract<Fact, { type: 'step.waiting' }>['data']['waiting'],
): Told => ({
  type: 'step.waiting',
  data: { step, waiting },
});

const roots: Readonly<Record<string, readonly Told[]>> = {
  running: [...preflight, begin('freeze-writes')],
  'waiting for approval': [
    ...askedForApproval,
    answer('approve-switch', bob, { answer: 'approve' }),
    ...askedForApproval.slice(-1),
  ],
  'waiting for a task': [
    ...preflight,
    begin('freeze-writes'),
    waitsFor('freeze-writes', {
      for: 'task',
      roles: ['release-manager'],
      instructions: 'Call the desk: writes on blue stop now.',
      evidence: 'ticket number',
      what: 'Not done yet',
    }),
  ],
  soaking: [
    ...switched,
    begin('soak'),
    {
      type: 'step.waiting',
      data: {
        step: 'soak',
        waiting: { for: 'time', until: at(400), what: 'cycle 1 of 2, errors 0.08 %, p95 84 ms' },
        chart: signal(false),
      },
    },
  ],
  paused: [...frozen, { type: 'rollout.paused', data: { reason: 'looking at the errors' }, by: bob }],
  'in doubt': [
    ...preflight,
    begin('freeze-writes'),
    {
      type: 'step.doubted',
      data: {
        step: 'freeze-writes',
        summary: 'The worker died after starting it.',
        known: ['GET /safe-mode → no answer within 10 s'],
      },
    },
  ],
  failed: [
    ...preflight,
    begin('freeze-writes'),
    {
      type: 'step.failed',
      data: { step: 'freeze-writes', summary: 'PUT /safe-mode → 503', detail: 'upstream is not ready' },
    },
  ],
  'rolling back': [...switched, rollbackAsked, begin('hosts-back')],
  'rolled back': [
    ...switched,
    rollbackAsked,
    begin('hosts-back'),
    succeed('hosts-back', 'Hosts api and app are back at blue'),
    begin('writes-back'),
    succeed('writes-back', 'Writes are open on blue'),
    { type: 'rollback.finished', data: {} },
  ],
  'a rollback that is stuck': [
    ...switched,
    rollbackAsked,
    begin('hosts-back'),
    { type: 'step.failed', data: { step: 'hosts-back', summary: 'PUT /hosts → 502' } },
  ],
  hypercare: inHypercare,
  superseded: [...inHypercare, { type: 'rollout.superseded', data: { by: 'aether-8' } }],
  succeeded: [...inHypercare, { type: 'rollout.succeeded', data: {} }],
};

const alerts: Readonly<Record<string, readonly Told[]>> = {
  'alerts firing': storm,
  'acknowledged and silenced': handled,
  'alerts resolved': [...handled, changed({ ...page, ...ended }, { ...warning, ...ended })],
};

/** Every state of the root card, and of the card of alerts, as real journals make them. */
export function scenes(): Scene[] {
  const threadAfter = (told: readonly Told[]) => {
    const { plan, state } = story(told, { plan: labelled, planned: { usual: 1_860_000 } });
    const links = [{ label: 'Details', href: 'https://cutover.example/rollouts/aether-7' }];
    const atEnd = [{ label: 'Report', href: 'https://cutover.example/api/rollouts/aether-7/report.html' }];
    return threadOf(plan, state, people, began + 600_000, { links, atEnd });
  };
  return [
    ...Object.entries(roots).map(([name, told]) => ({ name, card: threadAfter(told).root })),
    ...Object.entries(alerts).map(([name, told]) => {
      const found = threadAfter(told).replies.find(({ key }) => key === 'alerts');
      if (!found) throw new Error(`${name}: there is no card of alerts`);
      return { name, card: found.card };
    }),
  ];
}

const soaked = (told: Told): Told =>
  told.type === 'step.succeeded' && told.data.chart
    ? { ...told, data: { ...told.data, summary: 'passed, 2 of 2 cycles', chart: signal(false) } }
    : told;

/** The replies of a rollout that went well, as they stand under its root. */
export function replies(): Scene[] {
  const told = [...inHypercare.map(soaked), { type: 'rollout.succeeded', data: {} } as const];
  const { plan, state } = story(told, { plan: labelled });
  return threadOf(plan, state, people, began + 600_000).replies.map(({ card }, index) => ({
    name: `reply ${index + 1}`,
    card,
  }));
}

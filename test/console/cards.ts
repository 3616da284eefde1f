import type { Card, Tone } from '../../src/core/card/card.ts';

/** A card that says only its title. */
export function plainCard(title: string, tone: Tone = 'plain'): Card {
  return { tone, title: [title], lines: [], actions: [], links: [] };
}

const dashboards = [
  { label: 'Journal', href: '/rollouts/aether-7#journal' },
  { label: 'Dashboard', href: 'https://grafana.example/d/aether' },
];
const rollBack = {
  label: 'Roll back',
  command: 'rollback aether-7',
  style: 'danger',
  confirm: {
    title: 'Roll back aether-7?',
    text: 'Puts back: hosts api, app: blue (10.2.0.7); safe mode of blue: off.',
    ok: 'Roll back',
  },
  ask: 'reason',
} as const;

const minute = 60_000;
const start = Date.UTC(2026, 10, 21, 14, 20);
export const errorsChart = {
  title: 'Errors on green',
  unit: '%',
  limit: 1,
  series: [
    {
      name: 'errors',
      points: Array.from({ length: 20 }, (_, i): [number, number] => [
        start + i * minute,
        0.2 + (i % 5) / 10,
      ]),
    },
  ],
  mark: { at: start + 10 * minute, label: 'switch' },
};

const title = (id: string) => [
  { bold: `${id} · green → production` },
  ' · v2.4.0 · by ',
  { person: 'alice', name: 'Alice' },
];

/** A root card in each tone, as a person would meet them. */
export const rootCards: Readonly<Record<Tone, Card>> = {
  plain: {
    tone: 'plain',
    title: title('aether-1'),
    lines: [['Aborted by Alice before anything was touched.']],
    actions: [],
    links: [],
  },
  good: {
    tone: 'good',
    title: title('aether-2'),
    lines: [['Done in 47 min (usually 52) · 2 approvals · 0 alerts · Journal verified']],
    actions: [],
    links: dashboards,
  },
  undone: {
    tone: 'undone',
    title: title('aether-3'),
    lines: [
      [
        'Rolled back by ',
        { person: 'carol', name: 'Carol' },
        ' in 3.2 s: ',
        { italic: 'checkout errors after the switch' },
      ],
      [
        'Hosts ',
        { code: 'api' },
        ', ',
        { code: 'app' },
        ' are back at blue (10.2.0.7) · blue processes intents (12/s)',
      ],
    ],
    actions: [],
    links: dashboards,
  },
  doubt: {
    tone: 'doubt',
    title: title('aether-4'),
    lines: [
      [{ bold: 'I don’t know whether Run migrations finished' }],
      ['The worker died after starting it. The schema version could not be read (timeout).'],
    ],
    actions: [
      { label: 'Retry', command: 'retry aether-4 migrate', style: 'primary' },
      { label: 'Done', command: 'done aether-4 migrate', ask: 'evidence' },
      rollBack,
    ],
    links: [],
  },
  bad: {
    tone: 'bad',
    title: title('aether-5'),
    lines: [[{ bold: 'Smoke test failed' }, ': 2 of 14 checks'], ['Fix the cause and retry, or roll back.']],
    tail: {
      title: 'Output of Smoke test',
      text: 'GET /orders → 500\nGET /feed → timed out\n12 passed, 2 failed',
    },
    actions: [{ label: 'Retry', command: 'retry aether-5 smoke', style: 'primary' }, rollBack],
    links: dashboards,
  },
  watch: {
    tone: 'watch',
    title: title('aether-6'),
    lines: [['Hypercare until ', { time: '2026-11-22T15:02:00.000Z' }, ' · errors 0.02 % (limit 1 %)']],
    chart: errorsChart,
    actions: [{ label: 'Extend', command: 'extend aether-6', ask: 'duration' }, rollBack],
    links: dashboards,
  },
  running: {
    tone: 'running',
    title: title('aether-8'),
    lines: [
      [{ bold: 'Traffic switch' }, ' · step 11 of 22 · 14 min, usually 31'],
      [
        'Now: ',
        { bold: 'Soak on green' },
        ': cycle 1 of 2, errors 0.02 % (limit 1 %), p95 84 ms (limit 250 ms)',
      ],
      ['Next: Unfreeze writes · Behind us: Preflight ✓, Green stack ✓'],
    ],
    progress: { done: 11, total: 22 },
    actions: [{ label: 'Pause', command: 'pause aether-8' }, rollBack],
    links: dashboards,
  },
  waiting: {
    tone: 'waiting',
    title: title('aether-7'),
    lines: [
      [{ bold: 'Waiting for approval: Move traffic to green' }],
      [
        '1 of 2: Bob ✓ · one more of ',
        { person: 'carol', name: 'Carol', ping: true },
        ', until ',
        { time: '2026-11-21T15:40:00.000Z' },
      ],
      [
        'Hosts ',
        { code: 'api' },
        ', ',
        { code: 'app' },
        ' move to green (10.2.0.7 → 10.2.0.9) · writes on blue are frozen',
      ],
    ],
    progress: { done: 9, total: 22 },
    actions: [
      {
        label: 'Approve',
        command: 'approve aether-7 nonce=n0nce',
        style: 'primary',
        confirm: { title: 'Approve aether-7?', text: 'The hosts move to green.', ok: 'Approve' },
      },
      { label: 'Reject', command: 'reject aether-7 nonce=n0nce', ask: 'reason' },
      rollBack,
    ],
    links: dashboards,
    drawnAt: 7,
  },
};

/** A card whose every text comes from somebody who means harm. */
export const hostileCard: Card = {
  tone: 'bad',
  title: [{ bold: '<script>window.hacked = 1</script>' }, ' <img src=x onerror="window.hacked = 2">'],
  lines: [
    [
      { link: 'click me', href: 'javascript:window.hacked=3' },
      ' ',
      { link: 'data', href: 'data:text/html,<script>1</script>' },
    ],
    [{ code: '</code><svg onload=window.hacked=4>' }, ' \u202egnp.exe\u202c ', { italic: '${7*7} {{7*7}}' }],
    [
      { person: 'x', name: '<b>Mallory</b>' },
      { link: 'protocol-relative', href: '//evil.example/x' },
    ],
  ],
  tail: { title: '<i>Output</i>', text: '</pre><script>window.hacked = 5</script>' },
  actions: [
    {
      label: '<b>Retry</b>',
      command: 'retry aether-5 "; rm -rf /"',
      confirm: { title: '<u>t</u>', text: '<script>', ok: '<ok>' },
    },
  ],
  links: [{ label: '<b>Journal</b>', href: 'vbscript:msgbox(1)' }],
};

import type { Signal } from './scrape.ts';

/** What makes an alert, as a rule of Prometheus would. */
export interface Rule {
  name: string;
  severity: 'page' | 'warning';
  /** Milliseconds for which it must hold before it fires. */
  for: number;
  holds(signal: Signal): boolean;
  /** One sentence for the card. */
  summary(signal: Signal): string;
  /** What whoever is called reads and does; paragraphs. */
  runbook: readonly string[];
}

/** Percent of the requests, and milliseconds. */
export const limits = { errors: 1, p95: 500 } as const;

/** Two looks, a second apart. */
const twoLooks = 1_500;

export const rules: readonly Rule[] = [
  {
    name: 'HighErrorRate',
    severity: 'page',
    for: twoLooks,
    holds: ({ errors }) => errors !== null && errors > limits.errors,
    summary: ({ colour, errors }) =>
      `${shown(errors)} % of the requests to ${colour} fail (limit ${limits.errors} %)`,
    runbook: [
      'More than 1 % of the requests that a colour served in the last five seconds ended with an error.',
      'If it began with a rollout, roll that back: the button stands beside the alert, and names what it restores. Clients are back on the other colour within seconds.',
      'Then find out why. In this sandbox somebody pressed “Errors on green”; “Clear faults” mends it.',
    ],
  },
  {
    name: 'SlowOrders',
    severity: 'warning',
    for: twoLooks,
    holds: ({ p95 }) => p95 !== null && p95 > limits.p95,
    summary: ({ colour, p95 }) =>
      `One request in twenty to ${colour} takes over ${shown(p95)} ms (limit ${limits.p95} ms)`,
    runbook: [
      'One request in twenty took longer than 500 ms in the last five seconds. Clients get their answers, but late.',
      'Acknowledge it, and look at what changed before. Roll back when it grows, or when clients complain.',
      'In this sandbox somebody pressed “Slow green”, or the machine is very busy; “Clear faults” ends the former.',
    ],
  },
  {
    name: 'PlatformDown',
    severity: 'page',
    for: twoLooks,
    holds: ({ live, up }) => live && up === false,
    summary: ({ colour }) => `${colour} does not answer, and clients are sent there`,
    runbook: [
      'The router sends clients to a colour that does not answer. Every request of theirs fails.',
      'Roll back: the other colour was kept running for this.',
      'In this sandbox somebody pressed “Crash green”; it is started again after three seconds.',
    ],
  },
];

function shown(value: number | null): string {
  const number = value ?? 0;
  return number < 10 ? number.toFixed(1) : String(Math.round(number));
}

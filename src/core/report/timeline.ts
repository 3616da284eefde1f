import type { RolloutEvent } from '../rollout/event.ts';
import type { Plan } from '../rollout/plan.ts';
import { type Block, table } from './model.ts';
import { sentence } from './sentence.ts';
import { actorName, instant } from './text.ts';

const mostRows = 500;

/** The steps' intermediate looks are left out: their numbers stand under the measurements. */
function isLook(event: RolloutEvent): boolean {
  return event.type === 'step.waiting' && event.data.waiting.for === 'time';
}

/** `2026-11-21 15:31:07` by the zone's wall clock. */
function wallClockOf(timezone: string): (iso: string) => string {
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone: timezone,
    dateStyle: 'short',
    timeStyle: 'medium',
  });
  return (iso) => format.format(Date.parse(iso));
}

/**
 * What happened, in order, one row an event, in UTC and by the clock of people's own zone; the middle is left out of
 * a very long one, and the row says so.
 */
export function timeline(plan: Plan, events: readonly RolloutEvent[], timezone: string): Block[] {
  const told = events.filter((event) => !isLook(event));
  const left = told.length - mostRows;
  const clocks = timezone === 'UTC' ? [] : [wallClockOf(timezone)];
  const row = (event: RolloutEvent) => [
    String(event.seq),
    instant(event.at),
    ...clocks.map((clock) => clock(event.at)),
    actorName(event.actor),
    sentence(plan, event),
  ];
  const gap = ['…', '', ...clocks.map(() => ''), '', `${left} events left out; the journal has them all`];
  const half = mostRows / 2;
  const rows =
    left > 0 ? [...told.slice(0, half).map(row), gap, ...told.slice(-half).map(row)] : told.map(row);
  return table(['No', 'When', ...clocks.map(() => timezone), 'Who', 'What'], rows);
}

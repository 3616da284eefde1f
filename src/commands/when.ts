import { formatDuration, type Milliseconds, parseDuration } from '../core/playbook/duration.ts';
import { formatInstant, localDate, localTime } from '../core/policy/zoned-time.ts';

/** A time as a person types it, before a time zone and a clock give it a meaning. */
export type When =
  | { kind: 'now' }
  /** `+2h`: that long from now. */
  | { kind: 'in'; duration: Milliseconds; text: string }
  /** `14:30` (the next one), `today 14:30`, `tomorrow 14:30`, `2026-11-22T14:30`; by the wall clock. */
  | { kind: 'wall'; day: string; time: string }
  /** With an offset, `2026-11-22T14:30Z`. */
  | { kind: 'instant'; at: string };

const clock = /^([01]?\d|2[0-3]):[0-5]\d$/;
const dated = /^(\d{4}-\d{2}-\d{2})[T ](([01]?\d|2[0-3]):[0-5]\d)$/;
const exact = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/;
const named = /^(today|tomorrow)[ T](\S+)$/;

/** Whether a text is a clock time alone: what may follow `tomorrow` as a word of its own. */
export function isClock(text: string): boolean {
  return clock.test(text);
}

export const timeExamples = '14:30, tomorrow 14:30, 2026-11-22T14:30, +2h or now';

/** Reads a time; undefined when it is none. */
export function parseWhen(text: string): When | undefined {
  const typed = text.trim();
  if (typed === 'now') return { kind: 'now' };
  if (clock.test(typed)) return { kind: 'wall', day: 'next', time: padded(typed) };
  if (typed.startsWith('+')) {
    const duration = parseDuration(typed.slice(1));
    return duration === undefined ? undefined : { kind: 'in', duration, text: typed.slice(1) };
  }
  if (exact.test(typed)) {
    return Number.isNaN(Date.parse(typed)) ? undefined : { kind: 'instant', at: typed };
  }
  const [, day, time] = dated.exec(typed) ?? named.exec(typed) ?? [];
  if (day === undefined || time === undefined || !clock.test(time)) return undefined;
  return { kind: 'wall', day, time: padded(time) };
}

function padded(time: string): string {
  return time.padStart(5, '0');
}

/** The text that `parseWhen` reads as this. */
export function formatWhen(when: When): string {
  switch (when.kind) {
    case 'now':
      return 'now';
    case 'in':
      return `+${when.text}`;
    case 'instant':
      return when.at;
    case 'wall':
      if (when.day === 'next') return when.time;
      return when.day === 'today' || when.day === 'tomorrow'
        ? `${when.day} ${when.time}`
        : `${when.day}T${when.time}`;
  }
}

/** What a time means: an instant in milliseconds, and what a person should know of it. */
export type Meant = { at: number; note?: string } | { fault: string };

/**
 * Gives a time its meaning. A wall-clock time that comes twice (the clock is put back) is the first of the two;
 * one that does not come at all is refused with the nearest that does.
 */
export function meant(when: When, timezone: string, now: number): Meant {
  switch (when.kind) {
    case 'now':
      return { at: now };
    case 'in':
      return { at: now + when.duration };
    case 'instant':
      return { at: Date.parse(when.at) };
    case 'wall':
      return wallMeant(when, timezone, now);
  }
}

function wallMeant({ day, time }: { day: string; time: string }, timezone: string, now: number): Meant {
  const today = localDate(now, timezone);
  const date = day === 'next' || day === 'today' ? today : day === 'tomorrow' ? dayAfter(today) : day;
  const found = onDate(date, time, timezone);
  const past = 'at' in found && found.at <= now;
  return past && day === 'next' ? onDate(dayAfter(today), time, timezone) : found;
}

function onDate(date: string, time: string, timezone: string): Meant {
  const found = localTime(`${date}T${time}`, timezone);
  if (found === undefined) return { fault: `${date} is no date of the calendar.` };
  if (found.kind === 'once') return { at: found.at };
  if (found.kind === 'never') {
    const next = formatInstant(found.next, timezone);
    return {
      fault: `The clock is put forward on ${date}, so ${time} does not come that day; the nearest is ${next}.`,
    };
  }
  const apart = formatDuration(found.second - found.first);
  return {
    at: found.first,
    note: `The clock is put back on ${date}, so ${time} comes twice; this is the first, ${apart} before the second.`,
  };
}

function dayAfter(date: string): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
}

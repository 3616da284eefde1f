import { html } from './html.ts';

const units = [
  [86_400_000, 'day'],
  [3_600_000, 'hour'],
  [60_000, 'minute'],
] as const;

const words = new Intl.RelativeTimeFormat('en', { numeric: 'always', style: 'short' });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const clockTime = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });
const dayAndTime = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

/** `3 min. ago`, `in 2 hr.`, `just now` within a minute. */
export function relative(instant: string, now: number): string {
  const away = Date.parse(instant) - now;
  const unit = units.find(([size]) => Math.abs(away) >= size);
  if (unit === undefined) return away > 5_000 ? 'in a moment' : 'just now';
  return words.format(Math.trunc(away / unit[0]), unit[1]);
}

/** The wall-clock time where it is today, else with the date. */
export function wallTime(instant: string, now: number): string {
  const date = new Date(instant);
  const today = new Date(now).toDateString() === date.toDateString();
  return (today ? clockTime : dayAndTime).format(date);
}

/** `840 ms`, `3.2 s`, `4 min 10 s`, `2 h 5 min`. */
export function duration(milliseconds: number): string {
  if (milliseconds < 1_000) return `${Math.max(0, Math.round(milliseconds))} ms`;
  if (milliseconds < 10_000) return `${(milliseconds / 1_000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
  const hours = Math.floor(minutes / 60);
  return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
}

/** A time as people read it, with the exact one as its title. */
export function Ago({ at, now }: { at: string; now: number }) {
  return html`<time datetime=${at} title=${full.format(new Date(at))}>${relative(at, now)}</time>`;
}

/** A wall-clock time in the reader's time zone, with the exact one as its title. */
export function At({ at, now }: { at: string; now: number }) {
  return html`<time datetime=${at} title=${full.format(new Date(at))}>${wallTime(at, now)}</time>`;
}

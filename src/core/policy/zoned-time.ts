/** Milliseconds since the epoch. */
type Instant = number;

/** What a wall-clock time means in a time zone: one instant, two (the clock is put back), or none (put forward). */
export type LocalTime =
  | { kind: 'once'; at: Instant }
  | { kind: 'twice'; first: Instant; second: Instant }
  | { kind: 'never'; next: Instant };

const day = 86_400_000;
const local = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2}))?)?$/;
const withOffset = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})$/;

/** Whether the runtime knows the zone by this IANA name. */
export function isTimezone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).format(0) !== '';
  } catch {
    return false;
  }
}

/** To make one takes a hundred times as long as to use it. */
const clocks = new Map<string, Intl.DateTimeFormat>();

function clockOf(timezone: string): Intl.DateTimeFormat {
  const known = clocks.get(timezone);
  if (known) return known;
  const clock = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  clocks.set(timezone, clock);
  return clock;
}

/** The wall clock of a zone at an instant, as if it were UTC: what makes zones comparable. */
function wallClock(at: Instant, timezone: string): number {
  const parts = clockOf(timezone).formatToParts(at);
  const part = (type: string) => Number(parts.find((each) => each.type === type)?.value);
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
}

/** Reads `2026-11-22T14:30`, `2026-11-22 14:30` or `2026-11-22` as a wall clock; undefined when it is no date. */
function readWall(text: string): number | undefined {
  const match = local.exec(text);
  if (!match) return undefined;
  const [year, month, date, hour, minute, second] = match.slice(1).map((part) => Number(part ?? 0));
  const wall = Date.UTC(year ?? 0, (month ?? 0) - 1, date, hour, minute, second);
  const back = new Date(wall).toISOString();
  const written = `${match[1]}-${match[2]}-${match[3]}T${match[4] ?? '00'}:${match[5] ?? '00'}:${match[6] ?? '00'}`;
  return back.startsWith(written) ? wall : undefined;
}

/** What a local date and time means in a zone; undefined when the text is no date and time. */
export function localTime(text: string, timezone: string): LocalTime | undefined {
  const wall = readWall(text);
  if (wall === undefined) return undefined;
  const offsets = [wall - day, wall + day].map((near) => wallClock(near, timezone) - near);
  const [first, second] = [...new Set(offsets.map((offset) => wall - offset))]
    .filter((at) => wallClock(at, timezone) === wall)
    .sort((a, b) => a - b);
  if (first === undefined) return { kind: 'never', next: wall - Math.min(...offsets) };
  return second === undefined ? { kind: 'once', at: first } : { kind: 'twice', first, second };
}

/** An instant from a text with an offset (`…Z`, `…+01:00`), or from a local one in the zone, the first of two. */
export function instantOf(text: string, timezone: string): Instant | undefined {
  if (withOffset.test(text)) {
    const at = Date.parse(text);
    return Number.isNaN(at) ? undefined : at;
  }
  const found = localTime(text, timezone);
  if (found === undefined) return undefined;
  return found.kind === 'once' ? found.at : found.kind === 'twice' ? found.first : found.next;
}

/** The date of an instant in a zone, `2026-11-22`. */
export function localDate(at: Instant, timezone: string): string {
  return new Date(wallClock(at, timezone)).toISOString().slice(0, 10);
}

/** An instant for people: `2026-11-22 14:30 (Europe/Berlin)`. */
export function formatInstant(at: Instant, timezone: string): string {
  const text = new Date(wallClock(at, timezone)).toISOString();
  return `${text.slice(0, 10)} ${text.slice(11, 16)} (${timezone})`;
}

import { z } from 'zod';

/** Milliseconds. */
export type Milliseconds = number;

const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;
const whole = /^(?:\d+w)?(?:\d+d)?(?:\d+h)?(?:\d+m(?!s))?(?:\d+s)?(?:\d+ms)?$/;

/** Reads a duration as Prometheus writes it (`30s`, `1h30m`, `24h`); undefined when it is none. */
export function parseDuration(text: string): Milliseconds | undefined {
  if (text === '' || !whole.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+)(ms|[wdhms])/g)) {
    total += Number(amount) * units[unit as keyof typeof units];
  }
  return Number.isSafeInteger(total) ? total : undefined;
}

/** A duration that is known to be well formed: playbooks are checked when they are loaded. */
export function milliseconds(text: string): Milliseconds {
  const parsed = parseDuration(text);
  if (parsed === undefined) throw new RangeError(`not a duration: ${text}`);
  return parsed;
}

/** Writes a duration for people: its two largest units, `3.2 s` below ten seconds. */
export function formatDuration(duration: Milliseconds): string {
  if (duration < 1_000) return `${Math.round(duration)} ms`;
  if (duration < 10_000) return `${(duration / 1_000).toFixed(1).replace(/\.0$/, '')} s`;
  const seconds = Math.round(duration / 1_000);
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3_600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ] as const;
  const first = parts.findIndex(([amount]) => amount > 0);
  return parts
    .slice(first, first + 2)
    .filter(([amount]) => amount > 0)
    .map(([amount, unit]) => `${amount} ${unit}`)
    .join(' ');
}

export const durationSchema = z
  .string()
  .refine((text) => parseDuration(text) !== undefined, {
    message: 'must be a duration such as 30s, 15m or 24h',
  })
  .describe('A duration as Prometheus writes it: 30s, 15m, 1h30m, 24h')
  .meta({ pattern: whole.source, minLength: 2 });

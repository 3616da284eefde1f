import type { Clock } from '../ports/clock.ts';

export interface RepeatsParts {
  clock: Clock;
  log: Record<'info' | 'warn' | 'error', (fields: object, message: string) => void>;
}

/** Of a log line; the latest ones stand for all that were counted. */
type Fields = { err: unknown; [field: string]: unknown };

/** Writes faults that come again and again: a line at the first, one a minute while they go on, one when they are over. */
export interface Repeats {
  /** `of` tells one fault from another; the same one is written once and then counted. */
  say(level: 'warn' | 'error', of: string, fields: Fields, message: string): void;
  stop(): void;
}

interface Open {
  level: 'warn' | 'error';
  message: string;
  fields: Fields;
  since: number;
  last: number;
  /** When the last line was written, and how many came since then. */
  toldAt: number;
  untold: number;
  times: number;
}

const lookEvery = 1_000;
const tellEvery = 60_000;
/** Milliseconds without the fault after which it is over. */
const quiet = 30_000;
/** More kinds of faults at once than this are each written in full. */
const most = 100;

export function createRepeats({ clock, log }: RepeatsParts): Repeats {
  const open = new Map<string, Open>();
  let timer: NodeJS.Timeout | undefined;

  const look = (): void => {
    const now = clock.now();
    for (const [of, fault] of open) {
      if (now - fault.last >= quiet) {
        open.delete(of);
        if (fault.times > 1) log.info(spanOf(fault), `Over: ${fault.message}`);
      } else if (now - fault.toldAt >= tellEvery && fault.untold > 0) {
        const { level, fields, untold, message } = fault;
        log[level]({ ...fields, ...spanOf(fault), more: untold }, `Still: ${message}`);
        open.set(of, { ...fault, toldAt: now, untold: 0 });
      }
    }
    if (open.size === 0) stop();
  };
  const stop = (): void => {
    clearInterval(timer);
    timer = undefined;
  };

  return {
    stop,
    say(level, of, fields, message) {
      const now = clock.now();
      const known = open.get(of);
      if (known) {
        open.set(of, { ...known, fields, last: now, untold: known.untold + 1, times: known.times + 1 });
        return;
      }
      log[level](fields, message);
      if (open.size >= most) return;
      open.set(of, { level, message, fields, since: now, last: now, toldAt: now, untold: 0, times: 1 });
      timer ??= setInterval(look, lookEvery).unref();
    },
  };
}

function spanOf({ since, last, times }: Open) {
  return { times, since: new Date(since).toISOString(), last: new Date(last).toISOString() };
}

/** What tells faults apart that have no name of their own: the code or the class, and the first words. */
export function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error).slice(0, 80);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  return `${code} ${error.message.slice(0, 80)}`;
}

import { Cron } from 'croner';

/**
 * The first instant from `from` on (milliseconds since the epoch) at which the clock of a time zone shows a time
 * (`10:00`) on a working day, Monday to Friday. A time that the zone leaves out on a day comes as late as the clock is
 * put forward.
 */
export function onWorkingDay(from: number, clock: string, timezone: string): number {
  const [hour, minute] = clock.split(':').map(Number);
  const cron = new Cron(`${minute} ${hour} * * 1-5`, { timezone, paused: true, mode: '5-part' });
  const next = cron.nextRun(new Date(from - 1));
  if (next === null) throw new RangeError(`no working day has ${clock} in ${timezone}`);
  return next.getTime();
}

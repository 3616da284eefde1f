import { setTimeout as pause } from 'node:timers/promises';

/** Asks again and again until there is an answer; fails after `seconds`, saying what was waited for. */
export async function until<T>(
  what: string,
  ask: () => T | undefined | false | Promise<T | undefined | false>,
  seconds = 30,
): Promise<T> {
  const limit = performance.now() + seconds * 1_000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > limit) throw new Error(`waited ${seconds} s in vain for ${what}`);
    await pause(20);
  }
}

import { setTimeout as pause } from 'node:timers/promises';
import { type Bot, type Home, type JournalEvent, journal, newHome, say, startBot } from './bot.ts';
import { type Figure, limited } from './figure.ts';
import { median } from './measure.ts';

const rounds = 5;

/** Start to ready, warm; and SIGKILL to the next durable step, the restart of the process included. */
export async function lifetimes(): Promise<Figure[]> {
  const home = await newHome();
  try {
    await (await startBot(home)).stop();
    const starts: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const bot = await startBot(home);
      starts.push(bot.readyAfter);
      await bot.stop();
    }
    const resumed: number[] = [];
    for (let round = 1; round <= rounds; round += 1) resumed.push(await killAndResume(home, round));
    return [
      limited('Start to ready, warm (embedded Redis, sandbox, console)', median(starts), 3_000),
      limited(
        'SIGKILL to the next durable step, restart included',
        median(resumed),
        5_000,
        'BullMQ’s defaults: 60 s; Restate 1.7: 0.64 s (measured earlier, not in this run)',
      ),
    ];
  } finally {
    await home.remove();
  }
}

/** Kills the bot in the middle of a soak, starts it at once, and waits for the journal to grow. */
async function killAndResume(home: Home, round: number): Promise<number> {
  const id = `sandbox-${round}`;
  const killed = await startBot(home);
  await say(killed, 'alice', `start ${round % 2 === 1 ? 'green' : 'blue'}`);
  await until(killed, id, (events) => events.some(isOf('step.waiting', 'approve-switch')));
  await say(killed, 'bob', `approve ${id}`);
  const { length } = await until(killed, id, (events) => events.some(isOf('step.waiting', 'soak')));
  const from = Date.now();
  await killed.kill();
  const bot = await startBot(home);
  const events = await until(bot, id, (now) => now.length > length);
  await until(bot, id, (now) => now.some(({ type }) => type === 'hypercare.started'));
  await bot.stop();
  return Date.parse(events[length]?.at ?? '') - from;
}

function isOf(type: string, step: string): (event: JournalEvent) => boolean {
  return (event) => event.type === type && event.data.step === step;
}

async function until(
  bot: Bot,
  id: string,
  reached: (events: JournalEvent[]) => boolean,
): Promise<JournalEvent[]> {
  for (;;) {
    const events = await journal(bot, id);
    if (reached(events)) return events;
    await pause(20);
  }
}

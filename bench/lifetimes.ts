import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { startEmbeddedRedis } from '../src/adapters/redis/embedded.ts';
import { leaseTime } from '../src/compose/store.ts';
import { type Bot, type Home, type JournalEvent, journal, newHome, say, startBot } from './bot.ts';
import { type Figure, limited, ms } from './figure.ts';
import { interleaved } from './measure.ts';

const rounds = 5;

/** Start to ready, warm; and SIGKILL to the next durable step, the restart of the process included. */
export async function lifetimes(): Promise<Figure[]> {
  const home = await newHome();
  const dir = await mkdtemp(join(tmpdir(), 'cutover-bench-'));
  const redis = await startEmbeddedRedis({ dir: join(dir, 'worker') });
  const bare = await bareWorker(redis.url);
  let round = 0;
  try {
    const start = await interleaved(rounds, {
      ours: () => startAndStop(home),
      floor: () => bareStart(join(dir, 'start')),
    });
    const resumed = await interleaved(rounds, {
      ours: () => {
        round += 1;
        return killAndResume(home, round);
      },
      peer: bare.killAndResume,
    });
    return [
      limited(
        'Start to ready, warm (embedded Redis, sandbox, console)',
        start.ours,
        3_000,
        `floor: bare Node with its Redis, one append and a port ${ms(start.floor)}`,
      ),
      limited(
        'SIGKILL to the next durable step, restart included',
        resumed.ours,
        5_000,
        `peer: a bare BullMQ worker with the same settings ${ms(resumed.peer)}; up to ${ms(leaseTime)} of ours wait for the dead one’s lease (measured earlier, not in this run: Restate 1.7 0.64 s, BullMQ’s defaults 60 s)`,
      ),
    ];
  } finally {
    await bare.stop();
    await redis.stop();
    await home.remove();
    await rm(dir, { recursive: true, force: true });
  }
}

async function startAndStop(home: Home): Promise<number> {
  const bot = await startBot(home);
  await bot.stop();
  return bot.readyAfter;
}

function bareProcess(kind: 'start' | 'worker', where: string): ChildProcess {
  return fork(new URL('./bare.ts', import.meta.url), [kind, where], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

async function bareStart(dir: string): Promise<number> {
  const from = performance.now();
  const child = bareProcess('start', dir);
  await once(child, 'message');
  const took = performance.now() - from;
  await end(child);
  return took;
}

/** A worker whose only job never ends; killed, and started again at once. */
async function bareWorker(url: string) {
  const connection = new Redis(url, { maxRetriesPerRequest: null });
  const queue = new Queue('bare', { connection });
  await queue.add('work', {});
  let child = bareProcess('worker', url);
  await once(child, 'message');
  return {
    async killAndResume(): Promise<number> {
      const from = performance.now();
      await end(child);
      child = bareProcess('worker', url);
      await once(child, 'message');
      return performance.now() - from;
    },
    async stop() {
      await end(child);
      await queue.close();
      connection.disconnect();
    },
  };
}

async function end(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
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

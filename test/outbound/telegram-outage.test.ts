import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { limitsOf } from '../../src/compose/limits.ts';
import { ChatError } from '../../src/ports/chat.ts';
import { noon } from '../rollout/journal.ts';
import { type Failure, memoryChat } from '../support/memory-chat.ts';
import { type SimulatedRollout, simulatedRollout } from './rollouts.ts';
import { startGateways, threadAt, threadShouldBe } from './simulation.ts';

const latency = 80;
/** The outage begins with the first post after this time, which is the worst that it can begin with. */
const afterTime = 100_000;
const lasts = 300_000;
const room = '-1001';

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);

/** What a call meets while Telegram is away. */
interface Outage {
  /** Milliseconds until it fails. */
  after: number;
  /** The request surely never left. */
  unreached?: true;
  /** A post comes to stand, and its answer is lost. */
  landed?: true;
  /** Reads are answered all the same. */
  readsWork?: true;
}

/** A Telegram in simulated time: it can't be read back, so whether a message stands only its people know. */
function telegramIn(outage: Outage | undefined) {
  const calls: { kind: string; at: number }[] = [];
  let from = Infinity;
  const chat = memoryChat({
    platform: 'telegram',
    async fail(call): Promise<Failure | undefined> {
      const kind = call.split(' ')[0] ?? '';
      if (kind === 'find') return undefined;
      const at = Date.now() - noon;
      calls.push({ kind, at });
      if (kind === 'post' && at >= afterTime) from = Math.min(from, at);
      const isAway = outage !== undefined && at >= from && at < from + lasts;
      if (!isAway || (outage.readsWork && kind === 'probe')) {
        await sleep(latency);
        return undefined;
      }
      await sleep(Math.min(outage.after, from + lasts - at));
      const isUnclear = kind === 'post' && !outage.unreached;
      const error = new ChatError(isUnclear ? 'doubtful' : 'unavailable', 'Telegram is away');
      return { error, landed: outage.landed === true };
    },
  });
  chat.knobs.blind = true;
  const during = (kind: string) =>
    calls.filter((call) => call.kind === kind && call.at >= from && call.at < from + lasts).length;
  return { chat, during, until: () => from + lasts };
}

beforeEach(() => void vi.useFakeTimers({ now: noon }));
afterEach(() => void vi.useRealTimers());

interface Run {
  telegram: ReturnType<typeof telegramIn>;
  rollout: SimulatedRollout;
  /** Milliseconds from Telegram's being back to the thread's being right. */
  rightAfter: number;
  /** Replies that are missing. */
  lost: number;
}

async function run(outage: Outage | undefined): Promise<Run> {
  vi.setSystemTime(noon);
  const rollout = simulatedRollout('test-1', [`telegram:${room}`]);
  const telegram = telegramIn(outage);
  const out = startGateways([rollout], [telegram.chat.port], limitsOf);
  rollout.run();
  await pass(200_000);
  await pass(noon + telegram.until() - Date.now());
  const back = Date.now();
  while ((await lostIn(telegram, rollout)) === undefined && Date.now() - back < 60_000) await pass(250);
  const rightAfter = Date.now() - back;
  await pass(400_000);
  await out.stop();
  const lost = (await lostIn(telegram, rollout)) ?? Number.NaN;
  return { telegram, rollout, rightAfter, lost };
}

/** How many replies are missing in a thread that is right otherwise, and says so; undefined when it is not right. */
async function lostIn(
  { chat }: ReturnType<typeof telegramIn>,
  rollout: SimulatedRollout,
): Promise<number | undefined> {
  const [root = '', ...replies] = threadAt(chat, rollout.id, `telegram:${room}`);
  const [rootShouldBe = '', ...repliesShouldBe] = await threadShouldBe(rollout);
  const missing = repliesShouldBe.filter((reply) => !replies.includes(reply));
  const isInOrder =
    JSON.stringify(repliesShouldBe.filter((reply) => replies.includes(reply))) === JSON.stringify(replies);
  const [, said] = /(\d+) messages? may be missing/.exec(root) ?? [];
  const saysSo = Number(said ?? 0) >= missing.length;
  const isRoot =
    root
      .split('\n')
      .filter((line) => !line.includes('may be missing'))
      .join('\n') === rootShouldBe;
  return isRoot && isInOrder && saysSo ? missing.length : undefined;
}

test.each<[string, Outage, number]>([
  ['connections are refused', { after: 5, unreached: true }, 0],
  ['connections are cut', { after: 20 }, 1],
  [
    'each call is answered by 502, and the first one was carried out all the same',
    { after: 20, landed: true },
    0,
  ],
  ['each call hangs until it is given up', { after: 9_000 }, 1],
  ['reads are answered, and messages are not', { after: 20, readsWork: true }, 1],
])(
  'five minutes in which %s: the rollout takes as long as ever, and the thread is right within ten seconds',
  async (name, outage, most) => {
    const calm = await run(undefined);
    const stormy = await run(outage);
    const { telegram, rollout, rightAfter, lost } = stormy;
    console.log(
      `${name}: ${telegram.during('probe')} probes, ${telegram.during('post')} posts and ${telegram.during('edit')} edits in 300 s; ` +
        `${lost} lost, right ${rightAfter / 1_000} s after`,
    );
    expect(rollout.events()).toEqual(calm.rollout.events());
    expect(calm.lost).toBe(0);
    expect(lost).toBeLessThanOrEqual(most);
    expect(rightAfter).toBeLessThanOrEqual(10_000);
  },
);

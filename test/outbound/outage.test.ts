import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { limitsOf } from '../../src/compose/limits.ts';
import { ChatError } from '../../src/ports/chat.ts';
import { noon } from '../rollout/journal.ts';
import { type Failure, memoryChat } from '../support/memory-chat.ts';
import { type SimulatedRollout, simulatedRollout } from './rollouts.ts';
import { startGateways, threadAt, threadShouldBe } from './simulation.ts';

const latency = 80;
const timeOut = 10_000;
const downFrom = 120_000;
const downUntil = 420_000;

type Weather = (at: number) => Failure | undefined | Promise<Failure | undefined>;

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** A Slack in simulated time, with its own view of how often it is called. */
function slackIn(weather: Weather) {
  const calls: { kind: string; channel: string; at: number; failed: boolean }[] = [];
  const chat = memoryChat({
    platform: 'slack',
    async fail(call, channel) {
      const at = Date.now() - noon;
      const failure = await weather(at);
      calls.push({ kind: call.split(' ')[0] ?? '', channel, at, failed: failure !== undefined });
      if (!failure) await sleep(latency);
      return failure;
    },
  });
  /** The most calls of this kind in any span of so many milliseconds, for each channel or for all. */
  const most = (kind: string, span: number, byChannel: boolean) =>
    Math.max(
      0,
      ...calls
        .filter((call) => call.kind === kind)
        .map(
          ({ at, channel }, _index, all) =>
            all.filter(
              (other) => other.at >= at && other.at < at + span && (!byChannel || other.channel === channel),
            ).length,
        ),
    );
  /** Probes while it was down, and all else that was tried then. */
  const tried = () => {
    const then = calls.filter(({ at }) => at >= downFrom && at < downUntil);
    const probes = then.filter(({ kind }) => kind === 'probe').length;
    return { probes, calls: then.length - probes };
  };
  return { chat, calls, most, tried };
}

/** Down as a platform is: some calls are refused at once, some hang until they are given up. */
function outage(): Weather {
  let calls = 0;
  return async (at) => {
    if (at < downFrom || at >= downUntil) return undefined;
    calls += 1;
    if (calls % 5 !== 0) return { error: new ChatError('unavailable', 'connection refused') };
    await sleep(Math.min(timeOut, noon + downUntil - Date.now()));
    return { error: new ChatError('doubtful', 'no answer in 10 s') };
  };
}

function storm(): Weather {
  return async (at) => {
    if (at < downFrom || at >= downUntil) return undefined;
    return {
      error: new ChatError('rate-limited', 'slow down', { retryAfter: Math.min(30_000, downUntil - at) }),
    };
  };
}

beforeEach(() => void vi.useFakeTimers({ now: noon }));
afterEach(() => void vi.useRealTimers());

const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);

interface Run {
  slack: ReturnType<typeof slackIn>;
  rollouts: SimulatedRollout[];
  /** Milliseconds from the platform's being back to the first moment at which all threads were right. */
  rightAfter: number;
}

/** Runs rollouts to their end, in one channel; without weather they are shown nowhere. */
async function runAll(
  count: number,
  weather: Weather | undefined,
  { gateways = 1, steps = 6 } = {},
): Promise<Run> {
  vi.setSystemTime(noon);
  const ids = Array.from({ length: count }, (_, index) => `test-${index + 1}`);
  const rollouts = ids.map((id) => simulatedRollout(id, ['slack:C1'], steps));
  const slack = slackIn(weather ?? (() => undefined));
  const out = weather && startGateways(rollouts, [slack.chat.port], limitsOf, gateways);
  for (const rollout of rollouts) rollout.run();
  await pass(downUntil);
  const back = Date.now();
  const look = count === 1 ? 250 : 1_000;
  const unsent = () => out?.running.some((showing) => showing.backlog().get('slack')?.depth !== 0);
  const behind = async () => (count === 1 ? !(await isRight(slack, rollouts[0])) : unsent());
  while (out && (await behind())) await pass(look);
  const rightAfter = Date.now() - back;
  await pass(400_000);
  await out?.stop();
  return { slack, rollouts, rightAfter };
}

async function isRight(
  slack: ReturnType<typeof slackIn>,
  rollout: SimulatedRollout | undefined,
): Promise<boolean> {
  if (!rollout) return false;
  const is = threadAt(slack.chat, rollout.id, 'slack:C1');
  return JSON.stringify(is) === JSON.stringify(await threadShouldBe(rollout));
}

function report(name: string, run: Run): void {
  const { probes, calls } = run.slack.tried();
  console.log(
    `${name}: ${probes} probes and ${calls} other calls in 300 s, the last thread right ${run.rightAfter / 1_000} s after`,
  );
}

function keepsLimits({ slack }: Run): void {
  expect(slack.most('post', 1_000, true)).toBeLessThanOrEqual(5);
  expect(slack.most('post', 60_000, true)).toBeLessThanOrEqual(64);
  expect(slack.most('edit', 60_000, false)).toBeLessThanOrEqual(50);
}

async function endsRight({ rollouts, slack }: Run): Promise<void> {
  for (const rollout of rollouts) {
    expect(rollout.status()).toBe('succeeded');
    expect(threadAt(slack.chat, rollout.id, 'slack:C1')).toEqual(await threadShouldBe(rollout));
  }
}

describe('a rollout', () => {
  test.each([
    ['an outage of five minutes', outage, 1],
    ['five minutes of 429', storm, 20],
  ])(
    'takes as long as without chat through %s, and its thread is right within ten seconds after',
    async (name, weather, most) => {
      const alone = await runAll(1, undefined);
      const calm = await runAll(1, () => undefined);
      const stormy = await runAll(1, weather());
      const took = ({ rollouts }: Run) => rollouts[0]?.events().at(-1)?.slice(0, 24);
      console.log(`ends without chat ${took(alone)}, with chat ${took(calm)}, with ${name} ${took(stormy)}`);
      report(name, stormy);
      expect(calm.rollouts[0]?.events()).toEqual(alone.rollouts[0]?.events());
      expect(stormy.rollouts[0]?.events()).toEqual(alone.rollouts[0]?.events());
      expect(stormy.rightAfter).toBeLessThanOrEqual(10_000);
      expect(stormy.slack.tried().calls).toBeLessThanOrEqual(most);
      expect(stormy.slack.tried().probes).toBeLessThanOrEqual(150);
      keepsLimits(stormy);
      await endsRight(stormy);
    },
  );

  test('is shown by two gateways at the pace of one, each message once', async () => {
    const run = await runAll(1, outage(), { gateways: 2 });
    report('an outage, two gateways', run);
    expect(run.slack.tried().calls).toBeLessThanOrEqual(2);
    expect(run.slack.tried().probes).toBeLessThanOrEqual(300);
    expect(run.rightAfter).toBeLessThanOrEqual(10_000);
    keepsLimits(run);
    await endsRight(run);
  });
});

describe('a hundred rollouts in one channel', { timeout: 60_000 }, () => {
  test('take as long as without chat through an outage; the calls stay few, and every thread is right in the end', async () => {
    const alone = await runAll(1, undefined, { steps: 2 });
    const run = await runAll(100, outage(), { steps: 2 });
    report('a hundred rollouts, an outage', run);
    for (const { events } of run.rollouts) expect(events()).toEqual(alone.rollouts[0]?.events());
    expect(run.slack.tried().calls).toBeLessThanOrEqual(1);
    expect(run.slack.tried().probes).toBeLessThanOrEqual(150);
    keepsLimits(run);
    await endsRight(run);
  });

  test('do not keep people waiting for the one that asks them, right after the platform is back', async () => {
    vi.setSystemTime(noon);
    const asks = simulatedRollout('asks-1', ['slack:C1']);
    const others = Array.from({ length: 100 }, (_, index) =>
      simulatedRollout(`test-${index + 1}`, ['slack:C1'], 2),
    );
    const slack = slackIn(outage());
    const out = startGateways([...others, asks], [slack.chat.port], limitsOf);
    for (const rollout of others) rollout.run();
    await pass(downUntil - asks.asksAfter + 2_000);
    asks.run();
    await pass(asks.asksAfter + 100);
    expect(asks.status()).toBe('waiting');
    await pass(10_000);
    const thread = threadAt(slack.chat, 'asks-1', 'slack:C1');
    console.log(
      `asked 2 s after the platform was back, of 100 rollouts: ${thread.length} messages after 12 s`,
    );
    expect(thread).toEqual(await threadShouldBe(asks));
    expect(thread.at(-1)).toContain('Approval asked for');
    await out.stop();
  });
});

import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Card } from '../../src/core/card/card.ts';
import { plainLine } from '../../src/core/card/plain-text.ts';
import type { Fault as SlackFault } from '../doubles/slack/workspace.ts';
import type { Fault as TelegramFault } from '../doubles/telegram/world.ts';
import { endBotProcesses } from '../support/bot-process.ts';
import { type BothChats, startBothChats } from '../support/both-chats.ts';
import type { ChatRoom, Shown } from '../support/chat-room.ts';
import { personAt } from '../support/console-person.ts';
import { until } from '../support/until.ts';

/** A rollout whose length is given by its pauses: 32 s, with something to tell every 8 s. */
const drill = {
  apiVersion: 'cutover/v1',
  name: 'drill',
  environments: ['sandbox'],
  phases: Array.from({ length: 4 }, (_, index) => ({
    name: `part-${index + 1}`,
    title: `Part ${index + 1}`,
    steps: [1, 2].map((step) => ({ id: `pause-${index + 1}-${step}`, uses: 'wait', with: { for: '4s' } })),
  })),
};

let chats: BothChats;

beforeAll(async () => {
  chats = await startBothChats('Socket Mode and long polling', {
    playbooks: { 'drill.yaml': drill },
    followedIn: ['console:rollouts'],
  });
});
afterAll(async () => {
  setWeather(undefined);
  await chats.stop();
  await endBotProcesses();
});

type Fault = SlackFault & TelegramFault;

function setWeather(weather: ((method: string) => Fault | undefined) | undefined): void {
  chats.slack.workspace.weather = weather;
  chats.telegram.world.weather = weather;
}

/** Runs a drill; `disturb` begins with its second part and is over after its end. */
async function run(id: string, weather: string, disturb: () => Promise<void>): Promise<Taken> {
  const person = personAt(chats.bot().url, 'carol');
  const started = await person.type('start drill');
  expect(started.said).toContain(id);
  await person.until(id, 'running');
  await until('the roots', () => chats.rooms.every((room) => room.thread(id).length > 0));
  await until('the second part', async () => (await person.rollout(id)).step === 'pause-2-1');
  const over = disturb().then(() => performance.now());
  await person.until(id, 'succeeded');
  const back = Math.max(performance.now(), await over);
  // The page is our own and nothing holds it up: what stands there is what should stand everywhere.
  const should = () => consoleThread(person, id);
  const lost = await Promise.all(
    chats.rooms.map((room) =>
      until(
        `${room.platform} to be right after ${weather}`,
        async () => lostIn(room, id, await should()),
        60,
      ),
    ),
  );
  const rightAfter = performance.now() - back;
  for (const room of chats.rooms) {
    expect(room.roots(id)).toHaveLength(1);
    expect(new Set(room.thread(id).map(({ text }) => text)).size).toBe(room.thread(id).length);
  }
  const events = await person.journal(id);
  const [first, last] = [events[0], events.at(-1)];
  const rollout = Date.parse(last?.at ?? '') - Date.parse(first?.at ?? '');
  const [inSlack = 0, inTelegram = 0] = lost.map(({ replies }) => replies);
  return {
    weather,
    rollout,
    rightAfter,
    replies: (await should()).length - 1,
    lost: { inSlack, inTelegram },
  };
}

interface Taken {
  weather: string;
  /** Milliseconds that the rollout took. */
  rollout: number;
  /** Milliseconds from the end of both the rollout and the disturbance to both threads' being right. */
  rightAfter: number;
  replies: number;
  lost: { inSlack: number; inTelegram: number };
}

/** How many replies a thread lacks that is right otherwise and says that they may be missing; undefined when it is not. */
function lostIn(room: ChatRoom, id: string, [root, ...replies]: Card[]): { replies: number } | undefined {
  const [shownRoot, ...shown] = room.thread(id);
  const missing = replies.filter((card) => !shown.some((message) => says(message, card)));
  const stands = replies.filter((card) => !missing.includes(card));
  const [, said = 0] = /(\d+) messages? may be missing/.exec(shownRoot?.text ?? '') ?? [];
  const isRight =
    root !== undefined &&
    says(shownRoot, root) &&
    shown.length === stands.length &&
    stands.every((card, index) => says(shown[index], card)) &&
    Number(said) === missing.length;
  return isRight ? { replies: missing.length } : undefined;
}

function says(message: Shown | undefined, { title, lines }: Card): boolean {
  const there = new Set(message?.text.split('\n').map(bare));
  return [title, ...lines].every((line) => there.has(bare(plainLine(line))));
}

/** A line without how each platform names people, and where somebody typed. */
function bare(line: string): string {
  return line.replaceAll('@', '').replaceAll(/ \((?:Slack|Telegram|console)\)/g, '');
}

const seconds = (milliseconds: number) => `${(milliseconds / 1_000).toFixed(1)} s`;
const lasts = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/** Every third call is refused. */
async function storm(): Promise<void> {
  let calls = 0;
  setWeather(() => {
    calls += 1;
    return calls % 3 === 0 ? { kind: 'rate-limit', seconds: 2 } : undefined;
  });
  await lasts(30_000);
  setWeather(undefined);
}

/**
 * Both platforms are away: connections break, and later something before them answers 502. It begins with a post to
 * Telegram that is under way, the worst that it can begin with. Five minutes of it are shown in simulated time
 * (test/outbound).
 */
async function outage(): Promise<void> {
  let from = Infinity;
  setWeather((method) => {
    if (/^send(Message|Photo)$/.test(method)) from = Math.min(from, Date.now());
    if (from === Infinity) return undefined;
    return Date.now() < from + 15_000 ? { kind: 'cut' } : { kind: 'http', status: 502 };
  });
  await until('a post to Telegram', () => from < Infinity, 20);
  chats.slack.sockets.drop();
  await lasts(28_000);
  setWeather(undefined);
}

/** A group takes 20 messages a minute: what one rollout used of them comes back before the next one begins. */
const rest = () => lasts(20_000);

it('neither a storm of 429 nor an outage makes a rollout longer, and the threads are right soon after', async () => {
  const away = await run('drill-1', '28 s without either platform', outage);
  await rest();
  const calm = await run('drill-2', 'calm', async () => undefined);
  await rest();
  const stormy = await run('drill-3', '30 s of every third call refused', storm);
  for (const { weather, rollout, rightAfter, replies, lost } of [calm, stormy, away])
    console.log(
      `${weather}: the rollout took ${seconds(rollout)}; both threads right ${seconds(rightAfter)} after it; ` +
        `of ${replies} replies ${lost.inSlack} missing in Slack, ${lost.inTelegram} in Telegram, none doubled`,
    );
  for (const { rollout } of [stormy, away]) expect(rollout - calm.rollout).toBeLessThan(calm.rollout * 0.2);
  for (const { rightAfter } of [stormy, away]) expect(rightAfter).toBeLessThan(10_000);
  expect([calm.lost, stormy.lost]).toEqual([
    { inSlack: 0, inTelegram: 0 },
    { inSlack: 0, inTelegram: 0 },
  ]);
  expect(away.lost).toEqual({ inSlack: 0, inTelegram: 1 });
});

it('hears people again on both', async () => {
  for (const room of chats.rooms) expect(await room.type('carol', 'status drill-3')).toContain('drill-3');
});

/** The cards of a rollout's thread on the console's page, the root first. */
async function consoleThread(
  { messages }: Pick<ReturnType<typeof personAt>, 'messages'>,
  rollout: string,
): Promise<Card[]> {
  const all = await messages();
  const root = all.find(
    ({ thread, card }) => thread === undefined && plainLine(card.title).startsWith(rollout),
  );
  return root ? [root, ...all.filter(({ thread }) => thread === root.id)].map(({ card }) => card) : [];
}

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endBotProcesses } from '../support/bot-process.ts';
import { type BothChats, linkBob, startBothChats } from '../support/both-chats.ts';
import type { ChatRoom, Shown } from '../support/chat-room.ts';
import { personAt } from '../support/console-person.ts';
import { until } from '../support/until.ts';

const id = 'sandbox-1';

/** What was told of the rollout that nobody disturbed, for the others to be compared with. */
let undisturbed: string[] | undefined;

const runs = [
  ['Socket Mode and long polling', 0],
  ['Socket Mode and long polling', 5],
  ['HTTP and webhook', 5],
] as const;

describe.each(runs)('a rollout in Slack and Telegram at once, by %s, with %i restarts', (ways, restarts) => {
  let chats: BothChats;
  let restarted = 0;

  beforeAll(async () => {
    chats = await startBothChats(ways, { window: '15s' });
  });
  afterAll(async () => {
    await chats.stop();
    await endBotProcesses();
  });

  const inBoth = (what: string, is: (root: Shown) => boolean) =>
    until(
      `both roots to ${what}`,
      () => chats.rooms.every((room) => room.thread(id).slice(0, 1).some(is)),
      90,
    );
  async function disturb(): Promise<void> {
    if (restarts === 0) return;
    restarted += 1;
    await chats.restart();
  }

  it('is linked, started, not approved by who started it, approved by a linked person, switched and watched', async () => {
    const [slack, telegram] = chats.rooms;
    await linkBob(chats);
    expect(await slack.type('carol', 'start green version=v2.4.0')).toContain(id);
    // An edit shows that the bot knows where its root card stands.
    await inBoth('be edited', ({ edits }) => edits > 0);
    await disturb();
    await inBoth('ask for approval', ({ labels }) => labels.includes('Approve'));
    await disturb();
    for (const room of chats.rooms) {
      expect(await room.press('carol', id, 'Approve')).toContain(`You started ${id}`);
      expect(await room.press('alice', id, 'Approve')).toMatch(/release-manager|Bob/);
    }
    await disturb();
    expect(await telegram.press('bob', id, 'Approve')).toMatch(/approved/i);
    await until('the hosts to move', async () => Object.values(await chats.hosts()).includes('green'), 60);
    await disturb();
    await until('hypercare', () => slack.thread(id)[0]?.text.includes('Hypercare'), 90);
    await disturb();
    await personAt(chats.bot().url, 'bob').until(id, 'succeeded', 120);
    await inBoth('say that it is done', ({ text }) => text.includes('Done in'));
    await until('nothing to be unsent', async () => (await chats.unsent()) === 0, 60);
    expect(await chats.hosts()).toEqual({ api: 'green', app: 'green' });
    expect(restarted).toBe(restarts);
  });

  it('stands the same on both, nothing doubled, and nothing lost in silence', () => {
    const [slack, telegram] = chats.rooms;
    const [inSlack, inTelegram] = [slack.thread(id), telegram.thread(id).filter(isOfThread)];
    const uncertain = Number(/(\d+) messages? may be missing/.exec(inTelegram[0]?.text ?? '')?.[1] ?? 0);
    const stands = new Set(inTelegram.map(headline));
    const missing = inSlack.map(headline).filter((line) => !stands.has(line));
    for (const room of chats.rooms) print(room, `${ways}, ${restarts} restarts`);
    console.log(`missing in Telegram: ${missing.length}; told of there as uncertain: ${uncertain}`);

    for (const room of chats.rooms) {
      expect(room.roots(id)).toHaveLength(1);
      expect(doubled(room.thread(id).map(headline))).toEqual([]);
      expect(room.sent().refused).toEqual([]);
    }
    undisturbed ??= inSlack.map(headline);
    expect(inSlack.map(headline)).toEqual(undisturbed);
    // Telegram can't be asked whether a message came that was being sent when the bot was killed.
    expect(missing.length).toBeLessThanOrEqual(restarts === 0 ? 0 : uncertain);
    expect(inTelegram.map(headline)).toEqual(undisturbed.filter((line) => !missing.includes(line)));
    for (const message of inTelegram.slice(1)) {
      const twin = inSlack.find((other) => headline(other) === headline(message));
      expect(linesOf(message)).toEqual(expect.arrayContaining(twin ? linesOf(twin) : ['a twin in Slack']));
    }
  });

  it('has no error in its log', () => {
    const errors = chats
      .bot()
      .logged()
      .filter(({ level }) => level === 'error' || level === 'fatal');
    expect(errors).toEqual([]);
  });
});

function print(room: ChatRoom, how: string): void {
  const { posts, edits } = room.sent();
  const thread = room.thread(id);
  const pings = thread.filter((message) => message.pings).length;
  console.log(
    `${how}: ${thread.length} messages of the rollout in ${room.platform}, ${pings} of them with a ping; ` +
      `${posts} posts in all, ${edits} edits\n` +
      thread.map(({ text, edits: times }) => `  (${times} edits) ${text.split('\n')[0]}`).join('\n'),
  );
}

/** A message without how each platform names people, and where somebody pressed. */
function linesOf({ text }: Shown): string[] {
  return text.split('\n').map((line) => line.replaceAll('@', '').replaceAll(/ \((?:Slack|Telegram)\)/g, ''));
}

/** Telegram answers in the group, below what was pressed: a press that a kill cut off is told so. */
function isOfThread({ text }: Shown): boolean {
  return !text.includes('I was restarted while I was at it');
}

/** Its first line, without what differs from run to run. */
function headline(message: Shown): string {
  return (linesOf(message)[0] ?? '').replaceAll(/(?:\d[\d.:-]*(?: ?(?:ms|s|min|h|%)(?!\w))? ?)+/g, '# ');
}

function doubled(texts: readonly string[]): string[] {
  return texts.filter((text, index) => texts.indexOf(text) !== index);
}

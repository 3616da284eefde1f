import { afterAll, beforeAll, expect, it } from 'vitest';
import { endBotProcesses } from '../support/bot-process.ts';
import { type BothChats, linkBob, startBothChats } from '../support/both-chats.ts';
import { personAt } from '../support/console-person.ts';
import { until } from '../support/until.ts';

const votes = {
  apiVersion: 'cutover/v1',
  name: 'votes',
  environments: ['sandbox'],
  phases: [
    {
      name: 'decide',
      steps: [
        {
          id: 'go',
          name: 'Go ahead',
          uses: 'approval',
          with: { roles: ['release-manager'], quorum: 2, expires: '2h' },
        },
      ],
    },
  ],
};

let chats: BothChats;
beforeAll(async () => {
  chats = await startBothChats('Socket Mode and long polling', { playbooks: { 'votes.yaml': votes } });
  await linkBob(chats);
});
afterAll(async () => {
  await chats.stop();
  await endBotProcesses();
});

const saysInBoth = (words: string) =>
  until(
    `both roots to say ${words}`,
    () => chats.rooms.every((room) => room.thread('votes-1')[0]?.text.includes(words)),
    60,
  );

/** A root whose post is under way in a kill can't be told from a lost one in Telegram, and is posted anew. */
const restartAtRest = async () => {
  await until('everything to be sent', async () => (await chats.unsent()) === 0, 60);
  await chats.restart();
};

it('one person is one vote over both platforms, also after restarts; the quorum needs another one', async () => {
  const [slack, telegram] = chats.rooms;
  expect(await telegram.type('alice', 'start votes')).toContain('votes-1');
  await saysInBoth('Waiting for approval');

  await restartAtRest();
  expect(await slack.press('bob', 'votes-1', 'Approve')).toMatch(/approved/i);
  await saysInBoth('1 of 2');
  await restartAtRest();
  expect(await telegram.press('bob', 'votes-1', 'Approve')).toContain('one person is one vote');
  expect(await slack.press('bob', 'votes-1', 'Approve')).toContain('one person is one vote');
  for (const room of chats.rooms)
    expect(await room.press('alice', 'votes-1', 'Approve')).toMatch(/Bob|release-manager/);
  const watcher = personAt(chats.bot().url, 'bob');
  expect((await watcher.rollout('votes-1')).status).toBe('waiting');

  expect(await telegram.press('carol', 'votes-1', 'Approve')).toMatch(/approved/i);
  await watcher.until('votes-1', 'succeeded');
  await saysInBoth('Done');
  const answers = (await watcher.journal('votes-1')).filter(({ type }) => type === 'step.answered');
  expect(answers.map(({ actor }) => actor.id)).toEqual(['bob', 'carol']);
});

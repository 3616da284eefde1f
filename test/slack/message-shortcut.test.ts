import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Slack } from '../../src/adapters/slack/connect.ts';
import { smallCard } from '../chat-contract/cards.ts';
import { type Scene, sceneIn } from '../commands/scene.ts';
import { buttonsOf } from '../doubles/slack/people.ts';
import { type SlackDouble, startSlackDouble } from '../doubles/slack/start.ts';
import type { OpenView, StoredMessage } from '../doubles/slack/workspace.ts';
import { socketBot } from './bot.ts';
import { deskOn } from './desk.ts';

const textOf = (view: OpenView | undefined) => JSON.stringify(view?.view ?? '');
const labels = ({ view }: OpenView) =>
  buttonsOf(view as Pick<StoredMessage, 'blocks'>).map(({ text }) => text.text);

describe('the shortcut on a message', () => {
  let double: SlackDouble;
  let slack: Slack;
  let scene: Scene;
  let made: ReturnType<typeof deskOn>;

  beforeAll(async () => {
    double = await startSlackDouble();
  });
  afterAll(() => double.stop());
  beforeEach(async () => {
    const { workspace } = double;
    for (const list of [workspace.messages, workspace.views, workspace.errorsShown, workspace.calls])
      list.length = 0;
    scene = sceneIn('hypercare');
    made = deskOn({ ...scene.deps, rollouts: scene.rollouts });
    ({ slack } = await socketBot(double, made.inbox, {}, made.desk));
    await workspace.until(() => double.sockets.connections() === 1, 'a connection');
  });
  afterEach(() => slack.stop());

  const shown = (user: string, words: string) =>
    double.workspace.until(() => {
      const view = double.workspace.openView(user);
      return textOf(view).includes(words) ? view : undefined;
    }, `a window that says ${words}`);

  async function messageInThread() {
    const root = await slack.chat.post('C1', undefined, smallCard('root'), 'op');
    made.stands('aether-1', root);
    const reply = await slack.chat.post('C1', root, smallCard('reply'), 'op-2');
    return { channel: 'C1', ts: reply.id, thread_ts: root.id };
  }

  it('on a message of a thread shows its rollout, and rolls it back for a reason that names the message', async () => {
    const message = await messageInThread();
    await double.people.shortcut('U2', 'cutover-message', message);
    const window = await shown('U2', 'aether-1');
    expect(labels(window)).toContain('Roll back');

    await double.people.pressIn('U2', window, 'Roll back');
    const ask = await shown('U2', 'Reason');
    const address = `https://team.slack.com/archives/C1/p${message.ts.replace('.', '')}?thread_ts=${message.thread_ts}&cid=C1`;
    expect(textOf(ask)).toContain(`See ${address}: `);
    await double.people.submit('U2', `See ${address}: checkout fails`);
    await shown('U2', 'aether-1 is rolling back');
    expect((await scene.rollouts.find('aether-1'))?.state.rollback?.reason).toBe(
      `See ${address}: checkout fails`,
    );
    expect(double.workspace.errorsShown).toEqual([]);
  });

  it('elsewhere shows what is under way in that room', async () => {
    await double.people.shortcut('U2', 'cutover-message', { channel: 'C1', ts: '1763700000.000100' });
    const window = await shown('U2', 'aether-1');
    expect(labels(window)).toContain('Roll back');
    expect(made.heard).toEqual([]);
  });

  it('refuses somebody whom the policy does not name', async () => {
    double.workspace.channels.get('C1')?.people.add('U99');
    await double.people.shortcut('U99', 'cutover-message', await messageInThread());
    await shown('U99', 'T1/U99');
  });

  it('answers in the room where the window does not open', async () => {
    double.workspace.fail('views.open', { kind: 'error', code: 'expired_trigger_id' });
    await double.people.shortcut('U2', 'cutover-message', await messageInThread());
    const answer = await double.workspace.until(() => double.workspace.privately('U2').at(-1), 'an answer');
    expect(answer.text).toContain('aether-1');
  });

  it('says calmly when the journals are away', async () => {
    scene.deps.log.error = () => {};
    const { find } = scene.rollouts;
    scene.rollouts.find = () => Promise.reject(new Error('Redis is away'));
    await double.people.shortcut('U2', 'cutover-message', await messageInThread());
    await shown('U2', 'That did not work');
    scene.rollouts.find = find;
  });
});

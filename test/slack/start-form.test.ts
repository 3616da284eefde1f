import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Slack } from '../../src/adapters/slack/connect.ts';
import { playbookSchema } from '../../src/core/playbook/playbook.ts';
import { aether, scene } from '../commands/scene.ts';
import { type SlackDouble, startSlackDouble } from '../doubles/slack/start.ts';
import { socketBot } from './bot.ts';
import { deskOn } from './desk.ts';

const shop = playbookSchema.parse({
  apiVersion: 'cutover/v1',
  name: 'shop',
  environments: ['production', 'staging'],
  targets: ['north', 'south'],
  params: {
    version: { type: 'string', required: true, pattern: 'v\\d+' },
    share: { type: 'number', default: 10 },
    size: { type: 'string', values: ['small', 'large'], default: 'small' },
  },
  phases: [{ name: 'only', steps: [{ id: 'deploy', uses: 'command' }] }],
});

describe('starting by a form', () => {
  let double: SlackDouble;
  let slack: Slack;
  let made: ReturnType<typeof deskOn>;

  beforeAll(async () => {
    double = await startSlackDouble();
    double.workspace.channels.get('C1')?.people.add('U4').add('U5');
  });
  afterAll(() => double.stop());
  beforeEach(async () => {
    await slack?.stop();
    const { workspace } = double;
    for (const list of [workspace.messages, workspace.views, workspace.errorsShown, workspace.calls])
      list.length = 0;
    const { deps, rollouts } = scene();
    made = deskOn({
      ...deps,
      rollouts,
      playbooks: () => new Map([shop, aether].map((playbook) => [playbook.name, playbook])),
    });
    ({ slack } = await socketBot(double, made.inbox, {}, made.desk));
    await workspace.until(() => double.sockets.connections() === 1, 'a connection');
  });
  afterAll(() => slack.stop());

  const open = (user: string) => double.workspace.until(() => double.workspace.openView(user), 'a form');
  const answerTo = (user: string) =>
    double.workspace.until(() => double.workspace.privately(user).at(-1), `an answer to ${user}`);
  const labels = (view: { blocks?: unknown }) =>
    (view.blocks as { label?: { text: string } }[]).flatMap(({ label }) => label?.text ?? []);

  it('asks, refuses at the fields, and starts what was filled in', async () => {
    await double.people.type('U1', 'start north');
    const form = await open('U1');
    expect(labels(form.view)).toEqual([
      'Playbook',
      'Target',
      'Environment',
      'version',
      'share',
      'size',
      'Start at',
    ]);

    await double.people.submit('U1', { version: '2', 'Start at': '1000000000' });
    expect(Object.values(form.errors ?? {})).toEqual([
      'version must match v\\d+, and 2 does not.',
      expect.stringContaining('is past'),
    ]);
    expect(form.closed).toBeUndefined();
    expect(made.heard).toEqual([]);

    await double.people.submit('U1', { version: 'v2', share: '25', size: 'large' }, { times: 3 });
    expect((await answerTo('U1')).text).toContain('shop-1 has started');
    expect(made.heard).toEqual(['start shop version=v2 share=25 size=large env=production target=north']);
    expect(double.workspace.errorsShown).toEqual([]);
  });

  it('changes with the playbook', async () => {
    await double.people.type('U1', 'start');
    const form = await open('U1');
    expect(labels(form.view)).toEqual(['Playbook', 'Target', 'Environment', 'version', 'Start at']);
    const before = form.hash;
    await double.people.choose('U1', 'Playbook', 'shop');
    await double.workspace.until(() => form.hash !== before, 'another form');
    expect(labels(form.view)).toContain('share');
    await double.people.submit('U1', { Playbook: 'shop', Target: 'south', version: 'v3' });
    await answerTo('U1');
    expect(made.heard).toEqual(['start shop version=v3 share=10 size=small env=production target=south']);
  });

  it('leaves a form as it is that was changed meanwhile', async () => {
    await double.people.type('U1', 'start');
    const form = await open('U1');
    double.workspace.fail('views.update', { kind: 'error', code: 'hash_conflict' });
    await double.people.choose('U1', 'Playbook', 'shop');
    await double.workspace.until(() => double.workspace.callsOf('views.update').length === 1);
    expect(double.workspace.callsOf('views.update')[0]?.args.hash).toBe(form.hash);
    await double.people.type('U1', 'list');
    expect((await answerTo('U1')).text).toContain('Under way');
  });

  it('says what to type when it is too late for a window', async () => {
    double.workspace.fail('views.open', { kind: 'error', code: 'expired_trigger_id' });
    await double.people.type('U1', 'start north');
    const { text } = await answerTo('U1');
    expect(text).toContain(
      'type `/rollout start &lt;target&gt; version=&lt;a text like v\\d+&gt; env=&lt;environment&gt;`',
    );
    expect(made.heard).toEqual([]);
  });

  it.each([
    ['may not start', 'U5', 'start north env=production', 'Alice or Dan can.'],
    ['may start nothing', 'U3', 'start', '`start` needs'],
  ])('is not shown to who %s', async (_, user, text, words) => {
    await double.people.type(user, text);
    const answer = await answerTo(user);
    expect(answer.text.replaceAll('&lt;', '<')).toContain(words.replaceAll('`', ''));
    expect(double.workspace.views).toEqual([]);
  });

  it('goes without a window where nothing is missing', async () => {
    await double.people.type('U1', 'start north version=v9 env=production');
    expect((await answerTo('U1')).text).toContain('shop-1 has started');
    expect(double.workspace.views).toEqual([]);
  });

  it('opens by the shortcut, and asks for the room', async () => {
    await double.people.shortcut('U1', 'cutover-start');
    const form = await open('U1');
    expect(labels(form.view)).toContain('Follow it in');
    await double.people.choose('U1', 'Playbook', 'shop');
    await double.workspace.until(() => labels(form.view).includes('share'), 'the other form');
    const filled = { Playbook: 'shop', Target: 'north', version: 'v4' };
    await double.people.submit('U1', { ...filled, Environment: 'staging' });
    expect(Object.values(form.errors ?? {})).toEqual(['No channel follows staging. Choose one.']);
    await double.people.submit('U1', { ...filled, Environment: 'staging', 'Follow it in': 'C7' });
    const answer = await double.workspace.until(() => double.workspace.views[1], 'the answer in a window');
    expect(JSON.stringify(answer.view)).toContain('shop-1 has started');
  });
});

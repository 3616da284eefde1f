import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { slackClient } from '../../src/adapters/slack/client.ts';
import type { Slack } from '../../src/adapters/slack/connect.ts';
import { slackHome } from '../../src/adapters/slack/home/home.ts';
import { homeView } from '../../src/adapters/slack/home/home-view.ts';
import type { Overview } from '../../src/core/card/overview.ts';
import { largeCard, smallCard } from '../chat-contract/cards.ts';
import { type Scene, sceneIn } from '../commands/scene.ts';
import { viewFault } from '../doubles/slack/block-kit/rules.ts';
import { buttonsOf } from '../doubles/slack/people.ts';
import { type SlackDouble, startSlackDouble } from '../doubles/slack/start.ts';
import type { OpenView, StoredMessage } from '../doubles/slack/workspace.ts';
import { httpBot, socketBot } from './bot.ts';
import { deskOn } from './desk.ts';
import { keptLog } from './quiet.ts';

const textOf = (home: OpenView | undefined) => JSON.stringify(home?.view ?? '');
const labels = (home: OpenView | undefined) =>
  buttonsOf((home?.view ?? { blocks: [] }) as Pick<StoredMessage, 'blocks'>).map(({ text }) => text.text);

describe('the Home tab', () => {
  let double: SlackDouble;
  let slack: Slack | undefined;
  let scene: Scene;
  let made: ReturnType<typeof deskOn>;

  beforeAll(async () => {
    double = await startSlackDouble();
    for (const user of ['U4', 'U5', 'U99']) double.workspace.channels.get('C1')?.people.add(user);
  });
  afterAll(async () => {
    await slack?.stop();
    await double.stop();
  });
  beforeEach(() => {
    const { workspace } = double;
    for (const list of [workspace.messages, workspace.views, workspace.errorsShown, workspace.calls])
      list.length = 0;
  });

  async function begin(history: Parameters<typeof sceneIn>[0]): Promise<void> {
    await slack?.stop();
    double.workspace.homes.clear();
    scene = sceneIn(history);
    made = deskOn({ ...scene.deps, rollouts: scene.rollouts });
    ({ slack } = await socketBot(double, made.inbox, {}, made.desk));
    await double.workspace.until(() => double.sockets.connections() === 1, 'a connection');
  }
  async function homeOf(user: string) {
    await double.people.openHome(user);
    return double.workspace.until(() => double.workspace.homes.get(user), 'a Home tab');
  }

  it('shows first what waits for the person, with the buttons that they may press and the way to the thread', async () => {
    await begin('approval');
    const root = await slack?.chat.post(
      'C1',
      undefined,
      { tone: 'plain', title: ['root'], lines: [], actions: [], links: [] },
      'op',
    );
    if (root) made.stands('aether-1', root);
    const bob = await homeOf('U2');
    expect(textOf(bob)).toMatch(/Waits for you.*aether-1 · green → production.*Move traffic/);
    expect(textOf(bob)).toContain(
      `https://team.slack.com/archives/C1/p${root?.id.replace('.', '')}|Open the thread`,
    );
    expect(labels(bob)).toEqual(['Approve', 'Reject', 'Roll back']);
    expect(textOf(bob)).toContain('Bob');
    expect(textOf(bob)).toContain('release-manager');
  });

  it('shows who started it what runs, without what is for others to decide', async () => {
    await begin('approval');
    const alice = await homeOf('U1');
    expect(textOf(alice)).toMatch(/Under way.*aether-1/);
    expect(textOf(alice)).not.toContain('Waits for you');
    expect(labels(alice)).toEqual(['Start a rollout', 'Reject', 'Roll back']);
    const erin = await homeOf('U5');
    expect(labels(erin)).toEqual([]);
  });

  it('shows what is locked and frozen', async () => {
    await begin('running');
    await scene.say('bob', 'lock production database failover');
    expect(textOf(await homeOf('U3'))).toMatch(/Locked or frozen.*locked by Bob.*database failover/);
  });

  it('says to somebody whom the policy does not name who they are, and how to be added', async () => {
    await begin('running');
    const text = textOf(await homeOf('U99'));
    expect(text).toContain('T1/U99');
    expect(text).toContain('Ask whoever keeps policy.yaml');
    expect(text).not.toMatch(/aether-1|This room/);
  });

  it('does what the thread’s buttons do, answers in a window, and shows the new state', async () => {
    await begin('approval');
    await double.people.pressIn('U2', await homeOf('U2'), 'Approve');
    const answer = await double.workspace.until(() => double.workspace.openView('U2'), 'an answer');
    expect(textOf(answer)).toContain('You approved aether-1');
    expect(made.heard).toEqual(['approve aether-1 nonce=n1']);
    await double.workspace.until(
      () => !labels(double.workspace.homes.get('U2')).includes('Approve'),
      'the new state',
    );
  });

  it('asks for the reason in a window', async () => {
    await begin('approval');
    await double.people.pressIn('U2', await homeOf('U2'), 'Reject');
    await double.workspace.until(() => double.workspace.openView('U2'), 'a window');
    await double.people.submit('U2', '  ');
    expect(Object.values(double.workspace.openView('U2')?.errors ?? {})).toEqual(['Give a reason.']);
    await double.people.submit('U2', 'the image is too old');
    await double.workspace.until(
      () => textOf(double.workspace.openView('U2')).includes('You rejected'),
      'an answer',
    );
    expect(made.heard).toEqual(['reject aether-1 nonce=n1 the image is too old']);
  });

  it('shows the answer itself where no window opens any more', async () => {
    await begin('approval');
    const home = await homeOf('U2');
    double.workspace.fail('views.open', { kind: 'error', code: 'expired_trigger_id' });
    await double.people.pressIn('U2', home, 'Approve');
    await double.workspace.until(
      () => textOf(double.workspace.homes.get('U2')).includes('You approved'),
      'a notice',
    );
  });

  it('opens the form of a start', async () => {
    await begin('succeeded');
    await double.people.pressIn('U1', await homeOf('U1'), 'Start a rollout');
    expect(textOf(await double.workspace.until(() => double.workspace.openView('U1')))).toContain(
      'Follow it in',
    );
  });

  it('changes by itself while it is open, and says nothing twice', async () => {
    await begin('running');
    const home = await homeOf('U2');
    expect(home.published).toBe(1);
    await scene.say('bob', 'pause aether-1 looking');
    await double.workspace.until(
      () => textOf(double.workspace.homes.get('U2')).includes('Paused'),
      'the new state',
    );
    expect(double.workspace.homes.get('U2')?.published).toBe(2);
  }, 15_000);

  it('comes once for an event that is redelivered, and not for another tab', async () => {
    await begin('running');
    await double.people.openHome('U2', { times: 3 });
    await double.people.openHome('U3', { tab: 'messages' });
    await homeOf('U1');
    expect(double.workspace.homes.get('U2')?.published).toBe(1);
    expect(double.workspace.homes.has('U3')).toBe(false);
  });
});

it('a Home tab comes once by HTTP too, however often Slack tells of it', async () => {
  const double = await startSlackDouble();
  const { deps, rollouts } = sceneIn('running');
  const made = deskOn({ ...deps, rollouts });
  const bot = await httpBot(double);
  await bot.slack.start(made.inbox, made.desk);
  await double.peopleBy(bot.url).openHome('U2', { times: 3 });
  await bot.stop();
  expect(double.workspace.homes.get('U2')?.published).toBe(1);
  expect(double.workspace.errorsShown).toEqual([]);
  await double.stop();
});

describe('keeping Home tabs current', () => {
  let double: SlackDouble;
  let now = 0;
  beforeAll(async () => {
    double = await startSlackDouble();
    for (let user = 0; user < 210; user += 1) double.workspace.channels.get('C1')?.people.add(`U${user}X`);
  });
  afterAll(() => double.stop());

  function keeping() {
    let shown = 'first';
    let isAway = false;
    const log = keptLog();
    const home = slackHome({
      client: slackClient(double.workspace.botToken, double.apiUrl, log),
      look: async () => {
        if (isAway) throw new Error('Redis is away');
        return () => ({ title: [shown], lines: [], actions: [], sections: [] });
      },
      linksOf: async () => new Map(),
      accountsOf: () => [],
      clock: { now: () => now },
      log,
      rest: async () => {},
    });
    const published = () => double.workspace.callsOf('views.publish').length;
    return {
      home,
      log,
      published,
      away: (now: boolean) => {
        isAway = now;
      },
      show: (text: string) => {
        shown = text;
      },
    };
  }
  beforeEach(() => {
    double.workspace.calls.length = 0;
  });
  const account = { account: 'T1/U1X' };

  it('publishes a change once, and stops an hour after it was opened', async () => {
    const { home, published, show } = keeping();
    await home.opened('U1X', account);
    await home.refresh();
    expect(published()).toBe(1);
    show('second');
    await home.refresh();
    await home.refresh();
    expect(published()).toBe(2);
    now += 3_600_001;
    show('third');
    await home.refresh();
    expect(published()).toBe(2);
  });

  it('keeps the two hundred that were opened last', async () => {
    const { home, published, show } = keeping();
    for (let user = 0; user < 210; user += 1) await home.opened(`U${user}X`, account);
    show('second');
    double.workspace.calls.length = 0;
    await home.refresh();
    expect(published()).toBe(200);
    expect(double.workspace.calls.some(({ args }) => args.user_id === 'U5X')).toBe(false);
  }, 20_000);

  it('says that the journals are away, and comes back by itself', async () => {
    const { home, published, away } = keeping();
    away(true);
    await home.opened('U1X', account);
    expect(textOf(double.workspace.homes.get('U1X'))).toContain('can’t reach its journals');
    await home.refresh();
    expect(published()).toBe(1);
    away(false);
    await home.refresh();
    expect(textOf(double.workspace.homes.get('U1X'))).toContain('first');
  });

  it('leaves out a tab that Slack refuses, and draws the others', async () => {
    const { home, published, show } = keeping();
    await home.opened('U1X', account);
    await home.opened('U2X', account);
    show('second');
    double.workspace.fail('views.publish', { kind: 'error', code: 'not_enabled' });
    await home.refresh();
    expect(textOf(double.workspace.homes.get('U2X'))).toContain('second');
    show('third');
    const before = published();
    await home.refresh();
    expect(published()).toBe(before + 1);
  });

  it('keeps an answer on top for a minute', async () => {
    const { home, show } = keeping();
    await home.redraw('U3X', account, smallCard('an answer'));
    show('second');
    await home.refresh();
    expect(textOf(double.workspace.homes.get('U3X'))).toMatch(/an answer.*second/);
    now += 60_000;
    await home.refresh();
    expect(textOf(double.workspace.homes.get('U3X'))).not.toContain('an answer');
  });

  it('waits as long as Slack asks', async () => {
    const { home, published, show } = keeping();
    await home.opened('U1X', account);
    show('second');
    double.workspace.fail('views.publish', { kind: 'rate-limit', seconds: 30 });
    await home.refresh();
    now += 29_000;
    await home.refresh();
    expect(published()).toBe(2);
    now += 1_001;
    await home.refresh();
    expect(published()).toBe(3);
  });
});

describe('a Home tab in blocks', () => {
  it('stays within Slack’s limits, whatever there is to show', () => {
    const { title, lines, actions } = largeCard();
    const entry = {
      lines: [title, ...lines],
      actions,
      rollout: { id: 'aether-7', channels: [] },
      drawnAt: 3,
    };
    const overview: Overview = {
      title,
      lines,
      actions,
      sections: ['Waits for you', 'Under way', 'Scheduled', 'x'.repeat(400)].map((name) => ({
        title: name,
        entries: Array.from({ length: 30 }, () => entry),
        more: 7,
      })),
    };
    const view = homeView(
      overview,
      new Map([['aether-7', 'https://team.slack.com/archives/C1/p1']]),
      () => [],
      largeCard(),
    );
    expect(viewFault(view)).toBeUndefined();
    expect(view.blocks.length).toBeLessThanOrEqual(100);
    expect(JSON.stringify(view.blocks.at(-1))).toContain('There is more');
  });
});

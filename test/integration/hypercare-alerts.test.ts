import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type AlertScene,
  bob,
  carol,
  type Platform,
  platforms,
  startAlertScene,
} from '../support/alert-scene.ts';
import { type Alertmanagers, alertmanagerInstalled } from '../support/alertmanager.ts';
import { endBotProcesses } from '../support/bot-process.ts';
import { personAt } from '../support/console-person.ts';
import { prometheusInstalled } from '../support/prometheus.ts';
import { until } from '../support/until.ts';

describe.runIf(prometheusInstalled() && alertmanagerInstalled())('alerts of a watched rollout', () => {
  let scene: AlertScene;

  beforeAll(async () => {
    scene = await startAlertScene();
  });
  afterAll(async () => {
    await scene.stop();
    await endBotProcesses();
  });

  /** Waits for words on a rollout's card of alerts, in both chats. */
  const bothSay = (id: string, words: RegExp, seconds = 60) =>
    Promise.all(
      platforms.map((platform) =>
        until(
          `${platform} to say ${words} of the alerts of ${id}`,
          () => scene.alertCards(platform, id).some(({ text }) => words.test(text)),
          seconds,
        ).catch((error: Error) => {
          const now = scene.thread(platform, id).map(({ text }) => text);
          throw new Error(`${error.message}; the thread is\n${now.join('\n---\n')}`);
        }),
      ),
    );

  /** Rolls back by the button of the card, with the reason that is asked for. */
  const rollBackFrom = async (platform: Platform, id: string, reason: string) => {
    const { slack, telegram } = scene;
    await scene.pressOnAlerts(platform, id, carol, 'Roll back');
    if (platform === 'slack') {
      const modal = await until('the modal', () => slack.workspace.openView(carol.slack));
      expect(JSON.stringify(modal.view)).toContain(`Roll back ${id}?`);
      await slack.people.submit(carol.slack, reason);
      return;
    }
    const question = await until('the question', () =>
      telegram.world.visible(-1_001).find(({ asksReply, deleted }) => asksReply && !deleted),
    );
    expect(question.text).toContain(`Roll back ${id}?`);
    telegram.people.type(carol.telegram, reason, { replyTo: question });
  };

  /** What a rollout's alerts came to: events by type, alerts by their telling, and messages by platform. */
  async function counts(id: string) {
    const journal = await personAt(scene.bot().url, 'bob').journal(id);
    const of = (type: string) => journal.filter((event) => event.type === type).length;
    const groups = journal.flatMap(({ type, data }) =>
      type === 'alerts.changed' ? (data.groups as { id: string; n: number; total: number }[]) : [],
    );
    const cards = Object.fromEntries(
      platforms.map((platform) => [platform, scene.alertCards(platform, id).length]),
    );
    return {
      groups: new Set(groups.map(({ id: group }) => group)).size,
      mostInGroup: Math.max(...groups.map(({ total }) => total)),
      called: of('alerts.called'),
      escalated: of('alerts.escalated'),
      rollbacks: of('rollback.requested'),
      cards,
    };
  }

  /** The whole way: a fault, its alerts, what people do with them, the rollback, and that they are over. */
  async function faultToResolved(version: string, press: Platform, meanwhile: (id: string) => Promise<void>) {
    const id = await scene.inHypercare('green', version);
    expect(await scene.hosts()).toEqual({ api: 'green', app: 'green' });
    const switchedOn = performance.now();
    await scene.fault('green', { errors: 0.5, latencyMs: 400 });
    const toldAt = until('the journal to tell of it', async () =>
      (await personAt(scene.bot().url, 'bob').journal(id)).some(({ type }) => type === 'alerts.changed'),
    ).then(() => performance.now() - switchedOn);
    const shownAt = platforms.map((platform) =>
      until(`an alert in ${platform}`, () => scene.alertCards(platform, id).length > 0, 90).then(
        () => `${platform} ${Math.round(performance.now() - switchedOn)} ms`,
      ),
    );
    const shown = `journal ${Math.round(await toldAt)} ms, ${(await Promise.all(shownAt)).join(', ')}`;
    await bothSay(id, /HighErrorRate/);
    await bothSay(id, /2 groups firing since/);
    await bothSay(id, /SlowOrders/);
    await meanwhile(id);

    await rollBackFrom(press, id, 'errors after the switch');
    await personAt(scene.bot().url, 'bob').until(id, 'rolled-back');
    expect(await scene.hosts()).toEqual({ api: 'blue', app: 'blue' });
    await bothSay(id, /All 2 groups of alerts are resolved/);
    await bothSay(id, /Rolled back: errors after the switch/);
    for (const platform of platforms) {
      const [card] = scene.alertCards(platform, id);
      expect(card?.buttons).toEqual([]);
      expect(card?.edits).toBeGreaterThan(0);
    }
    return { id, shown };
  }

  /** A silence made from chat is Alertmanager's own, as its own tool sees it, and is gone when it is removed. */
  async function silencedAndNot(id: string) {
    await scene.restart('SIGTERM', { ALERTMANAGER_URL: managers.urls[0] ?? '' });
    await scene.slack.people.type(carol.slack, `silence ${id}.1 1h looking into it`);
    await bothSay(id, /silenced until .* by .*Carol.*: looking into it/);
    const query = () => managers.amtool('silence', 'query', '--output=json');
    const made = JSON.parse(await query()) as { createdBy: string; comment: string }[];
    expect(made).toEqual([
      expect.objectContaining({
        createdBy: 'Carol',
        comment: expect.stringMatching(new RegExp(`looking into it.*${id}`, 's')),
      }),
    ]);
    scene.telegram.people.type(bob.telegram, `/rollout unsilence ${id}.1`);
    await until('amtool to see no silence', async () => JSON.parse(await query()).length === 0);
  }

  const found: Record<string, Awaited<ReturnType<typeof counts>>> = {};
  let managers: Alertmanagers;

  it('come into both chats once, are ended by a press in Slack, and are told to be over', async () => {
    managers = await scene.watched();
    const { id, shown } = await faultToResolved('v2.4.0', 'slack', async (id) => {
      await scene.pressOnAlerts('telegram', id, bob, 'Acknowledge all');
      await bothSay(id, /HighErrorRate.*acknowledged by .*Bob/);
      await bothSay(id, /SlowOrders.*acknowledged by .*Bob/);
    });
    found.one = await counts(id);
    console.log(`one Alertmanager: after the fault in ${shown}`, found.one);
    expect(found.one).toMatchObject({
      groups: 2,
      mostInGroup: 1,
      escalated: 0,
      rollbacks: 1,
      cards: { slack: 1, telegram: 1 },
    });
    await managers.stop();
  });

  it('are doubled by no second Alertmanager, and ended by a press in Telegram', async () => {
    managers = await scene.watched({ peers: 2 });
    const { id, shown } = await faultToResolved('v2.5.0', 'telegram', silencedAndNot);
    found.two = await counts(id);
    console.log(`two Alertmanagers: after the fault in ${shown}`, found.two);
    expect(found.two).toEqual(found.one);
    await managers.stop();
  });

  it('leave nothing wrong in the log', () => {
    expect(
      scene
        .bot()
        .logged()
        .filter(({ level }) => level !== 'info'),
    ).toEqual([]);
    expect(scene.slack.workspace.errorsShown).toEqual([]);
    const refused = scene.telegram.world.calls.filter(
      ({ method, answer }) => method !== 'getUpdates' && answer !== 'ok',
    );
    expect(refused).toEqual([]);
  });
});

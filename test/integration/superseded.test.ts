import { afterAll, beforeAll, expect, it } from 'vitest';
import { payloadOf, type ToldAlert } from '../support/alert-payload.ts';
import {
  type AlertScene,
  alertToken,
  carol,
  type Kept,
  type Platform,
  platforms,
  startAlertScene,
} from '../support/alert-scene.ts';
import { endBotProcesses } from '../support/bot-process.ts';
import { personAt } from '../support/console-person.ts';
import { until } from '../support/until.ts';

let scene: AlertScene;
beforeAll(async () => {
  scene = await startAlertScene();
});
afterAll(async () => {
  await scene.stop();
  await endBotProcesses();
});

async function tell(...alerts: ToldAlert[]): Promise<void> {
  const answer = await fetch(scene.webhook, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${alertToken}` },
    body: JSON.stringify(payloadOf(alerts)),
  });
  expect(answer.status).toBe(200);
}

/** An alert that comes and goes, so that the threads have something urgent to say all the time. */
function flapping(): () => Promise<void> {
  let on = true;
  const work = (async () => {
    for (let turn = 0; on; turn += 1) {
      const startsAt = Date.now();
      await tell({ name: `Noise${turn % 3}`, severity: 'page', startsAt });
      await new Promise((resolve) => setTimeout(resolve, 500));
      await tell({ name: `Noise${turn % 3}`, severity: 'page', startsAt, endsAt: startsAt + 400 });
    }
  })();
  return async () => {
    on = false;
    await work;
  };
}

const isRollBack = (label: string) => label.startsWith('Roll back');

/** The root card and the card of alerts of a rollout, those of them that have a rollback button. */
function waysBack(platform: Platform, id: string) {
  const [root] = scene.thread(platform, id);
  return [root, ...scene.alertCards(platform, id)].filter((card) => card?.buttons.some(isRollBack) === true);
}

/** Presses a rollback button as it was, and gives the reason that is asked for. */
async function pressStale(kept: Kept, label: string): Promise<void> {
  const { slack, telegram } = scene;
  await scene.press(kept, carol, label);
  if (kept.platform === 'slack') {
    await until('the modal', () => slack.workspace.openView(carol.slack));
    await slack.people.submit(carol.slack, 'too late');
    return;
  }
  const question = await until('the question', () =>
    telegram.world.visible(-1_001).find(({ asksReply, deleted }) => asksReply && !deleted),
  );
  telegram.people.type(carol.telegram, 'too late', { replyTo: question });
}

/** How often a platform has said that a newer rollout stands. */
function refusals(platform: Platform, newer: string): number {
  const { slack, telegram } = scene;
  const said = platform === 'slack' ? slack.workspace.privately(carol.slack) : telegram.world.visible(-1_001);
  return said.filter(({ text }) => text.includes(`${newer} is the newest`)).length;
}

it('a newer rollout turns the older buttons off in both chats within seconds, and stale ones do nothing', {
  timeout: 240_000,
}, async () => {
  const older = await scene.inHypercare('green', 'v2.4.0');
  await tell({ name: 'Slow', severity: 'page', startsAt: Date.now() });
  const drawn = await Promise.all(
    platforms.map((platform) =>
      until(
        `${platform} to offer the way back twice`,
        () => {
          const cards = waysBack(platform, older).flatMap((card) => card ?? []);
          return cards.length === 2 && cards.map((card) => ({ kept: scene.kept(platform, card), card }));
        },
        90,
      ),
    ),
  );
  const quiet = flapping();
  const offAt = platforms.map(async (platform) => {
    await until(
      `${platform} to turn both buttons off, and to say why`,
      () => {
        const [card] = scene.alertCards(platform, older);
        return waysBack(platform, older).length === 0 && /sandbox-\d+ was started/.test(card?.text ?? '');
      },
      120,
    );
    return Date.now();
  });
  const newer = await scene.inHypercare('blue', 'v2.5.0');
  const person = personAt(scene.bot().url, 'bob');
  const told = (await person.journal(older)).find(({ type }) => type === 'rollout.superseded');
  const took = (await Promise.all(offAt)).map((at) => (at - Date.parse(told?.at ?? '')) / 1_000);
  console.log(`Off in ${platforms.map((platform, at) => `${platform} after ${took[at]} s`).join(', ')}`);
  for (const seconds of took) expect(seconds).toBeLessThan(30);
  await quiet();
  await scene.restart('SIGKILL');
  for (const { kept, card } of drawn.flat()) {
    const before = refusals(kept.platform, newer);
    await pressStale(kept, card.buttons.find(isRollBack) ?? 'no button');
    await until(`a refusal in ${kept.platform}`, () => refusals(kept.platform, newer) > before);
  }
  expect(await scene.hosts()).toEqual({ api: 'blue', app: 'blue' });
  const events = await personAt(scene.bot().url, 'bob').journal(older);
  expect(events.filter(({ type }) => type === 'rollback.requested')).toEqual([]);
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EmbeddedRedis } from '../../src/adapters/redis/embedded.ts';
import { createInbox } from '../../src/commands/inbox.ts';
import { plainText } from '../../src/core/card/plain-text.ts';
import { threadOf } from '../../src/core/card/thread.ts';
import { theBot } from '../../src/core/rollout/actor.ts';
import { systemClock } from '../../src/ports/clock.ts';
import { aether, plan as inProduction, scene } from '../commands/scene.ts';
import { type Engine, start, startEngine } from '../support/engine.ts';
import { done, kind } from '../support/kinds.ts';
import { redisForTest } from '../support/redis.ts';

let server: EmbeddedRedis;
let engine: Engine;

beforeAll(async () => {
  server = await redisForTest();
  engine = await startEngine(server.url, { kinds: [kind('note', async () => done())], workers: false });
});
afterAll(async () => {
  await engine.stop();
  await server.stop();
});

/** The playbook of the commands' scene with one step that changes something, and hypercare. */
const plan = {
  ...inProduction,
  playbook: {
    ...aether,
    phases: [{ ...aether.phases[0], name: 'only', parallel: false, steps: [{ ...stepOf(), id: 'flip' }] }],
  },
};

function stepOf() {
  const [step] = aether.phases[0]?.steps ?? [];
  if (!step) throw new Error('the playbook has no step');
  return { ...step, uses: 'note' };
}

async function cardOf(id: string) {
  const rollout = await engine.rollouts.find(id);
  if (!rollout) throw new Error(`no rollout ${id}`);
  const { root } = threadOf(rollout.plan, rollout.state, () => [], systemClock.now());
  return { text: plainText(root).join('\n'), commands: root.actions.map(({ command }) => command), rollout };
}

/** What a button that was drawn then answers now. */
async function press(command: string, drawnAt: number): Promise<string | undefined> {
  const inbox = createInbox({ ...scene().deps, rollouts: engine.rollouts, clock: systemClock });
  const channel = { platform: 'slack', id: 'C1' } as const;
  const { ok, refused } = await inbox({
    channel,
    account: 'T1/U2',
    text: `${command} errors`,
    press: { drawnAt },
  });
  return ok ? 'done' : refused;
}

/** A rollout in hypercare, which is at rest, and its card. */
async function inHypercare() {
  const { state } = await start(engine, plan);
  await engine.advance(state.id);
  const card = await cardOf(state.id);
  expect(card.rollout.state).toMatchObject({ released: true, hypercare: {} });
  expect(card.commands).toContain(`rollback ${state.id}`);
  return { id: state.id, drawnAt: card.rollout.state.seq };
}

test('a newer rollout turns the older one’s Roll back button off, with the reason', async () => {
  const older = await inHypercare();
  const newer = await start(engine, plan);
  const { text, commands, rollout } = await cardOf(older.id);
  expect(commands).toEqual([`extend ${older.id}`]);
  expect(text).toMatch(
    new RegExp(`${newer.state.id} was started by Alice at .*: this rollout is not rolled back from here`),
  );
  expect(await press(`rollback ${older.id}`, older.drawnAt)).toBe('superseded');
  expect(rollout.state.rollback).toBeUndefined();
  await engine.advance(newer.state.id);
});

test('so does one that starts at its scheduled time, and the older one comes to rest again', async () => {
  const older = await inHypercare();
  const newer = await start(engine, plan, { startAt: new Date(systemClock.now() - 1_000).toISOString() });
  expect((await cardOf(older.id)).rollout.state.supersededBy).toBeUndefined();
  await engine.advance(newer.state.id);
  expect((await engine.rollouts.events(older.id)).at(-1)).toMatchObject({
    type: 'rollout.superseded',
    data: { by: newer.state.id },
    actor: theBot,
  });
  expect((await cardOf(older.id)).commands).toEqual([`extend ${older.id}`]);

  const soon = systemClock.now() + 60_000;
  expect(await engine.journals.due(soon, 10)).toContain(older.id);
  await engine.advance(older.id);
  expect(await engine.journals.due(soon, 10)).not.toContain(older.id);
});

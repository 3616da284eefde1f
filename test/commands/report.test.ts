import { expect, test } from 'vitest';
import { reportOf } from '../../src/core/report/report.ts';
import { scene, sceneIn } from './scene.ts';

test('a report sums the rollout up, and carries the whole as Markdown and a link to it', async () => {
  const made = sceneIn('hypercare');
  const { card } = await made.say('erin', 'report aether-1');
  expect(card.tail).toEqual({
    title: 'Report of aether-1 as Markdown',
    text: reportOf(await made.rollouts.events('aether-1'), { timezone: 'Europe/Berlin' }),
  });
  expect(card.tail?.text).toMatch(/^# Rollout aether-1\n/);
  expect(card.links).toEqual([
    { label: 'Open aether-1', href: 'http://127.0.0.1/rollouts/aether-1' },
    { label: 'Report', href: 'http://127.0.0.1/api/rollouts/aether-1/report.html' },
    { label: 'Report as Markdown', href: 'http://127.0.0.1/api/rollouts/aether-1/report.md' },
  ]);
});

test('the link stays under the path that the console is served from, and goes where there is no console', async () => {
  const { deps, say, outcome } = sceneIn('hypercare');
  deps.urls = (id) => `https://ops.example/cutover/rollouts/${id}`;
  expect((await say('erin', 'report aether-1')).card.links.at(-1)?.href).toBe(
    'https://ops.example/cutover/api/rollouts/aether-1/report.md',
  );
  Reflect.deleteProperty(deps, 'urls');
  expect((await say('erin', 'report aether-1')).card.links).toEqual([]);
  expect(await outcome('erin', 'report aether-9')).toBe('unknown-rollout');
});

test('of a very long report the card carries the beginning', async () => {
  const made = sceneIn('running');
  made.rollouts.put(
    'aether-1',
    Array.from({ length: 1_000 }, () => [
      { type: 'rollout.paused' as const, data: { reason: 'x'.repeat(400) } },
      { type: 'rollout.resumed' as const, data: {} },
    ]).flat(),
  );
  const { card } = await made.say('erin', 'report aether-1');
  expect(card.tail?.text).toHaveLength(50_000);
  expect(card.tail?.text).toMatch(/^# Rollout aether-1\n/);
});

test('a rollout that does not exist has no report', async () => {
  expect(await scene().outcome('erin', 'report aether-1')).toBe('unknown-rollout');
});

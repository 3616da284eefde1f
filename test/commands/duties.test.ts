import { expect, test } from 'vitest';
import { createLookAround } from '../../src/commands/overview.ts';
import { playbookSchema } from '../../src/core/playbook/playbook.ts';
import type { Fact } from '../../src/core/rollout/event.ts';
import type { Plan } from '../../src/core/rollout/plan.ts';
import { iso } from '../../src/ports/clock.ts';
import { begun, monday, plan, policy, type Scene, scene } from './scene.ts';

const reminding: Plan = {
  ...plan,
  playbook: playbookSchema.parse({
    ...plan.playbook,
    phases: [
      {
        name: 'only',
        steps: [
          { id: 'keys', uses: 'reminder' },
          { id: 'logs', uses: 'reminder' },
        ],
      },
    ],
  }),
};

const noted = (step: string, output: object): Fact => ({
  type: 'step.succeeded',
  data: { step, summary: 'noted', output: output as never },
});
const due = iso(monday + 86_400_000);

function ended(...more: Fact[]): Scene {
  const made = scene();
  begun(made, 'aether-1', reminding);
  made.rollouts.put('aether-1', [
    noted('keys', { text: 'Rotate the keys', role: 'boss', due, escalate: { at: due, roles: ['viewer'] } }),
    noted('logs', { text: 'Put the logs back', owner: 'erin', due }),
    { type: 'rollout.succeeded', data: {} },
    { type: 'rollout.released', data: {} },
    ...more,
  ]);
  return made;
}

test('an ended rollout lists what is to be done, by whom and until when, with a Done button for each', async () => {
  const card = (await ended().say('alice', 'status aether-1')).card;
  expect(await ended().text('alice', 'status aether-1')).toContain('To do: Rotate the keys · due ');
  expect(card.actions).toMatchObject([
    { label: 'Done: Rotate the keys', command: 'done aether-1 keys', ask: 'evidence' },
    { label: 'Done: Put the logs back', command: 'done aether-1 logs' },
  ]);
  const owners = card.lines.flatMap((line) =>
    line.flatMap((span) => (typeof span !== 'string' && 'person' in span ? span.name : [])),
  );
  expect(owners).toEqual(['Dan', 'Erin']);
});

test('its owner, whoever it escalates to and who may steer rollouts say that it is done, with evidence, once', async () => {
  const made = ended();
  expect(await made.outcome('dan', 'done aether-1 keys')).toBe('bad-input');
  expect(await made.text('dan', 'done aether-1 keys')).toContain('/rollout done aether-1 keys <evidence>');
  expect(await made.outcome('dan', 'done aether-1 logs seen it')).toBe('not-allowed');
  expect(await made.text('dan', 'done aether-1 logs seen it')).toContain('Erin, Alice, Bob or Carol can.');
  expect(await made.outcome('dan', 'done aether-1 keys ticket 7')).toBe('done');
  expect(await made.outcome('bob', 'done aether-1 keys ticket 7')).toBe('already-answered');
  expect(await made.text('bob', 'done aether-1 keys x')).toContain('Dan said so already');
  expect(await made.outcome('erin', 'done aether-1 logs back at 7 d')).toBe('done');
  expect(await made.outcome('erin', 'done aether-1 keys')).toBe('already-answered');
  expect(await made.text('alice', 'status aether-1')).not.toContain('To do');
});

test('people see their own duties when they look around, and no one else’s', async () => {
  const made = ended();
  const look = await createLookAround(made.deps)();
  const seenBy = (who: string) =>
    look({ platform: 'slack', account: policy.people[who]?.slack[0] ?? who }).sections.find(
      ({ title }) => title === 'Your duties',
    )?.entries;
  expect(seenBy('dan')).toMatchObject([
    { actions: [{ command: 'done aether-1 keys', ask: 'evidence' }], rollout: { id: 'aether-1' } },
  ]);
  expect(seenBy('erin')).toMatchObject([{ actions: [{ command: 'done aether-1 logs' }] }]);
  expect(seenBy('bob')).toBeUndefined();
});

test('a press counts once for each duty', async () => {
  const made = ended();
  const press = { press: { drawnAt: 5 } };
  expect(await made.outcome('bob', 'done aether-1 keys ticket 7', press)).toBe('done');
  expect(await made.outcome('bob', 'done aether-1 logs 7 d', press)).toBe('done');
  expect(await made.outcome('bob', 'done aether-1 logs 7 d', press)).toBe('already-answered');
  expect((await made.rollouts.events('aether-1')).filter(({ type }) => type === 'duty.done')).toHaveLength(2);
});

test('what a rollback cancelled is not to be done, and says so', async () => {
  const made = ended({
    type: 'duty.cancelled',
    data: { duty: 'keys', reason: 'The rollout was rolled back' },
  });
  expect(await made.outcome('dan', 'done aether-1 keys ticket 7')).toBe('wrong-state');
  expect(await made.text('dan', 'done aether-1 keys x')).toContain('The rollout was rolled back');
});

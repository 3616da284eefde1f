import { expect, test } from 'vitest';
import { createRecheck } from '../../src/commands/recheck.ts';
import { medianOfRuns } from '../../src/commands/usual.ts';
import { plainText } from '../../src/core/card/plain-text.ts';
import { planDigest } from '../../src/core/rollout/plan.ts';
import { iso } from '../../src/ports/clock.ts';
import { begun, histories, monday, people, plan, policy, scene, sceneIn } from './scene.ts';

const hour = 3_600_000;

test('`start green` takes the channel’s playbook and environment, claims it and binds the plan', async () => {
  const made = scene();
  expect(await made.text('alice', 'start green version=v2.4.0')).toBe(
    [
      'aether-1 has started',
      'green → production. Follow it in its thread.',
      'Open aether-1: http://127.0.0.1/rollouts/aether-1',
    ].join('\n'),
  );
  const rollout = await made.rollouts.find('aether-1');
  expect(rollout?.plan).toMatchObject({
    target: 'green',
    params: { version: 'v2.4.0' },
    environment: { quorum: 2 },
  });
  expect(rollout && planDigest(rollout.plan)).toBe(rollout?.state.digest);
  expect(rollout?.state.startedBy?.id).toBe('alice');
  expect(rollout?.state.startedAt).toBe(iso(monday));
  expect(rollout?.state.channels).toEqual([
    { platform: 'slack', id: 'C1' },
    { platform: 'slack', id: 'C9' },
  ]);
  expect((await made.rollouts.environment('production')).claimedBy).toBe('aether-1');
});

const elsewhere = { channel: { platform: 'slack', id: 'C2' } } as const;

test.each([
  ['start gren', 'unknown-playbook', 'Did you mean "green"?'],
  ['start aether-blue-gren', 'unknown-playbook', 'Did you mean "aether-blue-green"?'],
  ['start green version=two', 'bad-input', 'version'],
  ['start green verson=v1.0.0', 'bad-input', 'version'],
  ['start green env=prod', 'bad-input', 'does not run in prod.'],
  ['start green target=blue', 'unknown-playbook', 'green'],
  ['start aether-blue-green target=red', 'bad-input', 'red'],
  ['start green at=2026-11-20T14:30', 'bad-input', 'is past'],
  ['start green at=2027-11-20T14:30', 'bad-input', '90 days'],
  ['start green at=2027-02-30T14:30', 'bad-input', 'no date'],
  ['start green override="because"', 'not-allowed', 'Dan can.'],
])('%s is refused: %s', async (text, refused, said) => {
  const made = scene();
  const reply = await made.say('alice', text);
  expect(reply.refused).toBe(refused);
  expect(plainText(reply.card).join('\n')).toContain(said);
  expect(await made.rollouts.list({})).toEqual([]);
});

test('the plan of a rollout is the one that its approvals are bound to, digest and all', async () => {
  const made = sceneIn('approval');
  const digest = (await made.rollouts.find('aether-1'))?.state.digest ?? 'none';
  const said = await made.text('bob', 'plan aether-1');
  expect(said).toContain('Plan of aether-1: green → production');
  expect(said).toContain(`Plan ${digest}`);
  expect(await made.text('bob', 'status aether-1')).toContain('What is approved: /rollout plan aether-1');
  expect(await made.text('bob', 'plan aether-99')).toContain('There is no plan to show.');
});

test('only who may start, starts', async () => {
  expect(await scene().outcome('bob', 'start green')).toBe('not-allowed');
  expect(await scene().text('bob', 'start green')).toContain('Alice or Dan can.');
});

test('what can mean several things is asked back by buttons that carry the whole command', async () => {
  const made = scene();
  const reply = await made.say('alice', 'start green version="v2.4.0"', elsewhere);
  expect(reply.ok).toBe(true);
  expect(reply.card.actions).toEqual([
    {
      label: 'green → production (aether-blue-green)',
      command: 'start aether-blue-green version=v2.4.0 env=production target=green',
    },
    {
      label: 'green → staging (aether-blue-green)',
      command: 'start aether-blue-green version=v2.4.0 env=staging target=green',
    },
  ]);
  expect(await made.rollouts.list({})).toEqual([]);
  expect(await made.outcome('alice', reply.card.actions[1]?.command ?? '', elsewhere)).toBe('done');
  expect((await made.rollouts.find('aether-1'))?.plan).toMatchObject({
    target: 'green',
    environment: { name: 'staging' },
  });
});

test('a playbook without targets starts in its only environment', async () => {
  const made = scene();
  expect(await made.outcome('alice', 'start sapphire')).toBe('done');
  expect((await made.rollouts.find('sapphire-1'))?.plan).toMatchObject({
    target: null,
    environment: { name: 'staging', quorum: 1 },
  });
});

test('a busy environment says which rollout, since when and by whom; no override helps', async () => {
  const made = scene();
  begun(made);
  const said = 'aether-1 is changing production since 2026-11-23 11:00 (Europe/Berlin), started by Alice.';
  expect(await made.text('alice', 'start blue')).toContain(said);
  expect(await made.outcome('dan', 'start blue override="hurry"')).toBe('environment-busy');
});

test('of fifty starts at once one wins, and everybody is told', async () => {
  const made = scene();
  const outcomes = await Promise.all(Array.from({ length: 50 }, () => made.outcome('alice', 'start green')));
  expect(outcomes.filter((outcome) => outcome === 'done')).toHaveLength(1);
  expect(outcomes.filter((outcome) => outcome === 'environment-busy')).toHaveLength(49);
  expect(await made.rollouts.list({ active: true })).toHaveLength(1);
});

test('a lock stands against a start until it is taken off or overridden with a reason that is kept', async () => {
  const made = scene();
  await made.say('bob', 'lock production database failover');
  expect(await made.outcome('alice', 'start green')).toBe('environment-locked');
  expect(await made.text('alice', 'start green')).toContain(
    'production is locked by Bob since 2026-11-23 11:00 (Europe/Berlin): “database failover”.',
  );
  expect(await made.outcome('dan', 'start green override="fix for the outage"')).toBe('done');
  const rollouts = await made.rollouts.list({});
  expect(rollouts[0]?.state.override).toEqual({
    of: ['the lock by Bob of 2026-11-23T10:00:00.000Z'],
    reason: 'fix for the outage',
  });
  expect(rollouts[0]?.state.milestones.map(({ type }) => type)).toContain('overridden');
});

test('an override that nothing asked for is not recorded, and that is said', async () => {
  const made = scene();
  expect(await made.text('dan', 'start green override="just in case"')).toContain('no override was recorded');
  expect((await made.rollouts.find('aether-1'))?.state.override).toBeUndefined();
});

test('a frozen window stands against a start, with its end', async () => {
  const made = scene();
  made.at(4 * 24 * hour + 8 * hour);
  expect(await made.outcome('alice', 'start green')).toBe('environment-frozen');
  expect(await made.text('alice', 'start green')).toContain(
    'production is frozen until 2026-11-30 08:00 (Europe/Berlin) (weekend): “nobody is here”.',
  );
  expect(await made.outcome('dan', 'start green override="outage"')).toBe('done');
});

test('a planned start claims nothing, is checked against the freeze of its day, and can be cancelled', async () => {
  const made = scene();
  begun(made);
  expect(await made.outcome('alice', 'start blue at=2026-11-28T10:00')).toBe('environment-frozen');
  const said = await made.text('alice', 'start blue at="tomorrow 14:30"');
  expect(said).toContain('blue → production, at 2026-11-24 14:30 (Europe/Berlin).');
  const planned = (await made.rollouts.list({}))[0];
  expect(planned?.state.startAt).toBe('2026-11-24T13:30:00.000Z');
  expect(planned?.state.startedAt).toBeUndefined();
  expect((await made.rollouts.environment('production')).claimedBy).toBe('aether-1');
  expect(await made.outcome('alice', `rollback ${planned?.state.id} no`)).toBe('wrong-state');
  expect(await made.outcome('alice', `abort ${planned?.state.id}`)).toBe('done');
});

test('a time that the clock skips is refused with the next one, one that comes twice is the first', async () => {
  const made = scene();
  made.at(Date.parse('2027-03-20T10:00:00Z') - monday);
  expect(await made.text('alice', 'start sapphire at=2027-03-28T02:30')).toContain(
    'the nearest is 2027-03-28 03:30',
  );
  made.at(Date.parse('2027-10-20T10:00:00Z') - monday);
  expect(await made.text('alice', 'start sapphire at=2027-10-31T02:30')).toContain(
    'comes twice; this is the first',
  );
  expect((await made.rollouts.find('sapphire-1'))?.state.startAt).toBe('2027-10-31T00:30:00.000Z');
});

test('when its time has come, a planned start is checked once more', async () => {
  const made = scene();
  await made.say('alice', 'start green at=+2h');
  const rollout = await made.rollouts.find('aether-1');
  if (!rollout) throw new Error('not planned');
  const deps = { rollouts: made.rollouts, clock: made.deps.clock };
  const recheck = createRecheck({ ...deps, policy: () => policy });
  expect(await recheck(rollout)).toEqual({ facts: [] });
  await made.say('bob', 'lock production failover');
  expect(await recheck(rollout)).toEqual({
    refused: 'production is locked by Bob since 2026-11-23 11:00 (Europe/Berlin): “failover”',
  });
  const dismissed = createRecheck({
    ...deps,
    policy: () => ({ ...policy, roles: { ...policy.roles, engineer: [] } }),
  });
  expect(await dismissed(rollout)).toEqual({ refused: 'Alice may no longer start rollouts in production' });
});

test('the usual duration is the median of the last five good runs, hypercare left out', () => {
  const made = scene();
  const took = [60, 10, 20, 40, 30, 50].map((minutes, index) => {
    made.at(0);
    const id = `aether-${index + 1}`;
    begun(made, id);
    made.at(minutes * 60_000);
    made.rollouts.put(id, histories.hypercare);
    made.at(24 * hour);
    return made.rollouts.put(id, [{ type: 'rollout.succeeded', data: {} }]);
  });
  expect(medianOfRuns(took.toReversed(), 'aether-blue-green')).toBe(30 * 60_000);
  expect(medianOfRuns(took.slice(0, 2), 'aether-blue-green')).toBe(35 * 60_000);
  expect(medianOfRuns(took, 'sapphire')).toBeUndefined();
});

test('a plan shows every step and its diff, what stands against it, and records nothing', async () => {
  const made = scene();
  await made.say('bob', 'lock production failover');
  const said = await made.text('erin', 'plan green version=v2.4.0');
  expect(said).toContain('Plan: green → production');
  expect(said).toContain('With version=v2.4.0');
  expect(said).toContain('production is locked by Bob');
  expect(said).toContain('5 steps: 1 to change something, 2 to ask people, 2 to look');
  expect(said).toContain(
    '2. Move traffic: needs 2 approvals by Alice, Bob or Carol, other than who starts it',
  );
  expect(said).toContain('3. Flip\n• api: blue → green');
  expect(said).toContain('2. Move traffic: does approve-switch');
  expect(await made.rollouts.list({})).toEqual([]);
});

test('a rollback in hypercare claims the environment again, unless a newer rollout has', async () => {
  const made = sceneIn('hypercare');
  expect(await made.outcome('bob', 'rollback aether-1 errors')).toBe('done');
  expect((await made.rollouts.environment('production')).claimedBy).toBe('aether-1');

  const superseded = sceneIn('hypercare');
  begun(superseded, 'aether-2', { ...plan, target: 'blue' });
  expect(await superseded.outcome('bob', 'rollback aether-1 errors')).toBe('superseded');
  expect(await superseded.text('bob', 'rollback aether-1 errors')).toContain(
    '/rollout rollback aether-2 <reason>',
  );
  expect(await superseded.outcome('bob', 'rollback aether-2 errors')).toBe('done');
});

test('an aborted rollout is rolled back as long as nothing newer claimed the environment', async () => {
  const made = sceneIn('aborted');
  begun(made, 'aether-2');
  expect(await made.outcome('bob', 'rollback aether-1 errors')).toBe('superseded');
});

test('locks and freezes never stand against a rollback', async () => {
  const made = sceneIn('hypercare');
  await made.say('bob', 'lock production failover');
  await made.say('bob', 'freeze add production now +2h failover');
  expect(await made.outcome('bob', 'rollback aether-1 errors')).toBe('done');
});

test('people act under one name whatever the platform', async () => {
  const made = sceneIn('approval');
  const telegram = { channel: { platform: 'telegram', id: '-100' } } as const;
  expect(await made.outcome('alice', 'approve aether-1', { ...telegram, account: '11' })).toBe('own-rollout');
  expect(await made.outcome('bob', 'approve aether-1', { ...telegram, account: '22' })).toBe('done');
  expect(await made.outcome('bob', 'approve aether-1')).toBe('already-answered');
  const answers = (await made.rollouts.find('aether-1'))?.state.steps['approve-switch']?.answers;
  expect(answers?.map(({ by }) => by)).toEqual([{ ...people.bob, via: 'telegram' }]);
});

import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { call, until } from '../sandbox/support.ts';
import { type Bot, endBots, spawnBot } from '../support/bot.ts';
import { evidenceOf, ledgerOf } from '../support/crashing-evidence.ts';
import { openPlace, type Place } from '../support/crashing-place.ts';
import { calmThread, quickPlaybook } from '../support/crashing-playbook.ts';
import type { Setup, Strike } from '../support/crashing-setup.ts';

const leaseTime = 1_000;
let place: Place;

beforeEach(async () => {
  place = await openPlace();
});
afterEach(async () => {
  await endBots();
  expect(await place.stop()).toEqual([]);
});

async function begin(setup: Setup): Promise<Bot> {
  const bot = spawnBot();
  await bot.start(setup);
  return bot;
}

async function stateOf(id: string) {
  const rollout = await place.store.patientRollouts.find(id);
  if (!rollout) throw new Error(`there is no ${id}`);
  return rollout.state;
}

const asking = (id: string) =>
  until(
    () => stateOf(id),
    ({ steps }) => steps['approve-switch']?.status === 'waiting',
    60_000,
  );
const ended = (id: string) =>
  until(
    () => stateOf(id),
    ({ succeeded, released, report }) => succeeded && released && report !== undefined,
    60_000,
  );

async function isStopped({ pid }: Bot): Promise<boolean> {
  const [, state] = /^\d+ \(.*\) (\w)/.exec(await readFile(`/proc/${pid}/stat`, 'utf8')) ?? [];
  return state === 'T';
}

/** Runs a rollout on a worker that is stopped at a point; another takes over and ends it, and the first is continued. */
async function overtaken(strike: Pick<Strike, 'point' | 'when'>) {
  const setup = place.setup(await quickPlaybook({ soakCycles: 2, hypercare: '1s' }), leaseTime);
  const stale = await begin(setup);
  await stale.arm({ ...strike, nth: 1, signal: 'SIGSTOP' });
  expect(await stale.say('bob', 'start green')).toMatchObject({ ok: true });
  await asking('sandbox-1');
  expect(await stale.say('carol', 'approve sandbox-1')).toMatchObject({ ok: true });
  await until(() => isStopped(stale), Boolean, 30_000);
  const other = await begin(setup);
  const { seq } = await ended('sandbox-1');
  stale.kill('SIGCONT');
  await until(
    () => isStopped(stale),
    (is) => !is,
  );
  await pause(3 * leaseTime);
  expect((await stateOf('sandbox-1')).seq).toBe(seq);
  return { stale, other, ledger: await ledgerOf(place, 'sandbox-1') };
}

const effects = [
  'supervisor PUT /deployments/green by deploy',
  'supervisor POST /migrations by migrate',
  'blue PUT /safe-mode by freeze-writes',
  'router PUT /_router/hosts by flip',
  'green PUT /safe-mode by unfreeze',
];

async function expectAsUndisturbed(): Promise<void> {
  expect(await evidenceOf(place, 'sandbox-1')).toMatchObject({
    ...{ status: 'succeeded', journal: 'verified', asked: ['approval at approve-switch'], effects },
    ...{ migrations: 1, hosts: { api: 'green', app: 'green' } },
    thread: calmThread,
  });
}

test('a worker stopped before its switch request does nothing any more', { timeout: 180_000 }, async () => {
  const { ledger } = await overtaken({ point: 'effect PUT of flip', when: 'before' });
  await expectAsUndisturbed();
  const calls = ledger.filter(({ kind, step }) => kind === 'call' && step === 'flip');
  console.log('Switch requests:', calls.map(({ epoch, status }) => `epoch ${epoch} → ${status}`).join(', '));
  const taken = calls.filter(({ status }) => status === 200);
  expect(taken).toHaveLength(1);
  const epoch = Number(taken[0]?.epoch);
  for (const late of calls.filter((each) => !taken.includes(each))) {
    expect(late).toMatchObject({ status: 409, epoch: expect.toSatisfy((its: number) => its < epoch) });
  }
  const sentLate = {
    'cutover-rollout': 'sandbox-1',
    'cutover-epoch': `${epoch - 1}`,
    'cutover-step': 'flip',
  };
  const hosts = `${place.sandbox.urls.router}/_router/hosts`;
  expect(await call('PUT', hosts, { api: 'blue', app: 'blue' }, sentLate)).toMatchObject({ status: 409 });
});

test('one stopped before it writes the outcome writes nothing, and works on afterwards', {
  timeout: 180_000,
}, async () => {
  const { stale, other, ledger } = await overtaken({ point: 'append step.succeeded flip', when: 'before' });
  await expectAsUndisturbed();
  expect(ledger.filter(({ kind, step }) => kind === 'call' && step === 'flip')).toHaveLength(1);
  const events = await place.store.patientRollouts.events('sandbox-1');
  const found = events.find(
    ({ type, data }) => type === 'step.succeeded' && 'step' in data && data.step === 'flip',
  );
  expect(found?.data).toMatchObject({ observed: true });

  other.kill();
  await other.gone;
  await place.reset();
  expect(await stale.say('bob', 'start green')).toMatchObject({ ok: true });
  await asking('sandbox-2');
  expect(await stale.say('carol', 'approve sandbox-2')).toMatchObject({ ok: true });
  await ended('sandbox-2');
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import { version } from '../support/aether.ts';
import { type DisturbedAether, openDisturbedAether } from '../support/aether-disturbed.ts';
import { asNew, revisions, standing } from '../support/aether-standing.ts';
import { nameOf } from '../support/kube-writes.ts';
import { calm } from '../support/kubernetes-step.ts';
import { carryThrough, type Step } from '../support/line-of-bots.ts';
import { drawnStrikes, strikeAtWrites } from '../support/strikes.ts';
import { until } from '../support/until.ts';
import { stepOf } from '../support/writes.ts';

let aether: DisturbedAether;
let rollouts = 0;

beforeAll(async () => {
  aether = await openDisturbedAether();
});
afterAll(async () => {
  await aether?.stop();
});

async function go(rollout: string, end: string): Promise<void> {
  const onStopped = async (step: Step): Promise<void> => {
    throw new Error(`${rollout} stopped: ${JSON.stringify(step)}`);
  };
  await carryThrough(aether.bots, { rollout, end, onStopped, within: 900 });
}

/** Starts the next rollout; its first Job stays at work where that is asked for. */
async function startGreen(holding = false): Promise<string> {
  rollouts += 1;
  aether.hold(holding ? `aether-${rollouts}-migrate-admin-` : undefined);
  await aether.type('alice', `start green version=${version}`);
  return `aether-${rollouts}`;
}

/** Helm's writes are many: killed at its first, one in the middle, its last, and where it is repaired. */
const ofHelm =
  /^helm: (POST configmaps|PATCH deployments \S+gateway|PUT configmaps|DELETE services \S+gateway)/;

test('killed before and after each write of a whole rollout and its way back, it ends as one that nothing disturbed', async () => {
  const { place, proxy, bots, type } = aether;
  const began = performance.now();
  const quiet = await startGreen();
  await go(quiet, 'hypercare');
  const forward = await standing(place.cluster);
  await type('bob', `rollback ${quiet} checkout errors`);
  await go(quiet, 'rolled-back');
  const back = await standing(place.cluster);
  const writes = new Set(proxy.taken().filter(stepOf).map(nameOf));
  await asNew(place);

  const strikes = strikeAtWrites(proxy, bots.kill, {
    nameOf,
    isAimedAt: (name) => !name.startsWith('helm: ') || ofHelm.test(name),
  });
  const released = strikes.until('migrate-admin: POST', 'after').then(() => {
    aether.hold(undefined);
    return place.kubelet.look();
  });
  const rollout = await startGreen(true);
  await Promise.all([go(rollout, 'hypercare'), released]);
  expect(await standing(place.cluster)).toEqual(forward);
  const kept = await revisions(place.cluster);
  expect(kept.filter((revision) => !revision.endsWith(' superseded'))).toEqual([
    expect.stringMatching(/ deployed$/),
  ]);
  await type('bob', `rollback ${rollout} checkout errors`);
  await go(rollout, 'rolled-back');
  expect(await standing(place.cluster)).toEqual(back);

  const taken = Map.groupBy(proxy.taken(), nameOf);
  console.log(drawnStrikes(strikes.struck(), (name) => taken.get(name)?.length ?? 0));
  const own = [...writes].map((name) => [name, taken.get(name)?.length]);
  expect(own.filter(([, times]) => times !== 1)).toEqual([]);
  const struck = new Set(strikes.struck().map(({ name, when }) => `${when} ${name}`));
  expect(
    [...writes].flatMap((name) => [`before ${name}`, `after ${name}`]).filter((kill) => !struck.has(kill)),
  ).toEqual([]);
  expect(await (await bots.person('alice')).verified(rollout)).toMatchObject({ ok: true });
  console.log(
    `${strikes.struck().length} kills in ${((performance.now() - began) / 1_000).toFixed(0)} s; ` +
      `each write of a step was taken up once; Helm keeps of the release: ${kept.join(', ')}.`,
  );
}, 1_500_000);

test('rolled back after a kill during a Job, the Job does not stay at work', async () => {
  const { place, proxy, bots, type } = aether;
  proxy.judge(() => undefined);
  const rollout = await startGreen(true);
  const labels = `cutover.dev/rollout=${rollout}`;
  const jobs = () => place.cluster.admin.list({ apiVersion: 'batch/v1', kind: 'Job', labels }, calm);
  await until('the Job', async () => (await jobs()).length > 0, 120);
  await bots.kill();
  await type('bob', `rollback ${rollout} wrong version`);
  await carryThrough(bots, {
    rollout,
    end: 'rolled-back',
    onStopped: async () => {},
    within: 300,
  });
  await until('the Job to be gone', async () => (await jobs()).length === 0, 60).catch(
    async (error: Error) => {
      const left = (await jobs()).map(({ metadata, status }) => ({ metadata, status }));
      throw new Error(`${error.message}; left: ${JSON.stringify(left)}`);
    },
  );
  const { steps } = await (await bots.person('alice')).rollout(rollout);
  console.log(String(steps.find(({ id }) => id === 'migrate-admin')?.summary));
});

import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readLedgers } from '../../sandbox/ledger.ts';
import { digestOf, nameOf, region, services, versions } from '../../sandbox/sapphire/names.ts';
import { openSapphire, type SapphireGround } from '../../sandbox/sapphire/place.ts';
import { byRevision, call } from '../google/client.ts';
import { consoleToken, tokenOf } from '../support/bot-files.ts';
import { type BotProcess, endBotProcesses, root, startBotProcess } from '../support/bot-process.ts';
import { personAt } from '../support/console-person.ts';
import { gcloudInstalled } from '../support/gcloud.ts';
import { redisForTest } from '../support/redis.ts';
import { until } from '../support/until.ts';

/** Without the real gcloud the sandbox's stand-in makes the same calls; said aloud. */
const real = gcloudInstalled();
/** Seconds for what runs gcloud a few times, which takes many seconds each on a busy machine. */
const patience = real ? 400 : 200;

let dir: string;
let checkout: string;
let ground: SapphireGround;
let redis: Awaited<ReturnType<typeof redisForTest>>;
let bot: BotProcess;

const startBot = () => startBotProcess({ env: { ...ground.settings, REDIS_URL: redis.url } });

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'cutover-sapphire-script-'));
  await mkdir(join(root, 'test/output'), { recursive: true });
  checkout = await mkdtemp(join(root, 'test/output/sapphire-script-'));
  redis = await redisForTest();
  ground = await openSapphire({
    ...{ folder: dir, checkout, environments: ['staging'], window: '3s', consoleToken, tokenOf },
  });
  bot = await startBot();
}, 120_000);
afterAll(async () => {
  await endBotProcesses();
  await ground?.stop();
  await redis?.stop();
  for (const folder of [dir, checkout]) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

const alice = () => personAt(bot.url, 'alice');
const carol = () => personAt(bot.url, 'carol');
const url = () => ground.projects.staging?.url ?? '';
const disturb = (faults: object) =>
  fetch(`${url()}/_faults`, { method: 'PUT', body: JSON.stringify(faults) });
const servicePath = (service: string) =>
  `/v2/projects/sapphire-staging/locations/${region}/services/${service}`;

async function launch(rollout: string): Promise<void> {
  const words = `start sapphire-cloud-run version=${versions.launched} via=script env=staging`;
  expect(await alice().type(words)).toMatchObject({ ok: true });
  await reach(rollout, 'approve-launch', 'waiting');
  expect(await carol().type(`approve ${rollout} looks good`)).toMatchObject({ ok: true });
}

/** Waits until a step is so far; a rollout that stopped somewhere else says where. */
async function reach(rollout: string, step: string, status: string): Promise<void> {
  const isThere = async () => {
    const seen = await alice()
      .rollout(rollout)
      .catch(() => undefined); // a busy machine says for a moment that its journal is away
    if (seen === undefined) return false;
    const { steps, status: now } = seen;
    if (steps.find(({ id }) => id === step)?.status === status) return true;
    const broken = steps.find((each) => ['failed', 'in-doubt'].includes(each.status));
    if (broken !== undefined) throw new Error(`${rollout} is ${now}: ${JSON.stringify(broken)}`);
    return false;
  };
  await until(`${step} of ${rollout}`, isThere, patience);
}

async function stepsOf(rollout: string): Promise<Record<string, string>> {
  const { steps } = await alice().rollout(rollout);
  return Object.fromEntries(steps.map(({ id, status }) => [id, status]));
}

/** The changes of services by gcloud that the double took, or by its stand-in. */
const written = async () =>
  (await readLedgers(join(dir, 'staging'))).filter(
    ({ kind, method, path }) => kind === 'effect' && method === 'PUT' && path.startsWith('/apis/serving'),
  );

test('killed while the script runs, the bot asks what became of it; a retry takes the launch to its end', async () => {
  await launch('sapphire-1');
  await reach('sapphire-1', 'lock-wallet', 'succeeded');
  await disturb({ operationMs: 600_000 });
  await until('the script to deploy', async () => (await written()).length > 0, patience);
  bot.kill('SIGKILL');
  await bot.gone;
  bot = await startBot();
  await alice().until('sapphire-1', 'in-doubt', patience);
  const journal = await alice().journal('sapphire-1');
  const doubt = journal.find(({ type }) => type === 'step.doubted');
  expect(doubt?.data).toMatchObject({
    step: 'deploy-script',
    known: [
      "command can't be read back from the world.",
      expect.stringContaining(`gcloud run revisions list --project=sapphire-staging --region=${region}`),
    ],
  });
  expect(await written()).toHaveLength(1);
  await disturb({ operationMs: 200 });
  expect(await carol().type('retry sapphire-1 deploy-script looked')).toMatchObject({ ok: true });
  await reach('sapphire-1', 'aster-allow-list', 'waiting');
  expect(await carol().type('done sapphire-1 aster-allow-list TRADE-42')).toMatchObject({ ok: true });
  await alice().until('sapphire-1', 'succeeded', patience);
  const { services: now } = await ground.standing('staging');
  for (const [name, { serving }] of Object.entries(now)) {
    expect(serving).toEqual([expect.stringMatching(new RegExp(`^${name}-.* 100$`))]);
    expect(serving[0]).not.toContain('00001-abc');
  }
  const answer = await fetch(`${url()}/lb/${services.trader}/healthz`);
  expect(await answer.json()).toMatchObject({ version: nameOf(services.trader, versions.launched) });
  expect(await ground.digests('staging')).toEqual(
    Object.values(services).map((service) => digestOf(service, versions.launched)),
  );
  expect(await carol().verified('sapphire-1')).toMatchObject({ ok: true });
});

test('a bad revision is rolled back by gcloud to all revisions that were recorded, at their shares', async () => {
  const first = `${services.trader}-00001-abc`;
  const [second = ''] = (await ground.standing('staging')).services[services.trader]?.serving ?? [];
  const traffic = [
    { type: byRevision, revision: first, percent: 70 },
    { type: byRevision, revision: second.replace(/ 100$/, ''), percent: 30, tag: 'canary' },
  ];
  const path = servicePath(services.trader);
  expect((await call(url(), 'PATCH', `${path}?updateMask=traffic`, { traffic })).error).toBe('');
  const settled = async () => (await call(url(), 'GET', path)).body.reconciling === false;
  await until('the shares', settled);
  const before = await ground.standing('staging');
  await ground.spoil('staging', 0.8);
  await launch('sapphire-2');
  await alice().until('sapphire-2', 'rolled-back', patience);
  expect(await stepsOf('sapphire-2')).toMatchObject({
    ...{ 'serve-trader': 'succeeded', soak: 'failed', 'smoke-trader': 'pending' },
    ...{ 'trader-by-gcloud': 'succeeded', 'trader-serves-as-before': 'succeeded' },
    ...{ 'wallet-by-gcloud': 'succeeded', 'wallet-serves-as-before': 'succeeded' },
  });
  /** gcloud gives a tag a line of its own, without a share. */
  const shares = ({ services: all }: typeof before) =>
    Object.values(all).map(({ serving }) =>
      serving.filter((line) => !/ 0\b/.test(line)).map((line) => line.replace(/ canary$/, '')),
    );
  expect(shares(await ground.standing('staging'))).toEqual(shares(before));
  expect(await carol().verified('sapphire-2')).toMatchObject({ ok: true });
});

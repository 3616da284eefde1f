import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { readLedgers } from '../../sandbox/ledger.ts';
import { addresses, digestOf, hosts, nameOf, services, versions } from '../../sandbox/sapphire/names.ts';
import { openSapphire, type SapphireGround } from '../../sandbox/sapphire/place.ts';
import { plainText } from '../../src/core/card/plain-text.ts';
import { consoleToken, tokenOf } from '../support/bot-files.ts';
import { type BotProcess, endBotProcesses, root, startBotProcess } from '../support/bot-process.ts';
import { personAt } from '../support/console-person.ts';
import { monitoringIn, raiseIncident } from '../support/google-incident.ts';
import { knotInstalled } from '../support/knot.ts';
import { redisForTest } from '../support/redis.ts';
import { startZones } from '../support/sapphire-zones.ts';
import { until } from '../support/until.ts';

const environments = ['staging', 'production'] as const;
const alertToken = 'the-token-of-the-alerts';

let dir: string;
let checkout: string;
let ground: SapphireGround;
let redis: Awaited<ReturnType<typeof redisForTest>>;
let bot: BotProcess;
/** Real name servers; absent where there are none, and the doubles’ own answer. */
let zones: Awaited<ReturnType<typeof startZones>> | undefined;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'cutover-sapphire-'));
  await mkdir(join(root, 'test/output'), { recursive: true });
  checkout = await mkdtemp(join(root, 'test/output/sapphire-'));
  redis = await redisForTest();
  zones = knotInstalled() ? await startZones(environments) : undefined;
  const nameServers = zones?.servers ?? {};
  const place = { folder: dir, checkout, environments, nameServers };
  ground = await openSapphire({ ...place, window: '10s', consoleToken, tokenOf });
  zones?.follow(dir);
  const env = { ...ground.settings, REDIS_URL: redis.url, ALERT_WEBHOOK_TOKEN: alertToken };
  bot = await startBotProcess({ env });
}, 120_000);
afterAll(async () => {
  await endBotProcesses();
  await zones?.stop();
  await ground?.stop();
  await redis?.stop();
  for (const folder of [dir, checkout]) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

const alice = () => personAt(bot.url, 'alice');
const carol = () => personAt(bot.url, 'carol');

/** Waits until a step is so far; a rollout that stopped somewhere else says where. */
async function untilStep(rollout: string, step: string, statuses: readonly string[]): Promise<void> {
  await until(
    `${step} of ${rollout}`,
    async () => {
      const now = await alice()
        .rollout(rollout)
        .catch(() => undefined);
      if (now === undefined) return false;
      const { status, steps } = now;
      const broken = steps.find((each) => each.status === 'failed' || each.status === 'in-doubt');
      if (broken) throw new Error(`${rollout} is ${status}: ${JSON.stringify(broken)}`);
      return statuses.includes(steps.find(({ id }) => id === step)?.status ?? '');
    },
    150,
  );
}

async function begin(environment: string, rollout: string): Promise<void> {
  const words = `start sapphire-cloud-run version=${versions.launched} env=${environment}`;
  expect(await alice().type(words)).toMatchObject({ ok: true });
  await untilStep(rollout, 'approve-launch', ['waiting']);
  expect(await carol().type(`approve ${rollout} looks good`)).toMatchObject({ ok: true });
}

/** A word is not taken while the exchange refuses the address; it is once the exchange answers it. */
async function letIn(rollout: string): Promise<void> {
  ground.exchange.letIn(false);
  await untilStep(rollout, 'aster-allow-list', ['waiting']);
  expect(await carol().type(`done ${rollout} aster-allow-list TRADE-41`)).toMatchObject({ ok: true });
  await until(
    'the word not to be taken',
    async () =>
      JSON.stringify(
        (await alice()
          .rollout(rollout)
          .catch(() => undefined)) ?? '',
      ).includes('not done yet'),
    120,
  );
  expect((await stepsOf(rollout))['aster-allow-list']).toBe('waiting');
  ground.exchange.letIn(true);
  expect(await carol().type(`done ${rollout} aster-allow-list TRADE-42`)).toMatchObject({ ok: true });
}

async function stepsOf(rollout: string): Promise<Record<string, string>> {
  const { steps } = await alice().rollout(rollout);
  return Object.fromEntries(steps.map(({ id, status }) => [id, status]));
}

/** What people read in the channel, by now. */
async function said(): Promise<string> {
  const messages = await alice().messages();
  return messages.flatMap(({ card }) => plainText(card)).join('\n');
}

/** What the hosts lead to, as real name servers answer where there are some. */
async function leadTo(environment: string, address: string): Promise<void> {
  if (zones === undefined) return;
  const wanted = hosts.map(() => `${address} 1`);
  await expect.poll(() => zones?.answers(environment), { timeout: 120_000 }).toEqual(wanted);
}

/** What was asked of the project’s log bucket, in days, one after the other. */
async function retentions(environment: string): Promise<unknown[]> {
  const entries = await readLedgers(join(dir, environment));
  const effects = entries.filter(({ kind, path }) => kind === 'effect' && path.includes('/buckets/'));
  return effects.flatMap(({ body }) => z.object({ retentionDays: z.int() }).safeParse(body).data ?? []);
}

/** What Monitoring watches and whom it tells: nothing of it stands there twice. */
async function expectWatched(environment: string): Promise<void> {
  const { uptimeCheckConfigs, alertPolicies, notificationChannels } = await monitoringIn(
    join(dir, environment),
  );
  const checked = Object.values(uptimeCheckConfigs).map(({ monitoredResource }) => monitoredResource.labels);
  expect(checked.map(({ host }) => host).sort()).toEqual([...hosts].sort());
  const topic = `projects/sapphire-${environment}/topics/cutover-alerts`;
  expect(Object.values(notificationChannels).map(({ labels }) => labels.topic)).toEqual([topic]);
  const policies = Object.values(alertPolicies);
  const titles = policies.map(({ displayName }) => displayName);
  expect(titles).toContain(`Sapphire ${environment}: errors in the log`);
  expect(titles).toContain(`Sapphire ${environment}: the Aster API refuses requests`);
  expect(titles).toContain(`Sapphire ${environment}: the Aster API fails`);
  expect(new Set(titles).size).toBe(titles.length);
  for (const { notificationChannels: channels } of policies)
    expect(channels).toEqual(Object.keys(notificationChannels));
}

/** What a launch by the API leaves out. */
const byScript = [
  'deploy-script',
  ...['serving', 'made', 'serve'].flatMap((step) => [`${step}-trader`, `${step}-wallet`]),
];

const servingSchema = z.object({ version: z.string() });
async function servedVersion(environment: string): Promise<string> {
  const url = ground.projects[environment]?.url;
  const answer = await fetch(`${url}/lb/${services.trader}/healthz`);
  return servingSchema.parse(await answer.json()).version;
}

test('a launch goes to its end in staging: certificate, DNS, ingress, traffic, alerts, logs', async () => {
  const before = await ground.standing('staging');
  await begin('staging', 'sapphire-1');
  await letIn('sapphire-1');
  await untilStep('sapphire-1', 'error-alert', ['succeeded']);
  const topics = {
    'projects/sapphire-staging/topics/cutover-alerts': `${bot.url}/webhooks/google-monitoring`,
  };
  const title = 'Sapphire staging: errors in the log';
  const incident = await raiseIncident(join(dir, 'staging'), title, { topics, token: alertToken });
  const isTold = async () => {
    const messages = await alice()
      .messages()
      .catch(() => []);
    return messages.some(
      ({ card, thread }) => thread !== undefined && plainText(card).join('\n').includes(title),
    );
  };
  await until('the alert in the thread', isTold, 120);
  await incident.close();
  await alice().until('sapphire-1', 'succeeded', 120);
  const steps = await stepsOf('sapphire-1');
  const others = Object.entries(steps).filter(([, status]) => !['succeeded', 'pending'].includes(status));
  expect(others.map(([id]) => id).sort()).toEqual(['approve-summary', 'publish-summary', ...byScript].sort());
  const after = await ground.standing('staging');
  expect(after.certificates).toEqual(['sapphiretrade-cert', 'aster-cert']);
  expect(after.records).toEqual(before.records.map((record) => record.replace(/192\.\S+/, '192.0.2.20')));
  await leadTo('staging', addresses.balancer);
  expect(await retentions('staging')).toEqual([
    { retentionDays: 90 },
    { retentionDays: before.retentionDays },
  ]);
  expect(after.retentionDays).toBe(before.retentionDays);
  await expectWatched('staging');
  const told = await said();
  expect(told).toContain('3 passed, 0 failed (pytest');
  expect(told).toContain('no vulnerabilities in 214 packages (npm');
  for (const { serving, ingress } of Object.values(after.services)) {
    expect(ingress).toBe('INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER');
    expect(serving.filter((share) => / 100\b/.test(share))).toEqual([expect.stringContaining('sapphire-1')]);
  }
  expect(await servedVersion('staging')).toBe(nameOf(services.trader, versions.launched));
  expect(await ground.digests('staging')).toEqual(
    Object.values(services).map((service) => digestOf(service, versions.launched)),
  );
});

test('a revision that fails in production is caught by the soak, and all is as it was captured', async () => {
  await ground.spoil('production', 0.8);
  const before = await ground.standing('production');
  await begin('production', 'sapphire-2');
  await alice().until('sapphire-2', 'rolled-back', 150);
  const steps = await stepsOf('sapphire-2');
  expect(steps).toMatchObject({
    soak: 'failed',
    'all-trader': 'pending',
    'traffic-trader-back': 'succeeded',
  });
  await expect.poll(() => ground.standing('production'), { timeout: 30_000 }).toEqual(before);
  await leadTo('production', addresses.before);
  expect(await servedVersion('production')).toBe(nameOf(services.trader, versions.old));
  expect(await carol().verified('sapphire-2')).toMatchObject({ ok: true });
});

test('the same digests as in staging go to production, to the end', async () => {
  await ground.spoil('production', 0);
  await begin('production', 'sapphire-3');
  await letIn('sapphire-3');
  await untilStep('sapphire-3', 'approve-summary', ['waiting']);
  expect(existsSync(join(dir, 'public/production'))).toBe(false);
  expect(await carol().type('approve sapphire-3 publish it')).toMatchObject({ ok: true });
  await alice().until('sapphire-3', 'succeeded', 120);
  expect(await ground.digests('production')).toEqual(await ground.digests('staging'));
  await leadTo('production', addresses.balancer);
  await expectWatched('production');
  const summary = await readFile(join(dir, 'public/production/sapphire-3/public/summary.md'), 'utf8');
  expect(summary).toContain(digestOf(services.trader, versions.launched));
  expect(await carol().verified('sapphire-3')).toMatchObject({ ok: true });
});

test('an image that is not the one of staging is refused in production, before anything is touched', async () => {
  const before = await ground.standing('production');
  const tampered = digestOf(services.trader, 'tampered');
  ground.registry.move(services.trader, versions.launched, tampered);
  const words = `start sapphire-cloud-run version=${versions.launched} env=production`;
  expect(await alice().type(words)).toMatchObject({ ok: true });
  await until('the refusal', async () => (await stepsOf('sapphire-4')).parity === 'failed', 90);
  const { steps } = await alice().rollout('sapphire-4');
  const refusal = steps.find(({ id }) => id === 'parity');
  expect(refusal?.summary).toContain('trader');
  expect(await ground.standing('production')).toEqual(before);
});

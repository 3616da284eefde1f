import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { EmbeddedRedis } from '../../src/adapters/redis/embedded.ts';
import { keys } from '../../src/adapters/redis/keys.ts';
import { openStore, type Store } from '../../src/compose/store.ts';
import type { Notice } from '../../src/core/alerts/notice.ts';
import { systemClock } from '../../src/ports/clock.ts';
import { StoreAway } from '../../src/ports/store-away.ts';
import { openDoor, token } from '../alerts/door.ts';
import {
  type AlertmanagerOptions,
  type Alertmanagers,
  alertmanagerInstalled,
  type PostedAlert,
  startAlertmanager,
} from '../support/alertmanager.ts';
import { botFiles, sandboxBeside } from '../support/bot-files.ts';
import { type BotProcess, endBotProcesses, startBotProcess } from '../support/bot-process.ts';
import { portForLater } from '../support/port.ts';
import { redisForTest } from '../support/redis.ts';
import { until } from '../support/until.ts';

const alerts = (count: number, groups: number): PostedAlert[] =>
  Array.from({ length: count }, (_, n) => ({
    labels: { alertname: `Group${n % groups}`, instance: `i${n}`, severity: 'page' },
    annotations: { summary: `Instance ${n} is slow`, runbook_url: 'https://runbooks.example/slow' },
    generatorURL: 'http://prometheus.example:9090/graph',
  }));

describe.runIf(alertmanagerInstalled())('the real Alertmanager', () => {
  let redis: EmbeddedRedis;
  let store: Store;
  let door: Awaited<ReturnType<typeof openDoor>>;
  let running: Alertmanagers | undefined;
  let isAway = false;

  beforeAll(async () => {
    redis = await redisForTest();
    store = await openStore(redis.url, systemClock, () => undefined);
    door = await openDoor({
      alerts: {
        accept: (tellings) => (isAway ? Promise.reject(new StoreAway()) : store.alerts.accept(tellings)),
      },
    });
  });
  afterEach(async () => {
    await running?.stop();
    running = undefined;
    isAway = false;
    door.told.length = 0;
    door.outcomes.length = 0;
    await store.patient.flushall();
  });
  afterAll(async () => {
    await endBotProcesses();
    await door.close();
    await store.close();
    await redis.stop();
  });

  async function start(options: Partial<AlertmanagerOptions> = {}): Promise<Alertmanagers> {
    running = await startAlertmanager({ webhook: `${door.url}/webhooks/alertmanager`, token, ...options });
    return running;
  }

  async function kept(): Promise<Notice[]> {
    const groups = await store.alerts.changed(100);
    const found = await Promise.all(groups.map(({ id }) => store.alerts.group(id)));
    return found.flatMap((group) => group?.notices ?? []);
  }

  /** What the journal took as news, the oldest first: each a fingerprint and a status. */
  async function journaled(): Promise<string[]> {
    const entries = await store.patient.xrange(keys.alertsJournal, '-', '+');
    return entries.flatMap(([, fields]) =>
      fields.flatMap((field, n) => {
        if (field !== 'notice' || n % 2 !== 0) return [];
        const { fingerprint, status } = JSON.parse(fields[n + 1] ?? '') as Notice;
        return [`${fingerprint} ${status}`];
      }),
    );
  }

  it('tells alerts that are kept, once each, and when they are over', async () => {
    const am = await start();
    const posted = alerts(40, 4);
    await am.post(posted);
    await until('40 alerts', async () => (await kept()).length === 40);
    const notices = await kept();
    expect(new Set(notices.map(({ labels }) => labels.instance)).size).toBe(40);
    expect((await store.alerts.firing(10)).length).toBe(4);
    expect(notices[0]).toMatchObject({
      source: 'alertmanager',
      groupLabels: { alertname: expect.stringMatching(/^Group/) },
      annotations: { runbook_url: 'https://runbooks.example/slow' },
    });
    expect(notices[0]?.links.map(({ label }) => label)).toEqual(['Runbook', 'Source', 'Alertmanager']);

    const over = new Date().toISOString();
    await am.post(posted.slice(0, 20).map((alert) => ({ ...alert, endsAt: over })));
    await until('20 to be over', async () => (await kept()).filter(isOver).length === 20);
    expect(await journaled()).toHaveLength(60);
    expect(new Set(await journaled()).size).toBe(60);
  });

  it('doubles nothing when two of a cluster tell the same', async () => {
    const am = await start({ peers: 2 });
    const posted = alerts(100, 5);
    await am.post(posted);
    await until('100 alerts', async () => (await kept()).length === 100);
    await until(
      'both to have told',
      () => door.told.reduce((sum, [, fresh, known]) => sum + fresh + known, 0) >= 200,
    );
    const over = new Date().toISOString();
    await am.post(posted.map((alert) => ({ ...alert, endsAt: over })));
    await until('all to be over', async () => (await kept()).every(isOver));
    await until(
      'both to have told',
      () => door.told.reduce((sum, [, fresh, known]) => sum + fresh + known, 0) >= 400,
    );
    expect(await journaled()).toHaveLength(200);
    expect(new Set(await journaled()).size).toBe(200);
    expect(await store.alerts.firing(10)).toEqual([]);
  });

  it('comes again after a 503, until a 200 ends it', async () => {
    isAway = true;
    const am = await start({ groupInterval: '30s' });
    await am.post(alerts(10, 1));
    await until('three refusals', () => door.outcomes.length >= 3);
    expect(new Set(door.outcomes)).toEqual(new Set(['store-away']));
    isAway = false;
    await until('the alerts', async () => (await kept()).length === 10);
    const deliveries = door.outcomes.length;
    expect(door.outcomes.at(-1)).toBe('accepted');
    await am.post([{ labels: { alertname: 'Other' } }]);
    await until('the other', async () => (await kept()).length === 11);
    expect(door.outcomes.length).toBe(deliveries + 1);
  });

  it('is heard by the bot as it is started', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'cutover-alerts-'));
    const sandboxPort = String(await portForLater());
    const env = { DATA_DIR: dir, PORT: '0', SANDBOX_PORT: sandboxPort, LOG_LEVEL: 'info' };
    const bot = await startBotProcess({ env: { ...env, ALERT_WEBHOOK_TOKEN: token } });
    const am = await start({ webhook: `${bot.url}/webhooks/alertmanager` });
    await am.post(alerts(30, 3));
    await until('30 alerts', async () => {
      const metrics = await (await fetch(`${bot.url}/metrics`)).text();
      return metrics.includes('cutover_alerts_total{source="alertmanager",telling="news"} 30');
    });
    expect(bot.stderr()).not.toContain(token);
    bot.kill('SIGTERM');
    await bot.gone;
    await rm(dir, { recursive: true, force: true });
  });
});

describe('a bot without ALERT_WEBHOOK_TOKEN', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'cutover-deaf-'));
  });
  afterEach(async () => {
    await endBotProcesses();
    await rm(dir, { recursive: true, force: true });
  });
  const tell = ({ url }: BotProcess) => fetch(`${url}/webhooks/alertmanager`, { method: 'POST' });

  it('takes no alerts, and says so', async () => {
    const sandbox = await sandboxBeside(dir);
    const bot = await startBotProcess({ env: { ...(await botFiles(dir, { sandbox })), LOG_LEVEL: 'info' } });
    expect((await tell(bot)).status).toBe(404);
    expect(bot.logged().map(({ msg }) => msg)).toContain('Alerts are off: ALERT_WEBHOOK_TOKEN is not set');
    bot.kill('SIGTERM');
    await bot.gone;
    await sandbox.stop();
  });

  it('in the sandbox takes those of its own alerter, by a token that nobody else knows', async () => {
    const bot = await startBotProcess({ env: { DATA_DIR: dir, PORT: '0', SANDBOX: '1', SANDBOX_PORT: '0' } });
    expect((await tell(bot)).status).toBe(401);
    bot.kill('SIGTERM');
    await bot.gone;
  });
});

function isOver({ status }: Notice): boolean {
  return status === 'resolved';
}

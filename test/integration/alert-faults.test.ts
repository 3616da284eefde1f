import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { payloadOf, type ToldAlert } from '../support/alert-payload.ts';
import { type AlertScene, alertToken, platforms, startAlertScene } from '../support/alert-scene.ts';
import { type Alertmanagers, alertmanagerInstalled, startAlertmanager } from '../support/alertmanager.ts';
import { endBotProcesses } from '../support/bot-process.ts';
import { personAt } from '../support/console-person.ts';
import { until } from '../support/until.ts';

const minute = 60_000;
const megabyte = 1_048_576;
/** What each fault came to, and where else it is shown. */
const table: { fault: string; seen: string; also: string }[] = [];

describe.runIf(alertmanagerInstalled())('alerts, whatever goes wrong', () => {
  let scene: AlertScene;
  let id: string;
  let running: Alertmanagers | undefined;

  beforeAll(async () => {
    scene = await startAlertScene();
    id = await scene.inHypercare('green', 'v2.4.0');
    await Promise.all(
      platforms.map((platform) =>
        until(
          `${platform} to be up to date`,
          () => scene.thread(platform, id)[0]?.text.includes('Hypercare'),
          90,
        ),
      ),
    );
  });
  afterEach(async () => {
    await running?.stop();
    running = undefined;
  });
  afterAll(async () => {
    console.table(table);
    await scene.stop();
    await endBotProcesses();
  });

  const send = (body: string | Buffer) =>
    fetch(scene.webhook, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${alertToken}` },
      body: typeof body === 'string' ? body : new Uint8Array(body),
    });
  const tell = async (...alerts: ToldAlert[]) => {
    const { status } = await send(JSON.stringify(payloadOf(alerts)));
    expect(status).toBe(200);
  };
  /** A number that the bot counts; 0 while it has none. */
  const metric = async (name: string) => {
    const text = await (await fetch(`${scene.bot().url}/metrics`)).text();
    return Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${name} `))
        ?.slice(name.length) ?? 0,
    );
  };
  const journal = () => personAt(scene.bot().url, 'bob').journal(id);
  const groupNow = async (name: string) => {
    const told = (await journal()).flatMap(({ type, data }) =>
      type === 'alerts.changed' ? (data.groups as { name: string; firing: number; total: number }[]) : [],
    );
    return told.findLast((group) => group.name === name);
  };
  const cardsSay = (words: RegExp, seconds = 60) =>
    Promise.all(
      platforms.map((platform) =>
        until(
          `${platform} to say ${words}`,
          () => {
            const [card, ...others] = scene.alertCards(platform, id);
            expect(others).toEqual([]);
            return card !== undefined && words.test(card.text);
          },
          seconds,
        ),
      ),
    );

  it('chat is away: the card comes right afterwards, once', async () => {
    const { slack, telegram } = scene;
    const posting = ['chat.postMessage', 'chat.update'];
    const sending = ['sendMessage', 'sendPhoto', 'editMessageText', 'editMessageMedia', 'editMessageCaption'];
    const asking = ['getChat', 'sendChatAction'];
    for (let calls = 0; calls < 500; calls += 1) {
      for (const method of posting) slack.workspace.fail(method, { kind: 'http', status: 503 });
      for (const method of [...sending, ...asking]) telegram.world.fail(method, { kind: 'cut' });
    }
    const told = performance.now();
    await tell({ name: 'Away', startsAt: Date.now() });
    await until('the journal to know', async () => (await groupNow('Away'))?.firing === 1);
    const known = performance.now() - told;
    const failed = () => slack.workspace.calls.some(({ answer }) => answer === '503');
    await until('a call to fail', failed);
    expect(platforms.map((platform) => scene.alertCards(platform, id))).toEqual([[], []]);
    for (const method of posting) while (slack.workspace.takeFault(method));
    for (const method of [...sending, ...asking]) while (telegram.world.takeFault(method));
    const back = performance.now();
    await cardsSay(/Away/);
    const shown = performance.now() - back;
    await tell({ name: 'Away', startsAt: Date.now() - 1_000, endsAt: Date.now() });
    await cardsSay(/The alert is resolved/);
    expect(known).toBeLessThan(5_000);
    expect(shown).toBeLessThan(30_000);
    table.push({
      fault: 'chat is away',
      seen: `journaled in ${Math.round(known)} ms; one card in each chat ${Math.round(shown)} ms after it was back`,
      also: 'test/outbound/outage.test.ts',
    });
  });

  it('Redis is away: 503, Alertmanager comes again, none is lost', async () => {
    running = await startAlertmanager({ webhook: scene.webhook, token: alertToken });
    const alerts = Array.from({ length: 200 }, (_, n) => ({
      labels: { alertname: `Storm${n % 4}`, environment: 'sandbox', instance: `i${n}` },
    }));
    const news = 'cutover_alerts_total{source="alertmanager",telling="news"}';
    const before = await metric(news);
    const refusals = 'cutover_alert_delivery_seconds_count{source="alertmanager",outcome="store-away"}';
    await scene.redis.stop();
    await running.post(alerts);
    const [manager = ''] = running.urls;
    const refusedBy = async () => {
      const text = await (await fetch(`${manager}/metrics`)).text();
      const line = /^alertmanager_notification_requests_failed_total\{integration="webhook"\} (\d+)$/m;
      return Number(line.exec(text)?.[1] ?? 0);
    };
    await until('three refusals', async () => (await refusedBy()) >= 3);
    expect((await send(JSON.stringify(payloadOf([{ name: 'Probe', startsAt: Date.now() }])))).status).toBe(
      503,
    );
    expect(await metric('cutover_store_up')).toBe(0);
    await expect(journal()).rejects.toThrow(/answered 503: .*"store-away"/);
    await scene.redis.start();
    await until('the bot to be ready', async () => (await fetch(`${scene.bot().url}/readyz`)).ok);
    await until('all to be news', async () => (await metric(news)) - before >= 200);
    const totals = async () =>
      Promise.all([0, 1, 2, 3].map(async (n) => (await groupNow(`Storm${n}`).catch(() => undefined))?.total));
    await until('all in the journal', async () => (await totals()).every((total) => total === 50), 90);
    expect((await metric(news)) - before).toBe(200);
    table.push({
      fault: 'Redis is away',
      seen: `${await metric(refusals)} deliveries answered 503, 200 of 200 alerts kept, each once`,
      also: 'test/alerts/outage.test.ts, alertmanager.test.ts',
    });
    const over = new Date().toISOString();
    await running.post(alerts.map((alert) => ({ ...alert, endsAt: over })));
    await cardsSay(/All 5 groups of alerts are resolved/, 120);
  });

  it('clocks differ by ten minutes: each alert is told, and over when it is', async () => {
    const skews = { Ahead: 10 * minute, Behind: -10 * minute };
    for (const [name, skew] of Object.entries(skews)) await tell({ name, startsAt: Date.now() + skew });
    for (const name of Object.keys(skews))
      await until(`${name} to fire`, async () => (await groupNow(name))?.firing === 1);
    for (const [name, skew] of Object.entries(skews)) {
      const startsAt = Date.now() + skew - 1_000;
      await tell({ name, startsAt, endsAt: Date.now() + skew });
    }
    for (const name of Object.keys(skews))
      await until(`${name} to be over`, async () => (await groupNow(name))?.firing === 0);
    table.push({
      fault: 'clocks ± 10 min',
      seen: 'both told as firing, and as over',
      also: 'test/alerts/hear.test.ts, desk.test.ts',
    });
  });

  it('an alert flaps 500 times: one card, few words', async () => {
    const posts = scene.slack.workspace.callsOf('chat.postMessage').length;
    const events = (await journal()).length;
    const start = Date.now();
    for (let turn = 0; turn < 500; turn += 1) {
      const startsAt = start + turn * 20;
      await tell({ name: 'Flapping', severity: 'page', startsAt });
      await tell({ name: 'Flapping', severity: 'page', startsAt, endsAt: startsAt + 10 });
    }
    const took = Date.now() - start;
    await until('it to be over', async () => (await groupNow('Flapping'))?.firing === 0);
    await cardsSay(/Flapping.*resolved/);
    const told = (await journal()).slice(events);
    const pings = told.filter(({ type }) => type === 'alerts.called').length;
    const posted = scene.slack.workspace.callsOf('chat.postMessage').length - posts;
    expect(pings).toBeLessThanOrEqual(1 + Math.ceil(took / minute));
    expect(told.length).toBeLessThan(10 + took / 1_000);
    expect(posted).toBeLessThanOrEqual(5);
    table.push({
      fault: 'an alert flaps 500 times',
      seen: `1,000 deliveries in ${took} ms: ${told.length} events, ${pings} pings, ${posted} posts, one card`,
      also: 'test/alerts-contract/contract.ts',
    });
  });

  it('a payload of 50 MB: refused, and not kept in memory', async () => {
    const before = await metric('process_resident_memory_bytes');
    const body = Buffer.alloc(50 * megabyte, ' ');
    const status = await send(body).then(
      (answer) => answer.status,
      (error: Error) => `cut off (${error.message})`,
    );
    const grown = Math.round(((await metric('process_resident_memory_bytes')) - before) / megabyte);
    expect([413, 'cut off (fetch failed)']).toContain(status);
    expect(grown).toBeLessThan(50);
    table.push({
      fault: 'a payload of 50 MB',
      seen: `${status}, memory ${grown} MB more`,
      also: 'test/alerts/webhooks.test.ts',
    });
  });

  it('malformed payloads: a clear 400, and the bot goes on', async () => {
    const whole = JSON.stringify(payloadOf([{ name: 'Malformed', startsAt: Date.now() }]));
    const broken = fc.oneof(
      fc.nat(whole.length - 1).map((at) => whole.slice(0, at)),
      fc.json(),
      fc.string({ unit: 'binary', minLength: 1 }),
      fc.constantFrom('alerts', 'groupKey', 'version').map((key) => whole.replace(`"${key}"`, '"other"')),
    );
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(broken, async (body) => {
        const answer = await send(body);
        expect(answer.status).toBe(400);
        const { error } = (await answer.json()) as { error: { why: string } };
        expect(error.why).toMatch(/\.$/);
        refused += 1;
      }),
      { numRuns: 300 },
    );
    await tell({ name: 'Afterwards', startsAt: Date.now() });
    await until('what comes after', async () => (await groupNow('Afterwards'))?.firing === 1);
    table.push({
      fault: 'malformed payloads',
      seen: `${refused} refused with 400 and a sentence; the next alert is taken`,
      also: 'test/alerts/webhooks.test.ts, readers.test.ts',
    });
  });
});

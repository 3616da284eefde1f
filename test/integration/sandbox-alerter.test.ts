import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { readAlertmanager } from '../../src/adapters/alerts/alertmanager.ts';
import { call, discard, sandboxForTest, until } from '../sandbox/support.ts';
import { json, serve, type TestServer } from '../support/http-server.ts';

let sandbox: Awaited<ReturnType<typeof sandboxForTest>>;
let receiver: TestServer;
let status: number;

beforeEach(async () => {
  status = 200;
  receiver = await serve((_, response) => json(response, {}, status));
  sandbox = await sandboxForTest();
  await call('PUT', `${sandbox.urls.supervisor}/load`, { readsPerSecond: 40, intentsPerSecond: 0 });
});
afterEach(async () => {
  await discard(sandbox);
  await receiver.stop();
});

const alertTo = () =>
  sandbox.alertTo({ webhook: `${receiver.url}/hook`, token: 'the-token', console: 'http://console.test' });
const breakBlue = (errors: number) =>
  call('PUT', `${sandbox.urls.supervisor}/faults/blue`, { errors, latencyMs: 0 });

/** What the receiver was told, each telling read as the bot reads it. */
const told = () =>
  receiver.seen.flatMap(({ body }) => {
    const reading = readAlertmanager(JSON.parse(body));
    if ('fault' in reading) throw new Error(reading.fault);
    return reading.tellings;
  });
const statuses = async () => told().map((telling) => `${telling.labels.alertname} ${telling.status}`);

const silenceSchema = z.array(
  z.object({ id: z.string(), createdBy: z.string(), status: z.object({ state: z.string() }) }),
);
async function silences(filter: string): Promise<z.infer<typeof silenceSchema>> {
  const answer = await fetch(`${sandbox.urls.alerter}/api/v2/silences?filter=${encodeURIComponent(filter)}`);
  return silenceSchema.parse(await answer.json());
}
async function silence(more: object = {}) {
  const [startsAt, endsAt] = [0, 60_000].map((after) => new Date(Date.now() + after).toISOString());
  return call('POST', `${sandbox.urls.alerter}/api/v2/silences`, {
    matchers: [{ name: 'alertname', value: 'HighErrorRate', isRegex: false, isEqual: true }],
    ...{ startsAt, endsAt, createdBy: 'Carol', comment: 'we know', ...more },
  });
}

describe('the alerter of the sandbox', { timeout: 30_000 }, () => {
  test('tells within seconds that a colour fails, and when it is mended', async () => {
    alertTo();
    await breakBlue(0.5);
    const began = performance.now();
    await until(statuses, (all) => all.includes('HighErrorRate firing'), 10_000);
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(receiver.seen[0]?.headers.authorization).toBe('Bearer the-token');
    const [first] = told();
    expect(first).toMatchObject({
      groupKey: '{}:{alertname="HighErrorRate"}',
      labels: { alertname: 'HighErrorRate', colour: 'blue', environment: 'sandbox', severity: 'page' },
      annotations: { summary: expect.stringMatching(/% of the requests to blue fail \(limit 1 %\)$/) },
      links: [
        { label: 'Dashboard', href: 'http://console.test/sandbox/dashboard' },
        { label: 'Runbook', href: 'http://console.test/sandbox/runbooks/HighErrorRate' },
      ],
    });
    await breakBlue(0);
    await until(statuses, (all) => all.includes('HighErrorRate resolved'), 15_000);
    expect(told().at(-1)).toMatchObject({
      fingerprint: first?.fingerprint,
      startsAt: first?.startsAt,
      endsAt: expect.any(String),
    });
    expect(new Set(await statuses())).toEqual(new Set(['HighErrorRate firing', 'HighErrorRate resolved']));
  });

  test('tries again after a 503 until it is taken', async () => {
    status = 503;
    alertTo();
    await breakBlue(0.5);
    await until(
      async () => receiver.seen.length,
      (count) => count >= 2,
      10_000,
    );
    status = 200;
    const refused = receiver.seen.length;
    await until(
      async () => receiver.seen.length,
      (count) => count > refused,
      10_000,
    );
    expect(new Set(told().map(({ startsAt }) => startsAt)).size).toBe(1);
  });

  test('keeps silent about what is silenced, until the silence is removed', async () => {
    const { body, status: made } = await silence();
    expect(made).toBe(200);
    expect(await silences('alertname="HighErrorRate"')).toMatchObject([
      { id: body.silenceID, createdBy: 'Carol', status: { state: 'active' } },
    ]);
    expect(await silences('alertname="Other"')).toEqual([]);
    alertTo();
    await breakBlue(0.5);
    const alerts = async () => (await fetch(`${sandbox.urls.alerter}/api/v2/alerts`)).json();
    await until(alerts, (all) => JSON.stringify(all).includes('suppressed'), 10_000);
    expect(receiver.seen).toEqual([]);
    const one = `${sandbox.urls.alerter}/api/v2/silence/${body.silenceID}`;
    expect((await fetch(one, { method: 'DELETE' })).status).toBe(200);
    expect((await call('GET', one)).body).toMatchObject({ status: { state: 'expired' } });
    await until(statuses, (all) => all.includes('HighErrorRate firing'), 10_000);
  });

  test('refuses a silence that Alertmanager refuses, and one that there is not', async () => {
    const { alerter } = sandbox.urls;
    const refusals = [
      { matchers: [] },
      { comment: '' },
      { endsAt: new Date(Date.now() - 1_000).toISOString() },
      { matchers: [{ name: 'a', value: '(', isRegex: true, isEqual: true }] },
    ];
    for (const wrong of refusals) {
      const answer = await fetch(`${alerter}/api/v2/silences`, {
        method: 'POST',
        body: JSON.stringify({
          ...{ startsAt: new Date().toISOString(), endsAt: new Date(Date.now() + 9_000).toISOString() },
          ...{ createdBy: 'Carol', comment: 'we know' },
          matchers: [{ name: 'a', value: 'b', isRegex: false, isEqual: true }],
          ...wrong,
        }),
      });
      expect(answer.status, JSON.stringify(wrong)).toBe(400);
    }
    for (const method of ['GET', 'DELETE'])
      expect((await fetch(`${alerter}/api/v2/silence/unknown`, { method })).status).toBe(404);
    expect(await silences('a="b"')).toEqual([]);
  });
});

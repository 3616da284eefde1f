import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loggingRetention } from '../../src/steps/logging-retention.ts';
import { monitoringLogalert } from '../../src/steps/monitoring-logalert.ts';
import { monitoringThreshold } from '../../src/steps/monitoring-threshold.ts';
import { monitoringUptime } from '../../src/steps/monitoring-uptime.ts';
import { secretsSnapshot } from '../../src/steps/secrets-snapshot.ts';
import { contextFor } from '../support/step-context.ts';
import { call } from './client.ts';
import { type GoogleForTest, googleForTest, project } from './double.ts';
import { drive, dyingFetch, optionsFor, recover } from './drive.ts';

let google: GoogleForTest;
beforeEach(async () => {
  google = await googleForTest();
});
afterEach(() => google.stop());

const kept = (collection: 'uptimeCheckConfigs' | 'alertPolicies' | 'notificationChannels') =>
  Object.values(google.state.operations[collection]);
const uptime = { connection: 'google', hosts: ['trader.sapphire.test', 'api.sapphire.test'] };
const topic = 'projects/sapphire/topics/alerts';
const logAlert = {
  connection: 'google',
  title: 'Aster errors',
  filter: 'severity>=ERROR',
  topic,
  labels: { severity: 'page' },
};

const metric = 'metric.type="run.googleapis.com/request_count" AND resource.type="cloud_run_revision"';
const threshold = {
  ...{ connection: 'google', title: '5xx spikes', topic, labels: { severity: 'page' } },
  filter: `${metric} AND metric.labels.response_code_class="5xx"`,
  ...{ ratioTo: metric, measure: 'count', over: '5m', above: 0.05, lasting: '2m' },
  groupBy: ['resource.label.service_name'],
};

describe('the double, as Google would refuse', () => {
  const alert = (more: object) => ({
    displayName: 'Errors',
    combiner: 'OR',
    conditions: [{ displayName: 'Errors', conditionMatchedLog: { filter: 'severity>=ERROR' } }],
    alertStrategy: { notificationRateLimit: { period: '300s' } },
    ...more,
  });
  const spike = (condition: object, more: object = {}) => ({
    ...{ displayName: 'Spikes', combiner: 'OR', ...more },
    conditions: [
      {
        displayName: 'Spikes',
        conditionThreshold: {
          ...{ filter: metric, comparison: 'COMPARISON_GT', thresholdValue: 1, duration: '0s' },
          aggregations: [{ alignmentPeriod: '60s', perSeriesAligner: 'ALIGN_RATE' }],
          ...condition,
        },
      },
    ],
  });
  const post = (collection: string, body: object) =>
    call(google.url, 'POST', `/v3/projects/${project}/${collection}`, body);

  it.each([
    [
      'an unknown field',
      'alertPolicies',
      alert({ colour: 'red' }),
      '400 INVALID_ARGUMENT: Invalid JSON payload',
    ],
    ['a wrong enum', 'alertPolicies', alert({ combiner: 'BOTH' }), '400 INVALID_ARGUMENT: Invalid value'],
    [
      'a log alert without a rate limit',
      'alertPolicies',
      alert({ alertStrategy: {} }),
      '400 .* notification rate limit',
    ],
    [
      'a metric without a resource',
      'alertPolicies',
      spike({ filter: 'metric.type="a"' }),
      '400 .*"resource.type"',
    ],
    [
      'a comparison that there is not',
      'alertPolicies',
      spike({ comparison: 'COMPARISON_GE' }),
      '400 .*COMPARISON_GT',
    ],
    ['half a minute', 'alertPolicies', spike({ duration: '30s' }), '400 .*multiple of a minute'],
    [
      'a measure over seconds',
      'alertPolicies',
      spike({ aggregations: [{ alignmentPeriod: '10s' }] }),
      '400 .*at least 60 seconds',
    ],
    [
      'an aligner that there is not',
      'alertPolicies',
      spike({ aggregations: [{ perSeriesAligner: 'SUM' }] }),
      '400 ',
    ],
    [
      'a metric alert with a rate limit',
      'alertPolicies',
      spike({}, { alertStrategy: { notificationRateLimit: { period: '300s' } } }),
      '400 .*only log-based',
    ],
    ['a channel that there is not', 'alertPolicies', alert({ notificationChannels: ['x'] }), '404 NOT_FOUND'],
    ['a label that is none', 'alertPolicies', alert({ userLabels: { 'A b': 'c' } }), '400 INVALID_ARGUMENT'],
    ['a channel without a topic', 'notificationChannels', { type: 'pubsub', labels: {} }, '400 .*topic'],
    [
      'a check without a host',
      'uptimeCheckConfigs',
      { displayName: 'x', httpCheck: {} },
      '400 INVALID_ARGUMENT',
    ],
  ])('%s', async (_, collection, body, error) => {
    expect((await post(collection, body)).error).toMatch(new RegExp(`^${error}`));
    expect(google.effects()).toEqual([]);
  });

  it('a locked bucket, a retention that can’t be, a missing mask, and the value of a secret', async () => {
    const bucket = (name: string, query: string, body: object) =>
      call(google.url, 'PATCH', `/v2/projects/${project}/locations/global/buckets/${name}${query}`, body);
    const mask = '?updateMask=retentionDays';
    expect((await bucket('_Required', mask, { retentionDays: 9 })).error).toMatch(/^400 FAILED_PRECONDITION/);
    expect((await bucket('_Default', mask, { retentionDays: 9_999 })).error).toMatch(/^400 INVALID_ARGUMENT/);
    expect((await bucket('_Default', '', { retentionDays: 9 })).error).toMatch(/^400 INVALID_ARGUMENT/);
    const value = `/v1/projects/${project}/secrets/aster-key/versions/3:access`;
    expect((await call(google.url, 'GET', value)).error).toMatch(/^403 PERMISSION_DENIED/);
  });
});

describe('monitoring.uptime', () => {
  it('makes one check for each host, leaves it when it is so, and changes it when it is not', async () => {
    const made = await drive(monitoringUptime, uptime, { google });
    expect(made.result).toMatchObject({
      summary: 'Uptime checks: trader.sapphire.test made and api.sapphire.test made',
    });
    expect(kept('uptimeCheckConfigs')).toMatchObject([
      {
        monitoredResource: {
          type: 'uptime_url',
          labels: { project_id: project, host: 'trader.sapphire.test' },
        },
        httpCheck: { path: '/', useSsl: true, validateSsl: true },
        period: '60s',
        userLabels: { cutover: 'test-sandbox-probe-trader_sapphire_test' },
      },
      {},
    ]);
    const again = await drive(monitoringUptime, uptime, { google, options: { attempt: 2 } });
    expect(again.result).toMatchObject({
      summary: expect.stringContaining('trader.sapphire.test left as it was'),
    });
    const slower = await drive(
      monitoringUptime,
      { ...uptime, every: '5m' },
      { google, options: { attempt: 3 } },
    );
    expect(slower.result).toMatchObject({ summary: expect.stringContaining('api.sapphire.test changed') });
    expect(kept('uptimeCheckConfigs').map(({ period }) => period)).toEqual(['300s', '300s']);
  });
});

describe('monitoring.logalert', () => {
  it('makes an alert with a channel to the bot, once each, over several rollouts', async () => {
    await drive(monitoringLogalert, logAlert, { google });
    const { result } = await drive(
      monitoringLogalert,
      { ...logAlert, every: '10m' },
      { google, options: { attempt: 2 } },
    );
    expect(result).toMatchObject({ status: 'succeeded', summary: 'Alert "Aster errors" changed' });
    expect(kept('notificationChannels').filter(({ type }) => type === 'pubsub')).toMatchObject([
      { labels: { topic } },
    ]);
    expect(kept('alertPolicies')).toMatchObject([
      {
        conditions: [{ conditionMatchedLog: { filter: 'severity>=ERROR' } }],
        alertStrategy: { notificationRateLimit: { period: '600s' } },
        notificationChannels: [expect.stringContaining('/notificationChannels/')],
        userLabels: { cutover: 'test-sandbox-probe', severity: 'page' },
      },
    ]);
  });

  it('changes back what somebody made of it by hand, and tells of a second one', async () => {
    await drive(monitoringLogalert, logAlert, { google });
    const [policy] = kept('alertPolicies');
    const path = `/v3/${policy?.name}?updateMask=displayName`;
    expect((await call(google.url, 'PATCH', path, { displayName: 'Mine' })).error).toBe('');
    const { name: _, ...copy } = policy ?? {};
    await call(google.url, 'POST', `/v3/projects/${project}/alertPolicies`, copy);
    const { result } = await drive(monitoringLogalert, logAlert, { google, options: { attempt: 2 } });
    expect(result).toMatchObject({
      summary: expect.stringMatching(/remove what carries the same label: projects\//),
    });
  });
});

describe('monitoring.threshold', () => {
  it('makes an alert on the share of failed requests, once, and changes it back', async () => {
    const made = await drive(monitoringThreshold, threshold, { google });
    expect(made.result).toMatchObject({ status: 'succeeded', summary: 'Alert "5xx spikes" made' });
    const aggregation = {
      ...{ alignmentPeriod: '300s', perSeriesAligner: 'ALIGN_DELTA', crossSeriesReducer: 'REDUCE_SUM' },
      groupByFields: ['resource.label.service_name'],
    };
    expect(kept('alertPolicies')).toMatchObject([
      {
        conditions: [
          {
            conditionThreshold: {
              ...{ filter: threshold.filter, denominatorFilter: threshold.ratioTo },
              ...{ aggregations: [aggregation], denominatorAggregations: [aggregation] },
              ...{ comparison: 'COMPARISON_GT', thresholdValue: 0.05, duration: '120s' },
            },
          },
        ],
        alertStrategy: { autoClose: '1800s' },
        notificationChannels: [expect.stringContaining('/notificationChannels/')],
        userLabels: { cutover: 'test-sandbox-probe', severity: 'page' },
      },
    ]);
    const attempt = (nth: number, more = {}) =>
      drive(monitoringThreshold, { ...threshold, ...more }, { google, options: { attempt: nth } });
    expect((await attempt(2)).result).toMatchObject({ summary: 'Alert "5xx spikes" left as it was' });
    const [policy] = kept('alertPolicies');
    const path = `/v3/${policy?.name}?updateMask=displayName`;
    expect((await call(google.url, 'PATCH', path, { displayName: 'Mine' })).error).toBe('');
    expect((await attempt(3)).result).toMatchObject({ summary: 'Alert "5xx spikes" changed' });
    const slow = { above: undefined, below: 0, measure: 'rate', ratioTo: undefined };
    expect((await attempt(4, slow)).result).toMatchObject({ summary: 'Alert "5xx spikes" changed' });
    expect((await attempt(5, slow)).result).toMatchObject({ summary: 'Alert "5xx spikes" left as it was' });
    expect(kept('alertPolicies')).toHaveLength(1);
  });
});

describe('logging.retention', () => {
  const days = () =>
    google.state.operations.buckets[`projects/${project}/locations/global/buckets/_Default`]?.retentionDays;

  it('raises, and puts back what was captured', async () => {
    const { result, captured } = await drive(
      loggingRetention,
      { connection: 'google', days: 90 },
      { google },
    );
    expect(result).toMatchObject({ summary: 'Logs in _Default are kept for 90 days' });
    expect(captured).toEqual({ bucket: '_Default', location: 'global', days: 30, raised: 90 });
    expect(days()).toBe(90);
    await drive(
      loggingRetention,
      { connection: 'google', restore: captured },
      { google, options: { attempt: 2 } },
    );
    expect(days()).toBe(30);
  });

  it('never lowers, and tells a locked bucket as what it is', async () => {
    await drive(loggingRetention, { connection: 'google', days: 7 }, { google });
    expect(days()).toBe(30);
    const locked = { connection: 'google', bucket: '_Required', days: 800 };
    expect((await drive(loggingRetention, locked, { google, options: { attempt: 2 } })).result).toMatchObject(
      {
        status: 'failed',
        summary: expect.stringContaining('is locked'),
        retryable: false,
      },
    );
  });

  it('shows in the plan what stands there', async () => {
    const context = contextFor(loggingRetention, { connection: 'google', days: 90 }, optionsFor({ google }));
    expect((await loggingRetention.plan(context)).diff).toEqual([
      { what: '_Default', before: '30 days', after: '90 days' },
    ]);
  });
});

describe('secrets.snapshot', () => {
  const snapshot = (...secrets: string[]) =>
    drive(secretsSnapshot, { connection: 'google', secrets }, { google });

  it('keeps the names of the newest versions that can be used, and reads no value', async () => {
    const { result } = await snapshot('aster-key', 'telegram-token');
    expect(result).toMatchObject({
      status: 'succeeded',
      summary: 'Versions in use: aster-key 3 and telegram-token 1',
      output: { versions: [{ version: `projects/${project}/secrets/aster-key/versions/3` }, {}] },
    });
    expect(google.seen.map(({ path }) => path).filter((path) => path.includes(':access'))).toEqual([]);
  });

  it('tells a secret that there is not', async () => {
    expect((await snapshot('aster-kye')).result).toMatchObject({
      status: 'failed',
      summary: expect.stringContaining('aster-kye] not found'),
    });
  });
});

const changes = [
  ['monitoring.uptime', monitoringUptime, { ...uptime, hosts: ['api.sapphire.test'] }],
  ['monitoring.logalert', monitoringLogalert, { ...logAlert, topic: undefined }],
  ['monitoring.threshold', monitoringThreshold, { ...threshold, topic: undefined }],
  ['logging.retention', loggingRetention, { connection: 'google', days: 90 }],
] as const;

describe.each(changes)('%s under faults', (uses, given, wanted) => {
  const kind = given as typeof loggingRetention;
  const input = () =>
    uses === 'monitoring.logalert' || uses === 'monitoring.threshold'
      ? { ...wanted, channels: [google.madeChannel] }
      : wanted;
  const changing = uses === 'logging.retention' ? 'PATCH' : 'POST';
  const rule = (more: object) => ({
    rules: [{ method: changing, path: '/projects/', times: 1, delayMs: 0, ...more }],
  });

  it('takes effect once when a reply is lost', async () => {
    google.disturb(rule({ lose: 'reply' as const }));
    expect((await drive(kind, input(), { google })).result.status).toBe('succeeded');
    expect(kept('uptimeCheckConfigs').length + kept('alertPolicies').length).toBeLessThanOrEqual(1);
  });

  it.each(['before', 'after'] as const)(
    'killed %s its change reached Google, it is there once',
    async (when) => {
      const { fetch, signal } = dyingFetch(when);
      const dead = drive(kind, input(), { google, signal, options: { world: { fetch } } });
      await expect(dead).rejects.toThrow('killed');
      const { seen, result } = await recover(kind, input(), { google });
      expect(seen).toBe(when === 'before' ? 'absent' : 'present');
      expect(result).toHaveProperty('summary');
      expect(google.effects()).toHaveLength(1);
    },
  );

  it('tells a missing right as what it is', async () => {
    google.disturb(rule({ status: 403 }));
    expect((await drive(kind, input(), { google })).result).toMatchObject({
      status: 'failed',
      retryable: false,
    });
  });
});

it('a lost request of what can’t be guarded is not sent again by itself', async () => {
  google.disturb({ rules: [{ method: 'POST', path: '/uptime', times: 1, delayMs: 0, lose: 'request' }] });
  await expect(
    drive(monitoringUptime, { ...uptime, hosts: ['api.sapphire.test'] }, { google }),
  ).rejects.toThrow('Cloud Monitoring can’t be reached'.replace('’', "'"));
  expect(google.mutations()).toHaveLength(1);
});

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loggingMetric } from '../../src/steps/logging-metric.ts';
import { monitoringThreshold } from '../../src/steps/monitoring-threshold.ts';
import { call } from './client.ts';
import { type GoogleForTest, googleForTest, project } from './double.ts';
import { drive } from './drive.ts';

let google: GoogleForTest;
beforeEach(async () => {
  google = await googleForTest();
});
afterEach(() => google.stop());

const byClass = { class: 'REGEXP_EXTRACT(jsonPayload.status, "^([45])")' };
const counted = {
  connection: 'google',
  name: 'aster',
  filter: 'jsonPayload.upstream="aster" AND jsonPayload.status>=400',
  labels: byClass,
};
const spikes = {
  ...{ connection: 'google', title: 'The Aster API fails', above: 0.1, over: '5m' },
  filter:
    'metric.type="logging.googleapis.com/user/aster" AND resource.type="cloud_run_revision" AND metric.labels.class="5"',
  topic: 'projects/sapphire/topics/alerts',
};
const path = `/v2/projects/${project}/metrics/aster`;
const kept = () => google.state.operations.metrics[`projects/${project}/metrics/aster`];
const count = async (more: object = {}, attempt = 1) =>
  (await drive(loggingMetric, { ...counted, ...more }, { google, options: { attempt } })).result;
const alert = async (more: object = {}, attempt = 1) =>
  (await drive(monitoringThreshold, { ...spikes, ...more }, { google, options: { attempt } })).result;

describe('the double, as Google would refuse', () => {
  const descriptor = { metricKind: 'DELTA', valueType: 'INT64', labels: [{ key: 'class' }] };
  const metric = {
    name: 'aster',
    filter: 'severity>=ERROR',
    metricDescriptor: descriptor,
    labelExtractors: byClass,
  };

  it.each<[string, object, string]>([
    ['an unknown field', { colour: 'red' }, 'Invalid JSON payload.*"colour"'],
    ['a wrong enum', { metricDescriptor: { metricKind: 'RATE' } }, 'Invalid value at'],
    ['another name', { name: 'other' }, 'The name differs'],
    ['no filter', { filter: '' }, '.*must have a filter'],
    ['a filter that is none', { filter: 'severity>' }, 'Unparseable filter'],
    ['a descriptor without a kind', { metricDescriptor: { labels: [{ key: 'class' }] } }, '.*DELTA'],
    ['labels without extractors', { labelExtractors: {} }, 'Number of label descriptors must match'],
    ['an extractor that is none', { labelExtractors: { class: 'status' } }, 'Invalid extractor'],
    [
      'an extractor with two groups',
      { labelExtractors: { class: 'REGEXP_EXTRACT(jsonPayload.status, "(4)(5)")' } },
      '.*exactly one capture group',
    ],
  ])('%s', async (_, more, error) => {
    const told = await call(google.url, 'PUT', path, { ...metric, ...more });
    expect(told.error).toMatch(new RegExp(`^400 INVALID_ARGUMENT: ${error}`));
    expect(google.effects()).toEqual([]);
  });

  it('a label that is taken away', async () => {
    expect((await call(google.url, 'PUT', path, metric)).error).toBe('');
    const without = { ...metric, metricDescriptor: { ...descriptor, labels: [] }, labelExtractors: {} };
    expect((await call(google.url, 'PUT', path, without)).error).toMatch(/^400 .*class can’t be removed/);
  });

  it('a metric that there is not', async () => {
    expect((await call(google.url, 'GET', path)).error).toMatch(/^404 NOT_FOUND/);
  });
});

describe('logging.metric', () => {
  it('makes a metric, leaves it when it is so, and changes it when it is not', async () => {
    expect(await count()).toEqual({
      status: 'succeeded',
      summary: 'Metric aster made',
      output: { name: 'aster', type: 'logging.googleapis.com/user/aster' },
    });
    expect(kept()).toMatchObject({
      name: 'aster',
      filter: counted.filter,
      description: 'Made by Cutover: test-sandbox-probe',
      metricDescriptor: { metricKind: 'DELTA', valueType: 'INT64', labels: [{ key: 'class' }] },
      labelExtractors: byClass,
    });
    expect(await count({}, 2)).toMatchObject({ summary: 'Metric aster left as it was' });
    expect(google.effects()).toHaveLength(1);
    const more = { labels: { ...byClass, path: 'EXTRACT(jsonPayload.path)' } };
    expect(await count(more, 3)).toMatchObject({ summary: 'Metric aster changed' });
    expect(await count(more, 4)).toMatchObject({ summary: 'Metric aster left as it was' });
  });

  it('puts back what somebody switched off by hand', async () => {
    await count();
    const { createTime: _, updateTime: __, ...metric } = kept() ?? {};
    expect((await call(google.url, 'PUT', path, { ...metric, disabled: true })).error).toBe('');
    expect(await count({}, 2)).toMatchObject({ summary: 'Metric aster changed' });
    expect(kept()).not.toHaveProperty('disabled');
  });

  it('leaves a metric alone that something else made', async () => {
    const theirs = { name: 'aster', filter: 'severity>=ERROR', description: 'Ours' };
    expect((await call(google.url, 'PUT', path, theirs)).error).toBe('');
    expect(await count()).toMatchObject({
      status: 'failed',
      summary: 'There is a metric aster that this step did not make; it was left alone',
      detail: expect.stringContaining('another name'),
    });
    expect(kept()).toMatchObject(theirs);
  });

  it('tells a label that can’t be taken away, in Google’s words', async () => {
    await count();
    expect(await count({ labels: {} }, 2)).toMatchObject({
      status: 'failed',
      summary: expect.stringContaining('class can’t be removed'),
      retryable: false,
    });
  });
});

describe('an alert on it', () => {
  it('is refused until Monitoring knows the metric, and can be tried again then', async () => {
    google.disturb({ metricMs: 600_000 });
    await count();
    expect(await alert()).toMatchObject({
      status: 'failed',
      summary: expect.stringContaining('it could take up to 10 minutes'),
      retryable: true,
    });
    expect(Object.values(google.state.operations.alertPolicies)).toEqual([]);
    google.pass(600_000);
    expect(await alert({}, 2)).toMatchObject({ summary: 'Alert "The Aster API fails" made' });
    expect(Object.values(google.state.operations.alertPolicies)).toMatchObject([
      {
        conditions: [
          {
            conditionThreshold: {
              filter: spikes.filter,
              aggregations: [
                { alignmentPeriod: '300s', perSeriesAligner: 'ALIGN_RATE', crossSeriesReducer: 'REDUCE_SUM' },
              ],
              comparison: 'COMPARISON_GT',
              thresholdValue: 0.1,
            },
          },
        ],
        notificationChannels: [expect.stringContaining('/notificationChannels/')],
      },
    ]);
    expect(await alert({}, 3)).toMatchObject({ summary: 'Alert "The Aster API fails" left as it was' });
  });

  it('is refused a label that the metric has not', async () => {
    await count();
    const filter = spikes.filter.replace('labels.class', 'labels.colour');
    expect(await alert({ filter })).toMatchObject({
      status: 'failed',
      summary: expect.stringContaining('Check the metric name and labels'),
    });
  });
});

import type { Json } from '../../../src/core/json.ts';
import { canonicalJson } from '../../../src/core/json.ts';
import type { GoogleAnswer, GoogleCall, GoogleRoute } from '../call.ts';
import type { OperationsState } from '../operations/resource.ts';
import { type Refusal, refusal } from '../refusal.ts';
import { faultIn, type Proto } from '../shape.ts';
import { parseFilter } from './filter.ts';

interface Label {
  key: string;
  valueType?: string;
}

interface Metric {
  name?: string;
  filter?: string;
  metricDescriptor?: { metricKind?: string; valueType?: string; labels?: Label[] };
  labelExtractors?: Record<string, string>;
}

interface Parts {
  proto: Proto;
  state: OperationsState;
  /** Milliseconds since the epoch. */
  now(): number;
}

const path = '/v2/projects/{project}/metrics';
const extractor = /^(?:EXTRACT\([\w."@-]+\)|REGEXP_EXTRACT\([\w."@-]+, ?"((?:[^"\\]|\\.)+)"\))$/;

function invalid(text: string, field: string): Refusal {
  return refusal('INVALID_ARGUMENT', text, field);
}

function groupsIn(pattern: string): number {
  return (new RegExp(`${pattern}|`).exec('')?.length ?? 1) - 1;
}

function checkLabels({ metricDescriptor, labelExtractors = {} }: Metric): void {
  const labels = metricDescriptor?.labels ?? [];
  if (labels.length !== Object.keys(labelExtractors).length)
    throw invalid('Number of label descriptors must match number of label extractors', 'label_extractors');
  if (labels.length > 10) throw invalid('A metric has ten labels at most.', 'metric_descriptor.labels');
  for (const { key } of labels) {
    const match = extractor.exec(labelExtractors[key] ?? '');
    if (match === null) throw invalid(`Invalid extractor for label ${key}.`, 'label_extractors');
    if (match[1] !== undefined && groupsIn(match[1]) !== 1)
      throw invalid('A regex must include exactly one capture group.', 'label_extractors');
  }
}

/** What a metric has once it is made stays: its kind, and each of its labels. */
function checkChange(before: Metric, { metricDescriptor }: Metric): void {
  const [was, is] = [before.metricDescriptor, metricDescriptor];
  if (was?.metricKind !== is?.metricKind || was?.valueType !== is?.valueType)
    throw invalid('The metric kind and the value type can’t be updated.', 'metric_descriptor');
  const keys = (is?.labels ?? []).map(({ key }) => key);
  const gone = (was?.labels ?? []).find(({ key }) => !keys.includes(key));
  if (gone !== undefined)
    throw invalid(`The label ${gone.key} can’t be removed.`, 'metric_descriptor.labels');
}

function checkWhole(metric: Metric, name: string): void {
  if (metric.name !== name) throw invalid('The name differs from that of the metric.', 'metric.name');
  if (!/^[\w.,+!*'()%-][\w.,+!*'()%/-]{0,99}$/.test(name))
    throw invalid('Invalid metric name.', 'metric.name');
  if (metric.filter === undefined || metric.filter === '')
    throw invalid('A metric must have a filter.', 'metric.filter');
  parseFilter(metric.filter);
  const { metricKind, valueType } = metric.metricDescriptor ?? { metricKind: 'DELTA', valueType: 'INT64' };
  if (metricKind !== 'DELTA' || valueType !== 'INT64')
    throw invalid('This double has metrics of the kind DELTA with INT64 alone.', 'metric.metric_descriptor');
  checkLabels(metric);
}

/** Values of enums that are the first ones stand in no answer: the value type STRING of a label is one. */
function answered({ metricDescriptor, ...metric }: Metric): { [field: string]: Json } {
  const labels = (metricDescriptor?.labels ?? []).map(({ valueType, ...label }) =>
    valueType === undefined || valueType === 'STRING' ? label : { ...label, valueType },
  );
  const type = `logging.googleapis.com/user/${metric.name}`;
  const descriptor = {
    metricKind: 'DELTA',
    valueType: 'INT64',
    unit: '1',
    ...metricDescriptor,
    labels,
    type,
  };
  return { ...metric, metricDescriptor: descriptor } as { [field: string]: Json };
}

/** Metrics that are counted from logs (https://cloud.google.com/logging/docs/reference/v2/rest/v2/projects.metrics). */
export function metricRoutes({ proto, state, now }: Parts): GoogleRoute[] {
  const nameOf = ({ params }: GoogleCall): string => `projects/${params.project}/metrics/${params.metric}`;

  function read(call: GoogleCall): GoogleAnswer {
    const found = state.metrics[nameOf(call)];
    if (found === undefined) throw refusal('NOT_FOUND', `Metric ${call.params.metric} does not exist.`);
    return { status: 200, body: found };
  }

  function put(call: GoogleCall): GoogleAnswer {
    const fault = faultIn(proto, 'LogMetric', call.body, 'metric');
    if (fault !== undefined) throw fault;
    const given = call.body as Metric;
    checkWhole(given, String(call.params.metric));
    const before = state.metrics[nameOf(call)];
    if (before !== undefined) checkChange(before as Metric, given);
    const at = new Date(now()).toISOString();
    const { createTime = at, updateTime, ...rest } = before ?? {};
    const made = answered(given);
    if (before !== undefined && canonicalJson(rest as Json) === canonicalJson(made)) return read(call);
    state.metrics[nameOf(call)] = { ...made, createTime, updateTime: at };
    return { ...read(call), changed: true };
  }

  function list({ params }: GoogleCall): GoogleAnswer {
    const prefix = `projects/${params.project}/metrics/`;
    const found = Object.entries(state.metrics).filter(([name]) => name.startsWith(prefix));
    return { status: 200, body: found.length === 0 ? {} : { metrics: found.map(([, metric]) => metric) } };
  }

  return [
    { method: 'GET', path, query: ['pageSize', 'pageToken'], handle: list },
    { method: 'GET', path: `${path}/{metric}`, handle: read },
    { method: 'PUT', path: `${path}/{metric}`, handle: put },
  ];
}

const named = /metric\.type\s*=\s*"logging\.googleapis\.com\/user\/([^"]+)"/;
/** The labels that each such metric has of itself. */
const ownLabels = ['log'];

/** Whether Monitoring knows a metric yet, by the time that it needs for it. */
interface Known {
  state: OperationsState;
  now(): number;
  /** Milliseconds until Monitoring knows a new metric. */
  metricTime(): number;
}

/** Refuses a policy's filter on a metric from logs that Monitoring doesn't know, or not yet, as it does. */
export function checkMetricKnown({ state, now, metricTime }: Known, project: string, filter: string): void {
  const name = named.exec(filter)?.[1];
  if (name === undefined) return;
  const metric = state.metrics[`projects/${project}/metrics/${name}`];
  if (metric === undefined || Date.parse(String(metric.createTime)) + metricTime() > now()) {
    const text = `Cannot find metric(s) that match type = "logging.googleapis.com/user/${name}". If a metric was created recently, it could take up to 10 minutes to become available. Please try again soon.`;
    throw refusal('NOT_FOUND', text);
  }
  const has = [...ownLabels, ...Object.keys((metric as Metric).labelExtractors ?? {})];
  const asked = [...filter.matchAll(/metric\.labels?\.(\w+)/g)].map(([, label = '']) => label);
  if (asked.some((label) => !has.includes(label))) {
    const text = 'The metric referenced by the provided filter is unknown. Check the metric name and labels.';
    throw refusal('NOT_FOUND', text);
  }
}

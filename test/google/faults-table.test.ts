import { afterAll, describe, expect, it } from 'vitest';
import type { GoogleFaults } from '../../sandbox/google/faults.ts';
import type { StepKind, StepResult } from '../../src/ports/step.ts';
import { stepKinds } from '../../src/steps/registry.ts';
import { type GoogleForTest, googleForTest, newImage } from './double.ts';
import { type Drive, drive, dyingFetch, recover } from './drive.ts';

const on = { connection: 'google' };
const first = 'api-00001-abc';
const topic = 'projects/sapphire/topics/alerts';
const log = { ...on, title: 'Errors', filter: 'severity>=ERROR' };
const metric = 'metric.type="run.googleapis.com/request_count" AND resource.type="cloud_run_revision"';
const spikes = { ...on, title: 'Spikes', filter: metric, above: 1 };
const counted = { ...on, name: 'aster', filter: 'severity>=ERROR' };
const uptime = { ...on, hosts: ['api.sapphire.test'] };
const traffic = { service: 'api', traffic: [{ revision: first, percent: 100 }] };

/** Each call that changes something, by the step that makes it. */
interface Row {
  uses: string;
  call: { method: string; path: string };
  /** What the service answers where somebody changed the thing meanwhile. */
  conflict?: 409 | 412;
  /** Its change is brought about by an operation. */
  operation?: true;
  /** The step before, so that this one finds something to change. */
  before?: object;
  input(google: GoogleForTest): object;
}

const run = { method: 'PATCH', path: '/services/api' };
const rows: Row[] = [
  {
    ...{ uses: 'cloudrun.deploy', call: run, conflict: 409, operation: true },
    input: () => ({ ...on, service: 'api', image: newImage, tag: 'next' }),
  },
  {
    ...{ uses: 'cloudrun.traffic', call: run, conflict: 409, operation: true },
    input: () => ({ ...on, restore: traffic }),
  },
  {
    ...{ uses: 'cloudrun.ingress', call: run, conflict: 409, operation: true },
    input: () => ({ ...on, service: 'api', ingress: 'internal' }),
  },
  {
    uses: 'certificate.attach',
    call: { method: 'PATCH', path: '/targetHttpsProxies/front' },
    ...{ conflict: 412, operation: true },
    input: () => ({ ...on, proxy: 'front', certificates: ['sapphire-cert'] }),
  },
  { uses: 'monitoring.uptime', call: { method: 'POST', path: '/uptimeCheckConfigs' }, input: () => uptime },
  {
    uses: 'monitoring.uptime',
    call: { method: 'PATCH', path: '/uptimeCheckConfigs/' },
    before: uptime,
    input: () => ({ ...uptime, every: '5m' }),
  },
  {
    uses: 'monitoring.logalert',
    call: { method: 'POST', path: '/notificationChannels' },
    input: () => ({ ...log, topic }),
  },
  {
    uses: 'monitoring.logalert',
    call: { method: 'POST', path: '/alertPolicies' },
    input: ({ madeChannel }) => ({ ...log, channels: [madeChannel] }),
  },
  {
    uses: 'monitoring.logalert',
    call: { method: 'PATCH', path: '/alertPolicies/' },
    before: { ...log, topic },
    input: () => ({ ...log, topic, every: '10m' }),
  },
  {
    uses: 'monitoring.threshold',
    call: { method: 'POST', path: '/alertPolicies' },
    input: ({ madeChannel }) => ({ ...spikes, channels: [madeChannel] }),
  },
  {
    uses: 'monitoring.threshold',
    call: { method: 'PATCH', path: '/alertPolicies/' },
    before: { ...spikes, topic },
    input: () => ({ ...spikes, topic, above: 2 }),
  },
  {
    uses: 'logging.metric',
    call: { method: 'PUT', path: '/metrics/aster' },
    input: () => counted,
  },
  {
    uses: 'logging.metric',
    call: { method: 'PUT', path: '/metrics/aster' },
    before: counted,
    input: () => ({ ...counted, filter: 'severity>=WARNING' }),
  },
  {
    uses: 'logging.retention',
    call: { method: 'PATCH', path: '/buckets/_Default' },
    input: () => ({ ...on, days: 90 }),
  },
];

type Rule = GoogleFaults['rules'][number];
interface Fault {
  name: string;
  /** Undefined where this call can't meet it. */
  rule?(row: Row): Partial<Rule> | undefined;
  killed?: 'before' | 'after';
  late?: true;
}

const faults: Fault[] = [
  { name: 'reply lost', rule: () => ({ lose: 'reply' }) },
  { name: 'request lost', rule: () => ({ lose: 'request' }) },
  {
    name: 'changed meanwhile',
    rule: ({ conflict }) => (conflict === undefined ? undefined : { status: conflict }),
  },
  { name: '429, Retry-After', rule: () => ({ status: 429, retryAfter: '1' }) },
  { name: '403, too fast', rule: () => ({ status: 403, reason: 'rateLimitExceeded' }) },
  { name: '500', rule: () => ({ status: 500 }) },
  { name: '503', rule: () => ({ status: 503 }) },
  { name: 'killed before', killed: 'before' },
  { name: 'killed after', killed: 'after' },
  { name: 'operation fails late', late: true },
];

function kindOf(uses: string): StepKind {
  const kind = stepKinds.get(uses);
  if (kind === undefined) throw new Error(`no kind ${uses}`);
  return kind;
}

/** Operations are told to have failed, as Google tells it after it had taken them up. */
const failingLate: typeof globalThis.fetch = async (resource, init) => {
  const answer = await fetch(resource, init);
  if (!String(resource).includes('/operations/')) return answer;
  const body = (await answer.json()) as object;
  const error = { code: 9, message: 'out of capacity', errors: [{ code: 'X', message: 'out of capacity' }] };
  return Response.json({ ...body, done: true, status: 'DONE', error });
};

const cells: string[] = [];
afterAll(() => console.log(['call · fault · what came of it', ...cells].join('\n')));

/** A doubt is settled as after a crash: the change is looked for before anything else is done. */
async function carried(
  kind: StepKind,
  input: object,
  given: Drive,
): Promise<{ how: string; status: string }> {
  const dead = (error: unknown) => error instanceof Error && error.message === 'killed';
  try {
    const { result } = await drive(kind, input, given);
    return { how: wordsOf(result), status: result.status };
  } catch (error) {
    const { seen, result } = await recover(kind, input, { google: given.google });
    const status = 'status' in result ? result.status : 'succeeded';
    return { how: `${dead(error) ? 'killed' : 'in doubt'}, found ${seen}, ${status}`, status };
  }
}

function wordsOf(result: StepResult): string {
  return result.status === 'failed'
    ? `failed, ${result.retryable ? 'can be retried' : 'for good'}`
    : result.status;
}

async function prepared(row: Row): Promise<GoogleForTest> {
  const google = await googleForTest();
  if (row.before !== undefined)
    await drive(kindOf(row.uses), row.before, { google, options: { attempt: 7 } });
  return google;
}

const about = ({ uses, call }: Row) => `${uses} ${call.method} ${call.path}`;

describe.each(rows.map((row) => [about(row), row] as const))('%s', (name, row) => {
  const kind = kindOf(row.uses);
  const possible = faults.filter(
    ({ rule, late }) => (rule === undefined || rule(row) !== undefined) && (!late || row.operation),
  );

  it.each(possible.map((fault) => [fault.name, fault] as const))(
    '%s: takes effect once',
    async (told, fault) => {
      const clean = await prepared(row);
      const begun = clean.effects().length;
      await drive(kind, row.input(clean), { google: clean });
      const effects = clean.effects().length - begun;
      await clean.stop();

      const google = await prepared(row);
      try {
        const from = google.effects().length;
        const given: Drive = { google };
        const rule = fault.rule?.(row);
        if (rule) google.disturb({ rules: [{ ...row.call, times: 1, delayMs: 0, ...rule }] });
        if (fault.late) google.disturb({ operationMs: 600_000 });
        const dying = fault.killed && dyingFetch(fault.killed);
        if (dying) Object.assign(given, { signal: dying.signal, options: { world: { fetch: dying.fetch } } });
        if (fault.late) given.options = { world: { fetch: failingLate } };
        const { how, status } = await carried(kind, row.input(google), given);
        cells.push(`${name} · ${told} · ${how}`);
        if (fault.late) {
          expect(how).toBe('failed, can be retried');
          expect(google.effects().length - from).toBe(1);
          return;
        }
        google.disturb({});
        google.pass(5_000);
        if (status !== 'succeeded') {
          expect(how).toBe('failed, can be retried');
          const again = await drive(kind, row.input(google), { google, options: { attempt: 2 } });
          expect(again.result.status).toBe('succeeded');
        }
        expect(google.effects().length - from).toBe(effects);
      } finally {
        await google.stop();
      }
    },
  );
});

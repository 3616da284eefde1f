import type { Json } from '../core/json.ts';
import { formatDuration } from '../core/playbook/duration.ts';
import { shown } from '../core/step/shown.ts';
import { iso } from '../ports/clock.ts';
import type { DnsZones, RecordSet, Zone } from '../ports/dns-zones.ts';
import { ServiceError } from '../ports/service.ts';
import type { Observation, PlanContext, PlanLine, StepContext, StepKind, StepResult } from '../ports/step.ts';
import { capturedSchema, type DnsInput, follows, inputSchema } from './dns/input.ts';
import { inWords, lasting, type Switch, same, subjects, wantedOf } from './dns/records.ts';
import { type Kept, keptSchema, watch } from './dns/watch.ts';
import { connectionOf } from './evidence/connection.ts';
import { callerOf } from './service/caller.ts';

type Context = StepContext<DnsInput>;

const planTimeout = 3_000;

function readAll(input: DnsInput, zones: DnsZones, signal: AbortSignal): Promise<RecordSet[]> {
  return Promise.all(subjects(input).map(({ name, type }) => zones.read(name, type, signal)));
}

function zonesOf(context: Context): DnsZones {
  const { environment, input, world } = context;
  return world.zones(connectionOf(environment.connections, input.connection), callerOf(context));
}

/** The captured sets in the order of the step's own; undefined where nothing was captured, or nothing that fits. */
function capturedOf({ input, captured }: Pick<Context, 'input' | 'captured'>): RecordSet[] | undefined {
  const parsed = capturedSchema.safeParse(captured);
  if (!parsed.success || input.restore !== undefined) return undefined;
  const found = subjects(input).map(({ name, type }) =>
    parsed.data.records.find((one) => one.name === name && one.type === type),
  );
  return found.every((one) => one !== undefined) ? found : undefined;
}

/** How long clients may keep what stood before. Where that is no longer known, the zone's default counts. */
function oldTtl(now: readonly RecordSet[], wanted: readonly RecordSet[], zone: Zone, known: boolean): number {
  const old = now.filter((set, index) => {
    const after = wanted[index];
    return set.values.length > 0 && after !== undefined && !same(set, after);
  });
  if (old.length === 0 && !known)
    return Math.max(zone.defaultTtl * 1_000, ...wanted.map((set) => lasting(set, zone)));
  return Math.max(0, ...old.map((set) => lasting(set, zone)));
}

function begin(context: Context, zone: Zone, wanted: RecordSet[], old: number): Kept {
  const servers = context.input.servers ?? zone.nameServers;
  const at = context.now();
  return {
    phase: 'authoritative',
    wanted,
    apex: zone.apex,
    servers,
    since: at,
    next: at,
    saw: 'The records are changed; the name servers are asked next',
    oldTtl: old,
    verifiedAt: null,
    agreed: 0,
  };
}

async function change(context: Context, signal: AbortSignal): Promise<Kept> {
  const { input, captured, capturing } = context;
  const zones = zonesOf(context);
  const zone = await zones.zone(signal);
  const now = await readAll(input, zones, signal);
  if (capturing) await context.capture(async () => JSON.parse(JSON.stringify({ records: now })) as Json);
  const before = capturedOf({ input, captured }) ?? now;
  const wanted = wantedOf(input, before, zones);
  const changes = now.flatMap((set, index): Switch[] => {
    const after = wanted[index];
    return after === undefined || same(set, after) ? [] : [{ before: set, after }];
  });
  if (changes.length > 0) await zones.change(changes, signal);
  for (const { before: was, after } of changes)
    context.tail(`${was.name} ${was.type}: ${inWords(was)} → ${inWords(after)}`);
  const known = context.step.attempt === 1 || captured !== undefined;
  return begin(context, zone, wanted, oldTtl(before, wanted, zone, known));
}

function failure(error: unknown): StepResult {
  if (error instanceof RangeError) return { status: 'failed', summary: error.message, retryable: false };
  if (!(error instanceof ServiceError) || error.reason === 'doubtful' || error.reason === 'unreadable')
    throw error;
  const retryable = error.reason === 'conflict' || error.reason === 'unavailable';
  return { status: 'failed', summary: `Nothing was changed: ${error.message}`, retryable };
}

async function run(context: Context, signal: AbortSignal): Promise<StepResult> {
  signal.throwIfAborted();
  if (context.kept !== undefined) return watch(context, keptSchema.parse(context.kept), signal);
  try {
    return await watch(context, await change(context, signal), signal);
  } catch (error) {
    return failure(error);
  }
}

/** Whether the change is there: all of it, none, or something that nobody of us wrote. */
async function observe(context: Context, signal: AbortSignal): Promise<Observation> {
  const zones = zonesOf(context);
  const zone = await zones.zone(signal);
  const now = await readAll(context.input, zones, signal);
  const captured = capturedOf(context);
  if (context.capturing && context.captured === undefined) return { effect: 'absent' };
  const wanted = wantedOf(context.input, captured ?? now, zones);
  const isOurs = (set: RecordSet, index: number) =>
    [wanted[index], captured?.[index]].some((one) => one !== undefined && same(set, one));
  if (now.every((set, index) => wanted[index] !== undefined && same(set, wanted[index]))) {
    const known = captured !== undefined;
    const state = begin(context, zone, wanted, oldTtl(captured ?? now, wanted, zone, known));
    return { effect: 'begun', waiting: { for: 'time', until: iso(state.next), what: state.saw }, state };
  }
  const foreign = captured === undefined ? [] : now.filter((set, index) => !isOurs(set, index));
  if (foreign.length === 0) return { effect: 'absent' };
  return {
    effect: 'unknown',
    known: foreign.map(
      (set) => `${set.name} is ${inWords(set)} now: neither what stood before nor what was wanted`,
    ),
  };
}

function planWords(input: DnsInput): string {
  const names = shown(
    subjects(input)
      .map(({ name }) => name)
      .join(', '),
  );
  if (input.restore !== undefined) {
    const wait = follows(input) ? ', and wait until name servers have followed' : '';
    return `Put the DNS records of ${names} back${wait} (not instant: clients keep answers for their TTL)`;
  }
  const switched = (input.records ?? []).some(({ values }) => values !== undefined);
  const verb = switched ? 'Switch' : 'Lower the TTL of';
  const wait = follows(input) ? ', and wait until name servers and clients have followed' : '';
  return `${verb} the DNS records of ${names}${wait}`;
}

async function plan({ input, environment, world }: PlanContext<DnsInput>): Promise<PlanLine> {
  const summary = planWords(input);
  const signal = AbortSignal.timeout(planTimeout);
  try {
    const zones = world.zones(connectionOf(environment.connections, input.connection));
    const now = await readAll(input, zones, signal);
    const wanted = wantedOf(input, now, zones);
    const diff = now.flatMap((set, index) => {
      const after = wanted[index];
      if (after === undefined || same(set, after)) return [];
      return [{ what: `${set.name} ${set.type}`, before: inWords(set), after: inWords(after) }];
    });
    const longest = Math.max(0, ...now.map(({ ttl }) => (ttl ?? 0) * 1_000));
    const kept = longest > 0 && diff.length > 0 ? `; answers are kept for ${formatDuration(longest)}` : '';
    return { summary: diff.length === 0 ? `${summary} (it is so already)` : `${summary}${kept}`, diff };
  } catch (error) {
    const why = shown(error instanceof Error ? error.message : String(error), 160);
    const diff = (input.records ?? []).map(({ name, type, values, ttl }) => ({
      what: `${name} ${type}`,
      before: `not read now (${why})`,
      after: [values?.join(', '), ttl && `TTL ${ttl}`].filter(Boolean).join(', '),
    }));
    return { summary, diff };
  }
}

/**
 * Changes DNS records at their service and follows the change to the name servers, the clients and the resolvers.
 * What stood there can be captured and put back exactly; neither way is instant.
 */
export const dnsSwitch: StepKind<DnsInput> = {
  uses: 'dns.switch',
  describe:
    'Changes DNS records at Linode or Google Cloud DNS, and waits until name servers and clients follow.',
  input: inputSchema,
  effect: 'once',
  timeout: 120_000,
  plan,
  observe,
  run,
};

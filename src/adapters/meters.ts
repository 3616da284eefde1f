import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { RolloutStatus } from '../core/rollout/state.ts';

/** What `/metrics` shows of the bot itself. */
export interface Meters {
  registry: Registry;
  /** A step kind's outcome (the type of the fact), and how long it took in milliseconds. */
  stepEnded(kind: string, outcome: string, took: number): void;
  /** A command that was answered, and how long that took in milliseconds. */
  commandAnswered(platform: string, ok: boolean, took: number): void;
  /** A thread that could not be brought up to date. */
  threadFailed(platform: string, reason: string): void;
  /** Asked at each scrape: what is still to be sent to the chat platforms. */
  watchOutbound(read: () => readonly OutboundNumbers[]): void;
  /** Asked at each scrape: what fires and belongs to no rollout. */
  watchUnbound(read: () => { groups: number; alerts: number }): void;
  /** Tellings of alerts that were news, and that were known already. */
  alertsTold(source: string, fresh: number, known: number): void;
  /** A delivery of alerts: `accepted`, or why it was refused; and how long that took in milliseconds. */
  deliveryAnswered(source: string, outcome: string, took: number): void;
}

/** Of one platform. */
export interface OutboundNumbers {
  platform: string;
  /** Threads with something unsent. */
  unsent: number;
  /** Milliseconds for which the oldest of them waits. */
  oldest: number;
  /** Channels that can't be written to. */
  closed: number;
}

/** The store is waited for so long at a scrape (milliseconds); the rest is told in any case. */
const patience = 1_000;

/** What is answered in time; undefined when it is not, or fails. */
async function answerIn<T>(milliseconds: number, ask: () => Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, milliseconds, undefined);
  });
  try {
    return await Promise.race([ask(), late]);
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

type CountRollouts = () => Promise<ReadonlyMap<RolloutStatus, number>>;

/** What the store says at each scrape, and whether it answered. */
function meterStore(registers: Registry[], countRollouts: CountRollouts): void {
  let counting: Promise<Awaited<ReturnType<CountRollouts>> | undefined> | undefined;
  const counted = () => {
    counting ??= answerIn(patience, countRollouts).finally(() => {
      counting = undefined;
    });
    return counting;
  };
  new Gauge({
    name: 'cutover_rollouts',
    help: 'Rollouts that are not at an end, by status; none while the store does not answer.',
    labelNames: ['status'],
    registers,
    async collect() {
      const counts = await counted();
      this.reset();
      for (const [status, count] of counts ?? []) this.set({ status }, count);
    },
  });
  new Gauge({
    name: 'cutover_store_up',
    help: '1 when the store (Redis) answered at this scrape, else 0.',
    registers,
    async collect() {
      this.set((await counted()) === undefined ? 0 : 1);
    },
  });
}

/**
 * `countRollouts` is asked at each scrape: how many rollouts are in each state. While it fails or does not answer, all
 * else is told, and `cutover_store_up` is 0.
 */
export function createMeters(countRollouts: CountRollouts): Meters {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const steps = new Histogram({
    name: 'cutover_step_seconds',
    help: 'How long step attempts took, without waiting.',
    labelNames: ['kind', 'outcome'],
    buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300],
    registers,
  });
  const commands = new Histogram({
    name: 'cutover_command_seconds',
    help: 'How long commands took to be answered.',
    labelNames: ['platform', 'ok'],
    buckets: [0.002, 0.005, 0.01, 0.05, 0.1, 0.3, 1, 3],
    registers,
  });
  const threads = new Counter({
    name: 'cutover_thread_failures_total',
    help: 'Visits of a thread that failed and are tried again.',
    labelNames: ['platform', 'reason'],
    registers,
  });
  const alerts = new Counter({
    name: 'cutover_alerts_total',
    help: 'Tellings of alerts that were taken: news, or known already.',
    labelNames: ['source', 'telling'],
    registers,
  });
  const deliveries = new Histogram({
    name: 'cutover_alert_delivery_seconds',
    help: 'How long deliveries of alerts took to be stored, or refused.',
    labelNames: ['source', 'outcome'],
    buckets: [0.002, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30],
    registers,
  });
  meterStore(registers, countRollouts);
  let outbound: () => readonly OutboundNumbers[] = () => [];
  const ofOutbound = (name: string, help: string, value: (numbers: OutboundNumbers) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ['platform'],
      registers,
      collect() {
        this.reset();
        for (const numbers of outbound()) this.set({ platform: numbers.platform }, value(numbers));
      },
    });
  ofOutbound('cutover_unsent_threads', 'Threads with something unsent.', ({ unsent }) => unsent);
  ofOutbound(
    'cutover_unsent_oldest_seconds',
    'How long the oldest unsent change of a thread waits.',
    ({ oldest }) => oldest / 1_000,
  );
  ofOutbound('cutover_closed_channels', 'Channels that can not be written to.', ({ closed }) => closed);
  let unbound = () => ({ groups: 0, alerts: 0 });
  for (const what of ['groups', 'alerts'] as const) {
    new Gauge({
      name: what === 'groups' ? 'cutover_unbound_alert_groups' : 'cutover_unbound_alerts',
      help: `${what === 'groups' ? 'Groups of alerts' : 'Alerts'} that fire and belong to no rollout.`,
      registers,
      collect() {
        this.set(unbound()[what]);
      },
    });
  }
  return {
    registry,
    stepEnded: (kind, outcome, took) => steps.observe({ kind, outcome }, took / 1_000),
    commandAnswered: (platform, ok, took) => commands.observe({ platform, ok: String(ok) }, took / 1_000),
    threadFailed: (platform, reason) => threads.inc({ platform, reason }),
    watchOutbound(read) {
      outbound = read;
    },
    watchUnbound(read) {
      unbound = read;
    },
    alertsTold(source, fresh, known) {
      alerts.inc({ source, telling: 'news' }, fresh);
      alerts.inc({ source, telling: 'known' }, known);
    },
    deliveryAnswered: (source, outcome, took) => deliveries.observe({ source, outcome }, took / 1_000),
  };
}

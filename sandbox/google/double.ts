import { setTimeout as pause } from 'node:timers/promises';
import type { Json } from '../../src/core/json.ts';
import type { Ledger } from '../ledger.ts';
import type { Durable } from '../service/durable.ts';
import { checkQuery, finder, type GoogleAnswer, type GoogleRoute } from './call.ts';
import { settleCompute } from './compute/proxies.ts';
import { computeRoutes } from './compute/routes.ts';
import { controlRoutes } from './control.ts';
import { settleDns } from './dns/resource.ts';
import { dnsRoutes } from './dns/routes.ts';
import { type FaultBoard, faultBoard, type Rule } from './faults.ts';
import { type LogBook, logBook } from './logs/book.ts';
import { checkMetricKnown, metricRoutes } from './logs/metrics.ts';
import { entryRoutes } from './logs/routes.ts';
import { loggingRoutes, secretRoutes } from './operations/logging.ts';
import { monitoringRoutes } from './operations/monitoring.ts';
import { Refusal, refusal, statusOf } from './refusal.ts';
import { knativeRoutes } from './run/knative.ts';
import { type Revision, shortName } from './run/resource.ts';
import { runRoutes } from './run/routes.ts';
import { settle } from './run/settle.ts';
import compute from './schema/compute.json' with { type: 'json' };
import dns from './schema/dns.json' with { type: 'json' };
import logging from './schema/logging.json' with { type: 'json' };
import monitoring from './schema/monitoring.json' with { type: 'json' };
import run from './schema/run.json' with { type: 'json' };
import { protoSchema } from './shape.ts';
import type { GoogleState } from './state.ts';

/** Runs the revisions. What it is told of begins to run; it tells once how that went. */
export interface Revisions {
  begin(revision: Revision, told: (state: 'ready' | 'failed', message?: string) => void): void;
}

export interface GoogleOptions {
  state: Durable<GoogleState>;
  /** Milliseconds since the epoch. */
  now(): number;
  /** The token that is taken; absent: any. */
  token?: string;
  ledger?: Ledger;
  faults?: FaultBoard;
  /** Absent: a revision is ready at once, unless its image is a bad one. */
  revisions?: Revisions;
  /** What revisions write; absent: nothing. */
  logs?: LogBook;
  /** Where the double is reached: services have their addresses below it. */
  base(): string;
}

/** A request as it came. */
export interface Asked {
  method: string;
  /** Path and query. */
  url: string;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: string;
}

/** What is answered; `lost`: the connection is to be cut. */
export type Told = { status: number; body: Json; headers: Record<string, string> } | 'lost';

export interface Google {
  answer(asked: Asked): Promise<Told>;
  readonly faults: FaultBoard;
  readonly state: GoogleState;
  /** Brings about what is due by now. */
  advance(): void;
}

/**
 * A double of Google Cloud: Cloud Run v2 with its Knative view, Compute Engine's certificates and proxies, Cloud DNS,
 * Monitoring, log buckets, entries and metrics, and the versions of secrets.
 */
export function createGoogle(options: GoogleOptions): Google {
  const { state: kept, now } = options;
  const state = structuredClone(kept.value);
  const faults = options.faults ?? faultBoard();
  const save = (): void => kept.set(state);
  const advance = (): void => {
    const at = now();
    const changed = [settle(state.run, at), settleCompute(state.compute, at), settleDns(state.dns, at)];
    if (changed.includes(true)) save();
  };
  const told = (name: string, to: 'ready' | 'failed', message?: string): void => {
    const revision = state.run.revisions[name];
    if (revision === undefined) return;
    revision.state = to;
    if (message !== undefined) revision.message = message;
    save();
  };
  const begin = (revision: Revision): void => {
    const image = revision.template.containers[0]?.image ?? '';
    if (faults.faults.badImages.some((bad) => image.includes(bad))) {
      const why =
        'The user-provided container failed to start and listen on the port defined provided by the PORT=8080 environment variable within the allocated timeout.';
      told(revision.name, 'failed', why);
    } else if (options.revisions === undefined) told(revision.name, 'ready');
    else options.revisions.begin(revision, (to, message) => told(revision.name, to, message));
  };
  const operationTime = (): number => faults.faults.operationMs;
  const runParts = {
    proto: protoSchema.parse(run),
    state: state.run,
    now,
    operationTime,
    begin,
    uriOf: (service: string, tag?: string) =>
      `${options.base()}/run/${tag === undefined ? '' : `${tag}---`}${shortName(service)}`,
    wait: (operation: string, atMost: number) =>
      waitFor(() => state.run.operations[operation]?.done, atMost, advance),
  };
  const api: GoogleRoute[] = [
    ...runRoutes(runParts),
    ...knativeRoutes(runParts),
    ...computeRoutes({ proto: protoSchema.parse(compute), state: state.compute, now, operationTime }),
    ...dnsRoutes({ proto: protoSchema.parse(dns), state: state.dns, now, operationTime }),
    ...observing({ state, faults, now, book: options.logs ?? logBook(now) }),
    ...secretRoutes(state.operations),
  ];
  const find = finder(api);
  for (const revision of Object.values(state.run.revisions)) {
    if (revision.state !== 'failed' && (options.revisions || revision.state === 'starting')) begin(revision);
  }
  const findControl = finder(controlRoutes({ state, faults }));

  async function decide(asked: Asked): Promise<GoogleAnswer> {
    const url = new URL(asked.url, 'http://google.invalid');
    const control = findControl(asked.method, url.pathname);
    const found = control ?? find(asked.method, url.pathname);
    if (control === undefined) checkToken(asked, options.token);
    if (found === undefined)
      throw refusal('NOT_FOUND', `No method ${asked.method} ${url.pathname} in this double.`);
    checkQuery(found.route, url.searchParams);
    const body = parsed(asked.body);
    const { route, params } = found;
    return route.handle({ method: asked.method, path: url.pathname, params, query: url.searchParams, body });
  }

  async function refusable(asked: Asked): Promise<GoogleAnswer> {
    try {
      return await decide(asked);
    } catch (error) {
      if (error instanceof Refusal) return { status: error.code, body: error.body };
      throw error;
    }
  }

  return {
    faults,
    state,
    advance,
    async answer(asked) {
      const path = new URL(asked.url, 'http://google.invalid').pathname;
      const rule = path.startsWith('/_') ? undefined : faults.meet(asked.method, path);
      if (rule !== undefined && rule.delayMs > 0) await pause(rule.delayMs);
      if (rule?.lose === 'request') return 'lost';
      advance();
      const answer =
        rule?.status === undefined ? await refusable(asked) : disturbed(rule.status, rule.reason);
      advance();
      if (answer.changed) save();
      if (asked.method !== 'GET') options.ledger?.append(entriesOf(asked, path, answer, now()));
      return rule?.lose === 'reply' ? 'lost' : { ...answer, headers: headersOf(rule) };
    },
  };
}

interface Observing {
  state: GoogleState;
  faults: FaultBoard;
  now(): number;
  book: LogBook;
}

/** Monitoring and Logging: policies of the one may be on metrics of the other. */
function observing({ state: { operations }, faults, now, book }: Observing): GoogleRoute[] {
  const proto = protoSchema.parse(logging);
  const known = { state: operations, now, metricTime: () => faults.faults.metricMs };
  return [
    ...monitoringRoutes(protoSchema.parse(monitoring), operations, (project, filter) =>
      checkMetricKnown(known, project, filter),
    ),
    ...loggingRoutes(proto, operations),
    ...entryRoutes({ proto, book, now }),
    ...metricRoutes({ proto, state: operations, now }),
  ];
}

function disturbed(status: number, reason?: string): GoogleAnswer {
  const message = 'The fault that was switched on.';
  const errors = [{ message, domain: 'usageLimits', reason: reason ?? '' }];
  const why = reason === undefined ? { status: statusOf(status) } : { errors };
  return { status, body: { error: { code: status, message, ...why } } };
}

function headersOf(rule: Rule | undefined): Record<string, string> {
  return rule?.retryAfter === undefined ? {} : { 'retry-after': rule.retryAfter };
}

function checkToken({ headers }: Asked, token: string | undefined): void {
  const given = /^Bearer (\S+)$/.exec(String(headers.authorization ?? ''))?.[1];
  if (given !== undefined && (token === undefined || given === token)) return;
  throw refusal(
    'UNAUTHENTICATED',
    'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.',
  );
}

function parsed(body: string): Json | undefined {
  if (body === '') return undefined;
  try {
    return JSON.parse(body) as Json;
  } catch (cause) {
    const text = 'Invalid JSON payload received. Unexpected token.';
    throw Object.assign(refusal('INVALID_ARGUMENT', text), { cause });
  }
}

async function waitFor(done: () => boolean | undefined, atMost: number, look: () => void): Promise<void> {
  const limit = performance.now() + Math.min(atMost, 30_000);
  for (look(); done() === false && performance.now() < limit; look()) await pause(20);
}

function entriesOf(asked: Asked, path: string, answer: GoogleAnswer, now: number) {
  const url = new URL(asked.url, 'http://google.invalid');
  const agent = String(asked.headers['user-agent'] ?? '');
  const [, rollout = null, step = null, epoch] = /\((\S+); step (\S+); epoch (\d+)\)/.exec(agent) ?? [];
  const call = {
    at: new Date(now).toISOString(),
    service: 'google',
    kind: 'call' as const,
    method: asked.method,
    path,
    body: readable(asked.body),
    rollout,
    epoch: epoch === undefined ? null : Number(epoch),
    step,
    key: url.searchParams.get('requestId'),
    status: answer.status,
  };
  return answer.changed ? [{ ...call, kind: 'effect' as const }, call] : [call];
}

function readable(body: string): Json {
  try {
    return parsed(body) ?? null;
  } catch {
    return null;
  }
}

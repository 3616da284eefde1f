import type { FastifyError, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { AlertSource, Telling } from '../../core/alerts/notice.ts';
import type { Alerts } from '../../ports/alerts.ts';
import { type Admission, type AdmissionLimits, createAdmission } from './admission.ts';
import {
  type DeliveryProblem,
  encoded,
  notSignedIn,
  notUnderstood,
  problemOf,
  refuseDelivery,
  tooManyAtOnce,
} from './alert-problems.ts';

/** Where one kind of sender comes in. */
export interface AlertEntry {
  path: string;
  source: AlertSource;
  mayEnter(request: FastifyRequest): Promise<boolean>;
  read(body: unknown): { tellings: Telling[]; remark?: string } | { fault: string };
}

export interface AlertWebhooksDeps {
  entries: readonly AlertEntry[];
  alerts: Pick<Alerts, 'accept'>;
  /** So many tellings were news, so many known already. */
  onTold(source: AlertSource, fresh: number, known: number): void;
  /** A delivery was answered: `accepted`, or the reason of its refusal; and how long that took in milliseconds. */
  onAnswered(source: AlertSource, outcome: string, took: number): void;
  /** Something that whoever runs the bot should know. */
  onTrouble(source: AlertSource, message: string, error?: Error): void;
  limits?: Partial<AlertLimits>;
}

export interface AlertLimits extends AdmissionLimits {
  /** Bytes of one body. */
  body: number;
}

/** Alertmanager's largest measured bodies are of 220 kB; 10,000 alerts in one are about 5 MB. */
const usualLimits: AlertLimits = { body: 16 * 1_048_576, deliveries: 64, bytes: 64 * 1_048_576 };

/**
 * The webhooks of alerts. Who may not enter is told so before the body is read. 200 means stored durably. What may
 * pass is answered 503, because Alertmanager repeats a delivery after that and drops it for good after a 429.
 */
export function alertWebhooks(deps: AlertWebhooksDeps): FastifyPluginAsync {
  const limits = { ...usualLimits, ...deps.limits };
  const admission = createAdmission(limits);
  return async (server) => {
    server.removeAllContentTypeParsers();
    const readJson = async (_request: FastifyRequest, body: Buffer) => parse(body);
    server.addContentTypeParser('application/json', { parseAs: 'buffer' }, readJson);
    for (const entry of deps.entries)
      await server.register(entryRoute(entry, { ...deps, limits, admission }));
  };
}

interface RouteDeps extends AlertWebhooksDeps {
  limits: AlertLimits;
  admission: Admission;
}

function entryRoute(entry: AlertEntry, deps: RouteDeps): FastifyPluginAsync {
  const { source } = entry;
  const outcomes = new WeakMap<FastifyRequest, string>();
  const refuse = (request: FastifyRequest, reply: FastifyReply, problem: DeliveryProblem) => {
    outcomes.set(request, problem.problem.reason);
    return refuseDelivery(reply, problem);
  };
  return async (server) => {
    server.addHook('onRequest', async (request, reply) => {
      if (!(await entry.mayEnter(request))) return refuse(request, reply, notSignedIn);
      if (isEncoded(request)) return refuse(request, reply, encoded);
      const leave = deps.admission.enter(announcedBytes(request, deps.limits));
      if (leave === undefined) return refuse(request, reply, tooManyAtOnce);
      reply.raw.once('close', leave);
      return undefined;
    });
    server.addHook('onResponse', async (request, reply) => {
      deps.onAnswered(source, outcomes.get(request) ?? 'accepted', reply.elapsedTime);
    });
    server.setErrorHandler((error: FastifyError, request, reply) => {
      const problem = problemOf(error, deps.limits.body);
      if (problem.status === 503) deps.onTrouble(source, 'Alerts could not be taken', error);
      return refuse(request, reply, problem);
    });
    server.post(entry.path, { bodyLimit: deps.limits.body }, async (request, reply) => {
      const reading = entry.read(request.body);
      if ('fault' in reading) {
        deps.onTrouble(source, `Alerts were not understood: ${reading.fault}`);
        return refuse(request, reply, notUnderstood(reading.fault));
      }
      if (reading.remark !== undefined) deps.onTrouble(source, reading.remark);
      const { fresh } = await deps.alerts.accept(reading.tellings);
      const known = reading.tellings.length - fresh;
      deps.onTold(source, fresh, known);
      return { fresh, known };
    });
  };
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch (cause) {
    throw Object.assign(new Error('The body is no JSON.', { cause }), { statusCode: 400 });
  }
}

/** A small body that unpacks to a huge one is not let in; no sender that we know compresses. */
function isEncoded({ headers }: FastifyRequest): boolean {
  return !['', 'identity'].includes(headers['content-encoding'] ?? '');
}

/** What a delivery may come to: what it says itself, or the most that is read. */
function announcedBytes({ headers }: FastifyRequest, { body }: AlertLimits): number {
  const length = Number(headers['content-length'] ?? body);
  return length >= 0 && length <= body ? length : 0;
}

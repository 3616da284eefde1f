import type { FastifyError, FastifyReply } from 'fastify';
import { StoreAway } from '../../ports/store-away.ts';
import { badInput, type Problem, sendProblem } from './problem.ts';

/** Why a delivery was refused, with the status that its sender understands. */
export interface DeliveryProblem {
  status: 400 | 401 | 413 | 415 | 503;
  problem: Problem;
}

const refused = 'The alerts were not taken.';
const comesAgain = 'Send them again a little later.';
/** Seconds; senders that know better take their own time. */
const retryAfter = 5;

export const notSignedIn: DeliveryProblem = {
  status: 401,
  problem: {
    reason: 'signed-out',
    what: refused,
    why: 'No valid token came with them.',
    next: 'Send ALERT_WEBHOOK_TOKEN as `Authorization: Bearer …`.',
  },
};

export const encoded: DeliveryProblem = {
  status: 415,
  problem: {
    reason: 'media-type',
    what: refused,
    why: 'The body is compressed or encoded.',
    next: 'Send it as it is, without Content-Encoding.',
  },
};

export const tooManyAtOnce: DeliveryProblem = {
  status: 503,
  problem: { reason: 'busy', what: refused, why: 'Too many deliveries came at once.', next: comesAgain },
};

export function notUnderstood(why: string): DeliveryProblem {
  return { status: 400, problem: badInput(refused, why) };
}

/** What an error of the server, a reader or the store means for the sender: what may pass is answered 503, never 429. */
export function problemOf(error: FastifyError, bodyLimit: number): DeliveryProblem {
  if (error.statusCode === 413) return { status: 413, problem: tooLarge(bodyLimit) };
  if (error.statusCode === 415) return { status: 415, problem: notJson };
  if (error.statusCode !== undefined && error.statusCode < 500) return notUnderstood(error.message);
  const isAway = error instanceof StoreAway;
  const why = isAway ? 'The journal can’t be reached just now.' : 'Something failed inside the bot.';
  const reason = isAway ? 'store-away' : 'fault';
  return { status: 503, problem: { reason, what: refused, why, next: comesAgain } };
}

const notJson: Problem = {
  reason: 'media-type',
  what: refused,
  why: 'Only JSON is read here.',
  next: 'Send Content-Type: application/json.',
};

function tooLarge(bodyLimit: number): Problem {
  return {
    reason: 'too-large',
    what: refused,
    why: `The body is larger than ${Math.floor(bodyLimit / 1_048_576)} MiB.`,
    next: 'Send fewer alerts at a time; Alertmanager does with max_alerts or finer groups (group_by).',
  };
}

export function refuseDelivery(reply: FastifyReply, { status, problem }: DeliveryProblem): FastifyReply {
  if (status === 401) reply.header('www-authenticate', 'Basic realm="Cutover alerts", charset="UTF-8"');
  if (status === 503) reply.header('retry-after', retryAfter);
  if (status !== 400) reply.header('connection', 'close');
  return sendProblem(reply, status, problem);
}

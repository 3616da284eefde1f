import type { FastifyReply } from 'fastify';
import type { Refusal, RefusalReason } from '../../core/refusal.ts';

/** What an HTTP caller is told when a request was not served: a refusal, or one of HTTP's own reasons. */
export interface Problem extends Omit<Refusal, 'reason'> {
  reason:
    | RefusalReason
    | 'not-found'
    | 'signed-out'
    | 'closed'
    | 'cross-site'
    | 'too-many'
    | 'too-large'
    | 'media-type'
    | 'busy'
    | 'store-away'
    | 'fault';
}

/** Answers with a problem as JSON, `{ error: { reason, what, why, next } }`; never cached. */
export function sendProblem(reply: FastifyReply, status: number, error: Problem): FastifyReply {
  return reply.code(status).header('cache-control', 'no-store').type('application/json').send({ error });
}

export function unknownRollout(id: string): Problem {
  return {
    reason: 'unknown-rollout',
    what: `Rollout ${id.slice(0, 64)} was not shown.`,
    why: 'No rollout has this id.',
    next: 'See /api/rollouts for the ids there are.',
  };
}

export function badInput(what: string, why: string): Problem {
  return { reason: 'bad-input', what, why, next: 'Correct the request and send it again.' };
}

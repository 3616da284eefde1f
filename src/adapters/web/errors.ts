import { randomUUID } from 'node:crypto';
import type { FastifyError, FastifyInstance } from 'fastify';
import { StoreAway } from '../../ports/store-away.ts';
import { badInput, type Problem, sendProblem } from './problem.ts';

/** Where faults are written; a pino logger fits. */
export interface WebLog {
  error(details: object, message: string): void;
}

const notFound: Problem = {
  reason: 'not-found',
  what: 'There is nothing at this address.',
  why: 'No page or API has this path and method.',
  next: 'Go to / for the console, or see the API in the README.',
};

function fault(reference: string): Problem {
  return {
    reason: 'fault',
    what: 'The request was not served.',
    why: `Something failed inside the bot (reference ${reference}).`,
    next: 'Try again; if it stays, look for the reference in the log.',
  };
}

const storeAway: Problem = {
  reason: 'store-away',
  what: 'The request was not served.',
  why: 'The bot can’t reach its journal (Redis) just now. Nothing that was recorded is lost.',
  next: 'Ask again a little later; /readyz says when it is back.',
};

/** Seconds. */
const retryAfter = 5;

/**
 * Calm JSON for what nobody serves and for what fails; details go to the log alone, under a reference.
 * A store that is away is no fault of the bot: 503, and its end is said by `/readyz`.
 */
export function installErrors(server: FastifyInstance, log: WebLog): void {
  server.setNotFoundHandler((_request, reply) => sendProblem(reply, 404, notFound));
  server.setErrorHandler((error: FastifyError, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 400 && status < 500) {
      return sendProblem(reply, status, badInput('The request was not understood.', error.message));
    }
    if (error instanceof StoreAway)
      return sendProblem(reply.header('retry-after', retryAfter), 503, storeAway);
    const reference = randomUUID().slice(0, 8);
    log.error({ err: error, reference, route: request.routeOptions.url }, 'A web request failed');
    return sendProblem(reply, 500, fault(reference));
  });
}

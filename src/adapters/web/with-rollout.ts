import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { Rollout, Rollouts } from '../../ports/rollouts.ts';
import { sendProblem, unknownRollout } from './problem.ts';

const idParams = z.object({ id: z.string() });

/** Answers about the rollout that the path names, or that there is none. */
export async function withRollout(
  { rollouts }: { rollouts: Rollouts },
  params: unknown,
  reply: FastifyReply,
  answer: (rollout: Rollout) => unknown,
): Promise<unknown> {
  const { id } = idParams.parse(params);
  const rollout = /^[a-z0-9-]{1,80}$/.test(id) ? await rollouts.find(id) : undefined;
  return rollout === undefined ? sendProblem(reply, 404, unknownRollout(id)) : answer(rollout);
}

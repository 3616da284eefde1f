import type { FastifyPluginAsync, FastifyReply } from 'fastify';
import { z } from 'zod';
import { sha256 } from '../../core/json.ts';
import { type Gate, type GateDeps, sessionCookie, sessionIdOf } from './gate.ts';
import { badInput, type Problem, sendProblem } from './problem.ts';
import { sameOrigin } from './same-origin.ts';

const bodySchema = z.strictObject({ token: z.string().min(1).max(512) });

const wrongToken: Problem = {
  reason: 'signed-out',
  what: 'You are not signed in.',
  why: 'This token is neither the console’s nor a person’s of the policy.',
  next: 'Check the token; whoever runs the bot can give you one of your own in policy.yaml.',
};
const tooMany: Problem = {
  reason: 'too-many',
  what: 'You are not signed in.',
  why: 'There were too many wrong tokens from your address.',
  next: 'Wait a minute, then try again.',
};

function cookie(reply: FastifyReply, value: string, seconds: number, secure: boolean): FastifyReply {
  const attributes = `Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`;
  return reply.header('set-cookie', `${sessionCookie}=${value}; ${attributes}`);
}

/** `POST /session {token}` opens a session and sets its cookie; `DELETE /session` ends it. */
export function signIn(gate: Gate, deps: GateDeps): FastifyPluginAsync {
  const secure = deps.publicUrl?.startsWith('https:') ?? false;
  return async (server) => {
    server.addHook('onRequest', async (request, reply) => {
      if (sameOrigin(request, deps.publicUrl)) return;
      const why = 'It came from another site.';
      return sendProblem(reply, 403, { ...badInput('The sign-in was refused.', why), reason: 'cross-site' });
    });
    server.post('/session', { bodyLimit: 4_096 }, async (request, reply) => {
      const body = bodySchema.safeParse(request.body);
      if (!body.success)
        return sendProblem(reply, 400, badInput('You are not signed in.', 'No token was sent.'));
      if (!(await deps.sessions.mayTry(request.ip))) return sendProblem(reply, 429, tooMany);
      const digest = sha256(body.data.token);
      const viewer = gate.viewerOfToken(digest);
      if (viewer === undefined) {
        await deps.sessions.failed(request.ip);
        return sendProblem(reply, 401, wrongToken);
      }
      return cookie(reply, await deps.sessions.open(digest), deps.sessions.lifetime, secure).send({ viewer });
    });
    server.delete('/session', async (request, reply) => {
      const id = sessionIdOf(request);
      if (id !== undefined) await deps.sessions.close(id);
      return cookie(reply, '', 0, secure).code(204).send();
    });
  };
}

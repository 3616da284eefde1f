import type { FastifyReply, FastifyRequest } from 'fastify';
import { sha256 } from '../../core/json.ts';
import type { ConsolePerson, Viewer } from '../../ports/viewer.ts';
import { bearerOf, same } from './credentials.ts';
import { type Problem, sendProblem } from './problem.ts';
import { addressedToLoopback, sameOrigin } from './same-origin.ts';
import type { Sessions } from './sessions.ts';

export interface GateDeps {
  sessions: Sessions;
  /** CONSOLE_TOKEN. */
  token: string | undefined;
  sandbox: boolean;
  /** Whether the server listens on a loopback address only. */
  loopback: boolean;
  publicUrl?: string;
  /** The people of the policy, with the digest (`sha256:…`) of their own token where they have one. */
  people(): readonly { person: ConsolePerson; tokenDigest?: string }[];
}

/** Decides who looks. Nothing behind it is reached without a viewer. */
export interface Gate {
  /** A hook for everything guarded: sets the viewer, or answers 401 or 403 with the reason. */
  guard(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined>;
  /** The viewer that `guard` decided on. */
  viewerOf(request: FastifyRequest): Viewer;
  /** The viewer whom a token stands for. */
  viewerOfToken(tokenDigest: string): Viewer | undefined;
}

export const sessionCookie = 'cutover_session';

const closed: Problem = {
  reason: 'closed',
  what: 'The console and its API are closed.',
  why: 'CONSOLE_TOKEN is not set, and the bot does not run as a sandbox on a loopback address.',
  next: 'Set CONSOLE_TOKEN and start the bot again.',
};
const signedOut: Problem = {
  reason: 'signed-out',
  what: 'Nothing was shown.',
  why: 'You are not signed in, or your token was changed.',
  next: 'Sign in with your token, or send it as `Authorization: Bearer …`.',
};
const crossSite: Problem = {
  reason: 'cross-site',
  what: 'The request was refused.',
  why: 'It came from another site, or under a name that is not the console’s own.',
  next: 'Open the console by the address that the bot printed, or set PUBLIC_URL to the one you use.',
};

/** The session id of the request's cookie. */
export function sessionIdOf(request: FastifyRequest): string | undefined {
  return new RegExp(`(?:^|; )${sessionCookie}=([\\w-]{43})(?:;|$)`).exec(request.headers.cookie ?? '')?.[1];
}

export function createGate(deps: GateDeps): Gate {
  const viewers = new WeakMap<FastifyRequest, Viewer>();
  const shared = deps.token === undefined ? undefined : sha256(deps.token);
  const open = shared === undefined && deps.sandbox && deps.loopback;

  function viewerOfToken(digest: string): Viewer | undefined {
    if (shared === undefined) return undefined;
    if (same(digest, shared)) return deps.sandbox ? { kind: 'anyone' } : { kind: 'reader' };
    const owner = deps
      .people()
      .find(({ tokenDigest }) => tokenDigest !== undefined && same(digest, tokenDigest));
    return owner && { kind: 'person', person: owner.person };
  }

  async function digestOf(request: FastifyRequest): Promise<string | undefined> {
    const bearer = bearerOf(request);
    if (bearer !== undefined) return sha256(bearer);
    const id = sessionIdOf(request);
    return id === undefined ? undefined : deps.sessions.find(id);
  }

  async function decide(request: FastifyRequest): Promise<Viewer | Problem> {
    if (open) return addressedToLoopback(request) ? { kind: 'anyone' } : crossSite;
    if (shared === undefined) return closed;
    const digest = await digestOf(request);
    return (digest === undefined ? undefined : viewerOfToken(digest)) ?? signedOut;
  }

  return {
    viewerOfToken,
    async guard(request, reply) {
      if (request.method !== 'GET' && !sameOrigin(request, deps.publicUrl)) {
        return sendProblem(reply, 403, crossSite);
      }
      const decided = await decide(request);
      if ('reason' in decided) return sendProblem(reply, decided === signedOut ? 401 : 403, decided);
      viewers.set(request, decided);
      return undefined;
    },
    viewerOf(request) {
      const viewer = viewers.get(request);
      if (viewer === undefined) throw new Error('a route asked for its viewer without being guarded');
      return viewer;
    },
  };
}

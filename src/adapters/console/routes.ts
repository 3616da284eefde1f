import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Card } from '../../core/card/card.ts';
import { refusalCard } from '../../core/card/refusal-card.ts';
import type { Chart } from '../../core/rollout/event.ts';
import type { Inbox } from '../../ports/chat.ts';
import type { Rollout, Rollouts } from '../../ports/rollouts.ts';
import type { ConsolePerson, Viewer } from '../../ports/viewer.ts';
import { actingAs } from './acting.ts';
import type { ConsoleChat } from './chat.ts';
import type { ConsoleChannel, ConsoleContext, Faults, Vocabulary } from './context.ts';
import { rolloutDetail } from './rollout-detail.ts';

export interface ConsoleDeps {
  chat: ConsoleChat;
  inbox: Inbox;
  rollouts: Pick<Rollouts, 'find' | 'tail'>;
  viewerOf(request: FastifyRequest): Viewer;
  people(): readonly ConsolePerson[];
  channels(): readonly ConsoleChannel[];
  vocabulary(): Vocabulary;
  rootCard(rollout: Rollout): Card;
  drawSvg(chart: Chart): Promise<string>;
  /** In the sandbox only. */
  faults?: Faults;
}

const commandSchema = z.strictObject({
  channel: z.string().min(1).max(64),
  text: z.string().max(2_000),
  actAs: z.string().min(1).max(64).optional(),
  drawnAt: z.int().min(0).optional(),
});
const faultSchema = z.strictObject({ fault: z.string().min(1).max(64) });
const params = z.object({ channel: z.string().default(''), id: z.string().default('') });

const svgHeaders = {
  'cache-control': 'private, no-cache',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
};

function refuse(reply: FastifyReply, status: number, what: string, why: string, next: string): FastifyReply {
  const reason = status === 404 ? 'not-found' : status === 403 ? 'not-allowed' : 'bad-input';
  return reply.code(status).send({ error: { reason, what, why, next } });
}

/** What the page asks and tells. Register behind a guard that decides the viewer. */
export function consoleRoutes(deps: ConsoleDeps): FastifyPluginAsync {
  return async (server) => {
    server.get('/console/context', async (request) => contextFor(deps, deps.viewerOf(request)));
    server.get('/console/channels/:channel/messages', async (request, reply) => {
      const { channel } = params.parse(request.params);
      return isChannel(deps, channel) ? deps.chat.messages(channel) : noChannel(reply, channel);
    });
    server.get('/console/channels/:channel/messages/:id', async (request, reply) => {
      const { channel, id } = params.parse(request.params);
      const message = isChannel(deps, channel) ? await deps.chat.message(channel, id) : undefined;
      return message ?? reply.callNotFound();
    });
    server.get('/console/channels/:channel/messages/:id/chart.svg', async (request, reply) => {
      const { channel, id } = params.parse(request.params);
      const message = isChannel(deps, channel) ? await deps.chat.message(channel, id) : undefined;
      const chart = message?.card.chart;
      if (chart === undefined) return reply.callNotFound();
      return reply
        .headers(svgHeaders)
        .type('image/svg+xml')
        .send(await deps.drawSvg(chart));
    });
    server.get('/console/rollouts/:id', async (request, reply) => {
      const rollout = await deps.rollouts.find(params.parse(request.params).id);
      return rollout ? rolloutDetail(rollout, deps.rollouts, deps.rootCard) : reply.callNotFound();
    });
    server.post('/console/commands', { bodyLimit: 16_384 }, (request, reply) =>
      takeCommand(deps, request, reply),
    );
    server.post('/console/faults', { bodyLimit: 4_096 }, (request, reply) => takeFault(deps, request, reply));
  };
}

function contextFor(deps: ConsoleDeps, viewer: Viewer): ConsoleContext {
  return {
    viewer,
    people: viewer.kind === 'anyone' ? deps.people() : [],
    channels: deps.channels(),
    vocabulary: deps.vocabulary(),
    faults: viewer.kind === 'anyone' ? (deps.faults?.choices ?? []) : [],
  };
}

function isChannel(deps: ConsoleDeps, channel: string): boolean {
  return deps.channels().some(({ id }) => id === channel);
}

function noChannel(reply: FastifyReply, channel: string): FastifyReply {
  const why = `The policy has no console channel “${channel.slice(0, 64)}”.`;
  return refuse(reply, 404, 'No messages were shown.', why, 'Choose a channel of the list.');
}

async function takeCommand(
  deps: ConsoleDeps,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const body = commandSchema.safeParse(request.body);
  if (!body.success) {
    const why = z.prettifyError(body.error);
    return refuse(reply, 400, 'The command was not taken.', why, 'Correct it and send it again.');
  }
  const { channel, text, actAs, drawnAt } = body.data;
  if (!isChannel(deps, channel)) return noChannel(reply, channel);
  const acting = actingAs(deps.viewerOf(request), actAs, deps.people());
  if ('refusal' in acting) return { ok: false, card: refusalCard(acting.refusal) };
  return deps.inbox({
    channel: { platform: 'console', id: channel },
    account: acting.account,
    text: text.trim().replace(/^\/rollout(?:\s+|$)/i, ''),
    isPrivate: true,
    ...(drawnAt === undefined ? {} : { press: { drawnAt } }),
  });
}

async function takeFault(deps: ConsoleDeps, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const body = faultSchema.safeParse(request.body);
  const { faults } = deps;
  if (faults === undefined || deps.viewerOf(request).kind !== 'anyone') {
    const why = 'Faults can be switched on in the sandbox only.';
    return refuse(reply, 403, 'No fault was switched on.', why, 'Start the bot with SANDBOX=1 to try them.');
  }
  const known = body.success ? faults.choices.find(({ id }) => id === body.data.fault) : undefined;
  if (known === undefined) {
    const ids = faults.choices.map(({ id }) => id).join(', ');
    return refuse(
      reply,
      400,
      'No fault was switched on.',
      'The sandbox knows no such fault.',
      `Known: ${ids}.`,
    );
  }
  return { said: await faults.apply(known.id) };
}

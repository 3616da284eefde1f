import { z } from 'zod';
import { cardSchema } from '../../adapters/console/message.ts';
import type { Action, Card, ThreadView } from '../../core/card/card.ts';
import { type RolloutEvent, rolloutEventSchema } from '../../core/rollout/event.ts';

const messagesSchema = z.array(
  z.object({ id: z.string(), thread: z.string().optional(), edits: z.int(), card: cardSchema }),
);
const replySchema = z.object({ ok: z.boolean(), refused: z.string().optional(), card: cardSchema });
const rolloutSchema = z.object({
  id: z.string(),
  status: z.string(),
  steps: z.array(z.object({ id: z.string(), status: z.string() })),
});
const saidSchema = z.object({ said: z.string() });

/** The bot's answer to one person alone. */
export type Answer = z.infer<typeof replySchema>;
export type RolloutSeen = z.infer<typeof rolloutSchema>;

/** The console's room as a browser has it: over HTTP, with nothing that a person there doesn't have. */
export interface Room {
  /** All threads, oldest first. */
  threads(): Promise<ThreadView[]>;
  /** Sends what `person` types after `/rollout`. */
  type(person: string, text: string): Promise<Answer>;
  /** Presses a button of this card as `person`; `word` is what the button asks for. */
  press(person: string, card: Card, action: Action, word?: string): Promise<Answer>;
  rollout(id: string): Promise<RolloutSeen>;
  /** Newest first. */
  rollouts(): Promise<RolloutSeen[]>;
  journal(id: string): Promise<RolloutEvent[]>;
  /** Switches a fault of the sandbox on; answers what is so now. */
  fault(id: string): Promise<string>;
}

/** Milliseconds that an answer may take. */
const patience = 10_000;

/** The tokens that people sign in with at a console that is not open; `shared` reads. */
export interface Tokens {
  shared: string;
  of(person: string): string;
}

/** Opens a room of the console at `url`. Throws when the bot does not answer, or not in the agreed form. */
export function openRoom(url: string, channel: string, tokens?: Tokens): Room {
  const ask = asking(url, tokens?.shared);
  const command = (actAs: string, text: string, drawnAt?: number) =>
    asking(url, tokens?.of(actAs))('/console/commands', replySchema, {
      channel,
      text,
      actAs,
      ...(drawnAt === undefined ? {} : { drawnAt }),
    });
  return {
    threads: async () => threadsOf(await ask(`/console/channels/${channel}/messages`, messagesSchema)),
    type: (person, text) => command(person, text),
    press: (person, { drawnAt }, action, word) =>
      command(person, word === undefined ? action.command : `${action.command} ${word}`, drawnAt),
    rollout: (id) => ask(`/api/rollouts/${id}`, rolloutSchema),
    rollouts: () => ask('/api/rollouts', z.array(rolloutSchema)),
    journal: (id) => ask(`/api/rollouts/${id}/journal`, z.array(rolloutEventSchema)),
    fault: async (id) => (await ask('/console/faults', saidSchema, { fault: id })).said,
  };
}

function threadsOf(messages: z.infer<typeof messagesSchema>): ThreadView[] {
  const roots = messages.filter(({ thread }) => thread === undefined);
  return roots.map((root) => ({
    root: root.card,
    replies: messages.filter(({ thread }) => thread === root.id).map(({ id, card }) => ({ key: id, card })),
  }));
}

function asking(url: string, token: string | undefined) {
  const signed = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return async <T>(path: string, schema: z.ZodType<T>, body?: object): Promise<T> => {
    const sent = body && { method: 'POST', body: JSON.stringify(body) };
    const headers = { ...signed, ...(body && { 'content-type': 'application/json' }) };
    const answer = await fetch(`${url}${path}`, { ...sent, headers, signal: AbortSignal.timeout(patience) });
    if (!answer.ok)
      throw new Error(`${path} answered ${answer.status}: ${(await answer.text()).slice(0, 300)}`);
    return schema.parse(await answer.json());
  };
}

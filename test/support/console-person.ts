import { z } from 'zod';
import type { Card } from '../../src/core/card/card.ts';
import { plainText } from '../../src/core/card/plain-text.ts';
import { tokenOf } from './bot-files.ts';
import { until } from './until.ts';

const rolloutSchema = z.looseObject({
  id: z.string(),
  status: z.string(),
  step: z.string().nullish(),
  steps: z.array(z.looseObject({ id: z.string(), status: z.string(), attempts: z.number() })),
});
const eventSchema = z.looseObject({
  seq: z.number(),
  at: z.string(),
  type: z.string(),
  actor: z.looseObject({ kind: z.string(), id: z.string().optional() }),
  data: z.looseObject({
    step: z.string().optional(),
    epoch: z.number().optional(),
    attempt: z.number().optional(),
  }),
});
const messageSchema = z.looseObject({
  id: z.string(),
  thread: z.string().optional(),
  card: z.custom<Card>(),
});
export type Told = z.infer<typeof eventSchema>;

/** A person at the console's API, with a token of their own; `undefined` for the sandbox, where nobody has one. */
export function personAt(url: string, person: string, token: string | undefined = tokenOf(person)) {
  const headers = token === '' ? {} : { authorization: `Bearer ${token}` };
  const read = async (path: string) => {
    const answer = await fetch(`${url}${path}`, { headers });
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
    return answer.json();
  };
  const rollout = async (id: string) => rolloutSchema.parse(await read(`/api/rollouts/${id}`));
  return {
    /** Types a command; answers the card that the person alone gets. */
    async type(text: string) {
      const answer = await fetch(`${url}/console/commands`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify({ channel: 'rollouts', text, ...(token === '' ? { actAs: person } : {}) }),
      });
      const body = (await answer.json()) as { ok?: boolean; card?: Card };
      return {
        status: answer.status,
        ok: body.ok ?? false,
        said: body.card ? plainText(body.card).join('\n') : JSON.stringify(body),
      };
    },
    rollout,
    rollouts: async () => z.array(rolloutSchema).parse(await read('/api/rollouts')),
    journal: async (id: string): Promise<Told[]> =>
      z.array(eventSchema).parse(await read(`/api/rollouts/${id}/journal`)),
    verified: async (id: string) =>
      z
        .looseObject({ ok: z.boolean().optional() })
        .parse(await read(`/api/rollouts/${id}/journal/verification`)),
    messages: async () => z.array(messageSchema).parse(await read('/console/channels/rollouts/messages')),
    /** Waits until a rollout has a status. */
    async until(id: string, status: string, seconds = 60) {
      const is = async () => (await rollout(id).catch(() => undefined))?.status === status;
      await until(`${id} to be ${status}`, is, seconds).catch(async (error: Error) => {
        const { steps, ...now } = await rollout(id);
        const last = steps.findLast(({ attempts }) => attempts > 0);
        throw new Error(`${error.message}; it is ${JSON.stringify({ ...now, last })}`);
      });
    },
  };
}

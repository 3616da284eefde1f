import { z } from 'zod';
import type { Json } from '../core/json.ts';
import { durationSchema, formatDuration, milliseconds } from '../core/playbook/duration.ts';
import { celOver, holds } from '../core/step/condition.ts';
import { shownDuration } from '../core/step/deadline.ts';
import { shown, shownUrl } from '../core/step/shown.ts';
import type { StepContext, StepKind, StepResult } from '../ports/step.ts';
import { headersSchema } from './http/expectation.ts';

const input = z.strictObject({
  url: z.url({ protocol: /^wss?$/, error: 'a ws or wss address' }),
  messages: z.int().min(1).max(1_000).default(1).describe('How many messages have to come'),
  within: durationSchema.default('10s'),
  expect: celOver('message', 'json').optional().describe('Only messages for which this is true count'),
  headers: headersSchema.optional(),
});
type Input = z.infer<typeof input>;

interface Heard {
  counted: number;
  last: string | undefined;
}

function counts(condition: string | undefined, message: string): boolean {
  if (condition === undefined) return true;
  try {
    return holds(condition, { message, json: parsed(message) });
  } catch {
    return false;
  }
}

function parsed(message: string): Json {
  try {
    return JSON.parse(message) as Json;
  } catch {
    return null;
  }
}

async function listen(
  { input: given, world }: StepContext<Input>,
  signal: AbortSignal,
  heard: Heard,
): Promise<void> {
  const options = given.headers === undefined ? {} : { headers: given.headers };
  for await (const message of world.feeds.messages(given.url, signal, options)) {
    heard.last = message;
    if (counts(given.expect, message)) heard.counted += 1;
    if (heard.counted >= given.messages) return;
  }
}

function missed({ input: given }: StepContext<Input>, { counted, last }: Heard, why: string): StepResult {
  const some = `${counted} of ${given.messages} messages`;
  const detail = last === undefined ? 'Nothing came.' : `The last message: ${shown(last, 300)}`;
  return { status: 'failed', summary: `${shownUrl(given.url)}: ${some}, ${why}`, detail, retryable: true };
}

/** Opens a WebSocket and waits for messages. */
export const websocketCheck: StepKind<Input> = {
  uses: 'websocket.check',
  describe: 'Checks that a WebSocket can be opened and that the expected messages come in time.',
  input,
  effect: 'none',
  async plan({ input: given }) {
    const count = `${given.messages ?? 1} message${given.messages > 1 ? 's' : ''}`;
    const limit = shownDuration(given.within ?? '10s');
    return { summary: `Listen to ${shownUrl(given.url)}: ${count} within ${limit}`, diff: [] };
  },
  async run(context, signal) {
    signal.throwIfAborted();
    const { input: given } = context;
    const limit = milliseconds(given.within);
    const limited = AbortSignal.any([signal, AbortSignal.timeout(limit)]);
    const heard: Heard = { counted: 0, last: undefined };
    try {
      await listen(context, limited, heard);
    } catch (error) {
      signal.throwIfAborted();
      const why = error instanceof Error ? shown(error.message) : String(error);
      return missed(context, heard, limited.aborted ? `not more within ${formatDuration(limit)}` : why);
    }
    if (heard.counted < given.messages)
      return missed(context, heard, 'then the server closed the connection');
    const summary = `${shownUrl(given.url)}: ${heard.counted} message${heard.counted > 1 ? 's' : ''} came`;
    return { status: 'succeeded', summary, output: { last: shown(heard.last ?? '', 1_000) } };
  },
};

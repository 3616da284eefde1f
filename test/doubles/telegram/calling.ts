import { setTimeout as pause } from 'node:timers/promises';
import type { World } from './world.ts';

/** Calls the bot's webhook with what happens, one update after the other, again until the bot says 200. */
export interface Calling {
  /** What the bot answered, in order. */
  readonly answers: number[];
  stop(): void;
}

const again = 50;

export function callWebhook(world: World): Calling {
  const answers: number[] = [];
  let stopped = false;
  let busy = false;

  async function call(): Promise<void> {
    if (busy) return;
    busy = true;
    while (!stopped && world.webhook && world.updates.length > 0) {
      const [update] = world.updates;
      const status = await deliver(world.webhook, update).catch(() => 0);
      answers.push(status);
      if (status === 200) world.updates = world.updates.filter((each) => each !== update);
      else await pause(again);
    }
    busy = false;
    if (!stopped) world.changed();
  }

  const stop = world.onChange(() => {
    if (world.webhook && world.updates.length > 0) void call();
  });
  return {
    answers,
    stop() {
      stopped = true;
      stop();
    },
  };
}

async function deliver(webhook: { url: string; secret?: string }, update: unknown): Promise<number> {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (webhook.secret !== undefined) headers['x-telegram-bot-api-secret-token'] = webhook.secret;
  const answer = await fetch(webhook.url, { method: 'POST', headers, body: JSON.stringify(update) });
  return answer.status;
}

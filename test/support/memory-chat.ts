import type { Card } from '../../src/core/card/card.ts';
import { plainLine } from '../../src/core/card/plain-text.ts';
import type { Platform } from '../../src/core/rollout/actor.ts';
import { ChatError, type ChatPort } from '../../src/ports/chat.ts';

export interface MemoryMessage {
  channel: string;
  title: string;
  lines: string[];
  /** The root's id, for a reply. */
  thread: string | undefined;
  operation: string;
  edits: number;
}

/** What goes wrong with a call; `landed`: it is done all the same. */
export interface Failure {
  error: Error;
  landed?: boolean;
}

export interface MemoryChatOptions {
  platform?: Platform;
  /** Asked before each call, also how long it takes; throws nothing itself. */
  fail?: (call: string, channel: string) => Failure | undefined | Promise<Failure | undefined>;
}

/** A chat platform in memory: strict about what was deleted, and made to fail by the test. */
export function memoryChat(options: MemoryChatOptions = {}) {
  const messages = new Map<string, MemoryMessage>();
  const calls: string[] = [];
  const knobs = { blind: false, fail: options.fail };
  let count = 0;

  async function calling<T>(call: string, channel: string, work: () => T): Promise<T> {
    calls.push(call);
    const failure = await knobs.fail?.(call, channel);
    if (failure && !failure.landed) throw failure.error;
    const done = work();
    if (failure) throw failure.error;
    return done;
  }
  const said = ({ title, lines }: Card) => ({
    title: plainLine(title),
    lines: lines.map((line) => plainLine(line)),
  });
  const gone = () => new ChatError('gone', 'it was deleted');

  const port: ChatPort = {
    platform: options.platform ?? 'console',
    post: (channel, under, card, operation) =>
      calling(`post ${said(card).title}`, channel, () => {
        if (under && !messages.has(under.id)) throw gone();
        count += 1;
        const id = `m${count}`;
        messages.set(id, { channel, ...said(card), thread: under?.id, operation, edits: 0 });
        return { channel, id };
      }),
    update: ({ channel, id }, card) =>
      calling(`edit ${said(card).title}`, channel, () => {
        const message = messages.get(id);
        if (!message) throw gone();
        Object.assign(message, said(card), { edits: message.edits + 1 });
      }),
    find: (channel, under, operation) =>
      calling('find', channel, () => {
        if (knobs.blind) return 'unknown' as const;
        if (under && !messages.has(under.id)) throw gone();
        const found = [...messages].find(([, message]) => message.operation === operation);
        return found && { channel, id: found[0] };
      }),
    probe: (channel) => calling('probe', channel, () => undefined),
  };
  return {
    port,
    messages,
    calls,
    knobs,
    titles: () => [...messages.values()].map(({ title, thread }) => (thread ? `${thread}> ${title}` : title)),
  };
}

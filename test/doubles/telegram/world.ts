import { EventEmitter } from 'node:events';
import type { Entity } from './html.ts';

export interface User {
  id: number;
  is_bot: boolean;
  first_name: string;
  username?: string;
}

export interface Button {
  text: string;
  callback_data?: string | undefined;
  url?: string | undefined;
}

/** A message as Telegram keeps it. */
export interface StoredMessage {
  chat: number;
  id: number;
  topic?: number;
  /** Undefined for a channel's post. */
  from?: User;
  /** The message that it replies to. */
  replyTo?: number;
  /** Its text, or the caption of its picture or document, as people read it. */
  text: string;
  entities: Entity[];
  /** The bytes of its picture. */
  picture?: Uint8Array;
  document?: { name: string; bytes: Uint8Array };
  keyboard: Button[][];
  /** It makes this person's client open a reply. */
  asksReply: boolean;
  silent: boolean;
  deleted: boolean;
  edits: number;
}

export interface Chat {
  id: number;
  type: 'private' | 'group' | 'supergroup' | 'channel';
  bot: 'member' | 'kicked' | 'left';
  isForum: boolean;
  topics: Map<number, { closed: boolean }>;
  /** The supergroup that it became. */
  migratedTo?: number;
  mayWrite: boolean;
}

/** What goes wrong with the next call of a method. `lost-reply`: it is done, and the connection is cut. */
export type Fault =
  | { kind: 'rate-limit'; seconds: number }
  | { kind: 'lost-reply' }
  | { kind: 'cut' }
  | { kind: 'http'; status: number }
  | { kind: 'error'; code: number; description: string };

export interface Call {
  method: string;
  args: Record<string, unknown>;
  answer: string;
  /** Milliseconds since the epoch. */
  at: number;
}

export interface Update {
  update_id: number;
  [kind: string]: unknown;
}

/** Somebody's press, for as long as it can be answered. */
export interface Query {
  user: number;
  at: number;
  answer?: { text: string; alert: boolean };
}

/** One bot, the chats that it is in, and what its people did and saw. */
export class World {
  readonly token = '7000000001:double-telegram-token';
  readonly bot: User = { id: 7_000_000_001, is_bot: true, first_name: 'Cutover', username: 'cutover_bot' };
  readonly chats = new Map<number, Chat>();
  readonly users = new Map<number, User>();
  readonly messages: StoredMessage[] = [];
  readonly queries = new Map<string, Query>();
  readonly calls: Call[] = [];
  readonly commands: { command: string; description: string }[] = [];
  /** What the bot has not read yet. */
  updates: Update[] = [];
  webhook: { url: string; secret?: string } | undefined;
  /** Milliseconds for which a press can be answered. */
  queryTime = 15_000;
  /** Each batch of updates comes so. */
  batches: 'in order' | 'doubled' | 'reversed' = 'in order';
  /** Messages to a chat within a second, and to a group within a minute; undefined: unlimited. */
  pace: { second: number; minute: number } | undefined;
  /** What goes wrong with every call, besides what `fail` ordered; undefined: nothing. */
  weather: ((method: string) => Fault | undefined) | undefined;
  readonly #faults = new Map<string, Fault[]>();
  readonly #changes = new EventEmitter();
  #serial = 100;

  constructor() {
    this.#changes.setMaxListeners(0);
    for (const [id, first_name] of [
      [11, 'Alice'],
      [12, 'Bob'],
      [13, 'Carol'],
    ] as const) {
      this.users.set(id, { id, is_bot: false, first_name });
    }
    this.addChat({ id: -100_1, type: 'supergroup' });
  }

  addChat(chat: Pick<Chat, 'id' | 'type'> & Partial<Chat>): Chat {
    const made: Chat = { bot: 'member', isForum: false, topics: new Map(), mayWrite: true, ...chat };
    this.chats.set(chat.id, made);
    return made;
  }

  nextId(): number {
    this.#serial += 1;
    return this.#serial;
  }

  /** Numbers in supergroups begin at one in each; others have numbers that no two chats share. */
  nextMessageId(chat: Chat): number {
    if (chat.type === 'private' || chat.type === 'group') return this.nextId();
    return (
      1 + Math.max(0, ...this.messages.filter((message) => message.chat === chat.id).map(({ id }) => id))
    );
  }

  find(chat: number, id: number): StoredMessage | undefined {
    return this.messages.find((message) => message.chat === chat && message.id === id && !message.deleted);
  }

  push(update: Record<string, unknown>): void {
    this.updates.push({ update_id: this.nextId(), ...update });
    this.changed();
  }

  /** Makes the next call of a method fail; several are taken in order. */
  fail(method: string, fault: Fault): void {
    this.#faults.set(method, [...(this.#faults.get(method) ?? []), fault]);
  }

  takeFault(method: string): Fault | undefined {
    return this.#faults.get(method)?.shift() ?? this.weather?.(method);
  }

  /** What stands in a chat by the bot, in order. */
  visible(chat: number): StoredMessage[] {
    return this.messages.filter(
      (message) => message.chat === chat && message.from?.id === this.bot.id && !message.deleted,
    );
  }

  /** The notices that a person's presses were answered with. */
  noticesTo(user: number): { text: string; alert: boolean }[] {
    return [...this.queries.values()].flatMap((query) =>
      query.user === user && query.answer ? [query.answer] : [],
    );
  }

  callsOf(method: string): Call[] {
    return this.calls.filter((call) => call.method === method);
  }

  changed(): void {
    this.#changes.emit('change');
  }

  onChange(listener: () => void): () => void {
    this.#changes.on('change', listener);
    return () => this.#changes.off('change', listener);
  }

  /** Resolves with what `look` finds, as soon as it finds something; looks again at each change. */
  async until<T>(look: () => T | undefined | false, what = look.toString(), seconds = 10): Promise<T> {
    const deadline = AbortSignal.timeout(seconds * 1_000);
    for (;;) {
      const found = look();
      if (found !== undefined && found !== false) return found;
      if (deadline.aborted) throw new Error(`the Telegram double waited ${seconds} s in vain for: ${what}`);
      await new Promise<void>((resolve) => {
        const stop = this.onChange(done);
        deadline.addEventListener('abort', done);
        function done(): void {
          stop();
          deadline.removeEventListener('abort', done);
          resolve();
        }
      });
    }
  }
}

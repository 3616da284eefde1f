import { EventEmitter } from 'node:events';
import type { StoredFile } from './files.ts';

/** A message as Slack keeps it. */
export interface StoredMessage {
  channel: string;
  ts: string;
  thread_ts?: string;
  text: string;
  blocks: Record<string, unknown>[];
  metadata?: { event_type: string; event_payload: Record<string, unknown> };
  edits: number;
  /** The ids of files that it brings. */
  files?: string[];
  /** Seen by this person only. */
  onlyFor?: string;
}

/** A modal or a Home tab. */
export interface OpenView {
  id: string;
  user: string;
  view: Record<string, unknown>;
  /** Another with each change. */
  hash: string;
  /** The modal beneath it. */
  under?: string;
  /** What was refused at its fields, by block. */
  errors?: Record<string, string>;
  closed?: boolean;
}

/** What goes wrong with the next call of a method. `lost-reply`: it is done, and the connection is cut. */
export type Fault =
  | { kind: 'rate-limit'; seconds: number }
  | { kind: 'lost-reply' }
  | { kind: 'cut' }
  | { kind: 'hang' }
  | { kind: 'http'; status: number }
  | { kind: 'error'; code: string };

export interface Call {
  method: string;
  args: Record<string, string>;
  answer: string;
}

/** One workspace with a bot in it: what is stored, what was called, and what people saw go wrong. */
export class Workspace {
  readonly team = 'T1';
  /** The organisation, where the workspace belongs to an Enterprise Grid. */
  enterprise?: string;
  readonly botToken = 'xoxb-double-bot-token';
  readonly appToken = 'xapp-double-app-token';
  readonly signingSecret = 'double-signing-secret';
  readonly channels = new Map<string, { member: boolean; archived: boolean; people: Set<string> }>();
  /** The user ids in a user group, by its id. */
  readonly groups = new Map<string, string[]>();
  readonly messages: StoredMessage[] = [];
  readonly views: OpenView[] = [];
  /** The Home tab of each person. */
  readonly homes = new Map<string, OpenView & { published: number }>();
  readonly files = new Map<string, StoredFile>();
  /** Where this workspace's addresses begin. */
  origin = '';
  /** How often a new picture is refused before Slack can show it. */
  unready = 0;
  readonly calls: Call[] = [];
  /** What Slack showed to people because an acknowledgement was late or nobody listened. */
  readonly errorsShown: string[] = [];
  /** Trigger ids by the time they were made (milliseconds); taken out when used. */
  readonly triggers = new Map<string, number>();
  readonly triggerUsers = new Map<string, string>();
  /** Trigger ids that come from inside a modal. */
  readonly triggerViews = new Map<string, string>();
  /** What goes wrong with every call, besides what `fail` ordered; undefined: nothing. */
  weather: ((method: string) => Fault | undefined) | undefined;
  readonly #faults = new Map<string, Fault[]>();
  readonly #changes = new EventEmitter();
  #serial = 0;

  constructor() {
    this.#changes.setMaxListeners(0);
    this.channels.set('C1', { member: true, archived: false, people: new Set(['U1', 'U2', 'U3']) });
  }

  nextTs(): string {
    this.#serial += 1;
    return `1763733600.${String(this.#serial).padStart(6, '0')}`;
  }

  nextId(prefix: string): string {
    this.#serial += 1;
    return `${prefix}${this.#serial}`;
  }

  newTrigger(user: string, view?: string): string {
    const trigger = this.nextId('trigger.');
    this.triggers.set(trigger, Date.now());
    this.triggerUsers.set(trigger, user);
    if (view !== undefined) this.triggerViews.set(trigger, view);
    return trigger;
  }

  /** Makes the next call of a method fail; several are taken in order. */
  fail(method: string, fault: Fault): void {
    this.#faults.set(method, [...(this.#faults.get(method) ?? []), fault]);
  }

  takeFault(method: string): Fault | undefined {
    return this.#faults.get(method)?.shift() ?? this.weather?.(method);
  }

  changed(): void {
    this.#changes.emit('change');
  }

  /**
   * The channel that a post goes to: in the place of a person's id their direct messages with the app, opened by the
   * first post. Rule: Slack, chat.postMessage, "Post to a DM".
   */
  roomOf(channel: string): string {
    const known = [...this.channels.values()].some(({ people }) => people.has(channel));
    if (!/^[UW]/.test(channel) || !known) return channel;
    const room = `D${channel}`;
    this.channels.set(room, { member: true, archived: false, people: new Set([channel]) });
    return room;
  }

  /** What everybody sees in a channel, roots and replies in order. */
  visible(channel: string): StoredMessage[] {
    return this.messages.filter((message) => message.channel === channel && message.onlyFor === undefined);
  }

  /** The modal on top of what a person has open. */
  openView(user: string): OpenView | undefined {
    return this.views.findLast((view) => view.user === user && view.closed !== true);
  }

  /** What only this person sees. */
  privately(user: string): StoredMessage[] {
    return this.messages.filter((message) => message.onlyFor === user);
  }

  callsOf(method: string): Call[] {
    return this.calls.filter((call) => call.method === method);
  }

  /** Resolves with what `look` finds, as soon as it finds something; looks again at each change. */
  async until<T>(look: () => T | undefined | false, what = look.toString()): Promise<T> {
    const deadline = AbortSignal.timeout(10_000);
    for (;;) {
      const found = look();
      if (found !== undefined && found !== false) return found;
      if (deadline.aborted) throw new Error(`the Slack double waited 10 s in vain for: ${what}`);
      await new Promise<void>((resolve) => {
        const again = () => {
          this.#changes.off('change', again);
          deadline.removeEventListener('abort', again);
          resolve();
        };
        this.#changes.on('change', again);
        deadline.addEventListener('abort', again);
      });
    }
  }
}

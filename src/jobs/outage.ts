import type { Card } from '../core/card/card.ts';
import { formatDuration } from '../core/playbook/duration.ts';
import { ChatError, type ChatPort, type MessageRef } from '../ports/chat.ts';
import { type Clock, iso, type NewNonce } from '../ports/clock.ts';

export interface OutageParts {
  /** Asks the store for a sign of life; rejects when there is none. */
  ping(): Promise<unknown>;
  /** Where live threads are (`platform:id`), from memory: the store can't be asked. */
  rooms(): readonly string[];
  /** The platforms that notices are posted to; none whose messages are kept in the store itself. */
  chats: ReadonlyMap<string, ChatPort>;
  clock: Clock;
  newNonce: NewNonce;
  /** Called with the time of the last answer when an outage begins, and with undefined when it is over. */
  onChange(since: number | undefined): void;
  onError(error: unknown, room: string): void;
}

/** Watches the store, and tells people when it is away. */
export interface Outage {
  /** Looks once: notices go out and are put right. */
  look(): Promise<void>;
  /** When the store last answered, in milliseconds, while it is silent; undefined when all is well. */
  silentSince(): number | undefined;
}

/** Milliseconds of silence after which it is an outage that people are told of. */
const patience = 5_000;
const lookEvery = 1_000;

interface Notice {
  room: string;
  operation: string;
  /** Where it stands; absent while it is not known to stand anywhere. */
  ref?: MessageRef;
}

/**
 * One notice for each outage and room, edited once it is over. A notice whose room can't be reached is tried again at
 * the next look; one that may stand already is looked for before it is posted again. Nothing here needs the store, so
 * with several gateways a room can be told by each of them.
 */
export function watchStore(parts: OutageParts): Outage {
  const { clock, onChange } = parts;
  let answeredAt = clock.now();
  let silent = false;
  let told: { since: number; notices: Map<string, Notice> } | undefined;
  const toMend = new Map<Notice, Card>();

  const answered = (): void => {
    if (told) {
      const card = overCard(clock.now() - told.since);
      for (const notice of told.notices.values()) toMend.set(notice, card);
      told = undefined;
      onChange(undefined);
    }
    silent = false;
    answeredAt = clock.now();
  };
  const unanswered = (): void => {
    silent = true;
    if (told || clock.now() - answeredAt < patience) return;
    told = { since: answeredAt, notices: new Map() };
    onChange(answeredAt);
  };

  return {
    silentSince: () => (silent ? answeredAt : undefined),
    async look() {
      await parts.ping().then(answered, unanswered);
      if (told) await tell(parts, told.notices, awayCard(told.since));
      for (const [notice, card] of toMend) if (await mend(parts, notice, card)) toMend.delete(notice);
    },
  };
}

/** Looks again and again until it is stopped. */
export function startWatchingStore(outage: Outage, onError: (error: unknown) => void): () => void {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  const again = (): void => {
    if (!stopped) timer = setTimeout(() => void outage.look().catch(onError).finally(again), lookEvery);
  };
  again();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}

async function tell(parts: OutageParts, notices: Map<string, Notice>, card: Card): Promise<void> {
  const rooms = parts.rooms().filter((room) => parts.chats.has(platformOf(room)));
  await Promise.all(
    rooms.map(async (room) => {
      const notice = notices.get(room);
      if (!notice?.ref) await post(parts, notices, room, card);
    }),
  );
}

async function post(
  parts: OutageParts,
  notices: Map<string, Notice>,
  room: string,
  card: Card,
): Promise<void> {
  const chat = parts.chats.get(platformOf(room));
  const doubtful = notices.get(room);
  const notice: Notice = doubtful ?? { room, operation: parts.newNonce() };
  try {
    const found = doubtful && (await chat?.find(idOf(room), undefined, doubtful.operation));
    if (found === 'unknown') return;
    const ref = found ?? (await chat?.post(idOf(room), undefined, card, notice.operation));
    notices.set(room, ref ? { ...notice, ref } : notice);
  } catch (error) {
    if (error instanceof ChatError && error.reason === 'doubtful') notices.set(room, notice);
    parts.onError(error, room);
  }
}

/** Makes a notice say that it is over; true when there is nothing more to do about it. */
async function mend(parts: OutageParts, notice: Notice, card: Card): Promise<boolean> {
  const chat = parts.chats.get(platformOf(notice.room));
  try {
    const ref = notice.ref ?? (await chat?.find(idOf(notice.room), undefined, notice.operation));
    if (ref && ref !== 'unknown') await chat?.update(ref, card);
    return true;
  } catch (error) {
    parts.onError(error, notice.room);
    return error instanceof ChatError && ['gone', 'closed', 'refused'].includes(error.reason);
  }
}

/** What people read while the store is away. */
export function awayCard(since: number): Card {
  return {
    tone: 'bad',
    title: ['I can’t reach my journal (Redis) since ', { time: iso(since) }, '.'],
    lines: [
      ['Steps under way finish, nothing new starts, commands are refused.'],
      ['I go on by myself when it is back.'],
    ],
    actions: [],
    links: [],
  };
}

function overCard(away: number): Card {
  const seconds = formatDuration(Math.max(1_000, Math.round(away / 1_000) * 1_000));
  return {
    tone: 'good',
    title: [`My journal (Redis) was away for ${seconds}; everything goes on.`],
    lines: [],
    actions: [],
    links: [],
  };
}

function platformOf(room: string): string {
  return room.slice(0, room.indexOf(':'));
}

function idOf(room: string): string {
  return room.slice(room.indexOf(':') + 1);
}

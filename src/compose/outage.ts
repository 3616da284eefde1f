import { randomUUID } from 'node:crypto';
import type { Log } from '../adapters/log.ts';
import { isEnded } from '../core/rollout/status.ts';
import { awayCard, startWatchingStore, watchStore } from '../jobs/outage.ts';
import type { ChatPort, Inbox } from '../ports/chat.ts';
import { type Clock, iso } from '../ports/clock.ts';
import type { Rollout } from '../ports/rollouts.ts';
import type { Repeats } from './repeats.ts';
import type { Store } from './store.ts';
import type { Troubles } from './troubles.ts';

export interface OutageWatch {
  /** Remembers where a rollout is followed, for as long as it is not at an end. */
  saw(rollout: Rollout): void;
  /** Refuses what people ask while the store is silent, at once and with the reason. */
  guard(inbox: Inbox): Inbox;
  stop(): void;
}

export interface OutageWatchParts {
  store: Store;
  clock: Clock;
  log: Log;
  repeats: Repeats;
  /** Chats beside the console, whose messages are kept in Redis. */
  chats: readonly ChatPort[];
  troubles: Troubles;
}

/** Watches Redis for a gateway. */
export function watchRedis({ store, clock, log, repeats, chats, troubles }: OutageWatchParts): OutageWatch {
  const rooms = new Map<string, readonly string[]>();
  const outage = watchStore({
    ping: () => store.prompt.ping(),
    rooms: () => [...new Set([...rooms.values()].flat())],
    chats: new Map(chats.map((chat) => [chat.platform, chat])),
    clock,
    newNonce: randomUUID,
    onChange(since) {
      if (since === undefined) log.info('Redis answers again');
      else log.error({ since: iso(since) }, 'Redis does not answer: nothing new starts until it is back');
      troubles.set('journal', since);
    },
    onError: (error, room) =>
      repeats.say(
        'warn',
        `notice ${room}`,
        { err: error, room },
        'People could not be told that Redis is away',
      ),
  });
  const saw = ({ plan, state }: Rollout): void => {
    if (isEnded(plan, state)) rooms.delete(state.id);
    else
      rooms.set(
        state.id,
        state.channels.map(({ platform, id }) => `${platform}:${id}`),
      );
  };
  void store.rollouts.list({ active: true, limit: 1_000 }).then(
    (all) => all.forEach(saw),
    () => undefined,
  );
  return {
    saw,
    guard: (inbox) => async (message) => {
      const since = outage.silentSince();
      return since === undefined ? inbox(message) : { ok: false, card: awayCard(since) };
    },
    stop: startWatchingStore(outage, (error) => log.error({ err: error }, 'The watch of Redis failed')),
  };
}

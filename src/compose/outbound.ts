import { randomUUID } from 'node:crypto';
import type { Meters } from '../adapters/meters.ts';
import type { ThreadView } from '../core/card/card.ts';
import type { ThreadNotes } from '../core/card/notes.ts';
import { platformOf } from '../jobs/outbound/channel-name.ts';
import { type Closures, createClosures } from '../jobs/outbound/closures.ts';
import { type Board, createEnsure } from '../jobs/outbound/ensure.ts';
import { createPace } from '../jobs/outbound/pace.ts';
import { type Showing, startShowing } from '../jobs/outbound/show.ts';
import { ChatError, type ChatPort } from '../ports/chat.ts';
import type { Clock } from '../ports/clock.ts';
import type { Rollout } from '../ports/rollouts.ts';
import type { ThreadName } from '../ports/threads.ts';
import { limitsOf } from './limits.ts';
import type { Repeats } from './repeats.ts';
import type { Store } from './store.ts';

export interface OutboundParts {
  store: Store;
  clock: Clock;
  log: Record<'info' | 'error', (fields: object, message: string) => void>;
  repeats: Repeats;
  meters: Meters;
}

/** What goes out to the chat platforms. */
export interface Outbound {
  /** Sentences about what people have to mend, while the bot goes on. */
  remarks(): string[];
  /** Where a rollout can't be shown. */
  notesOn(rollout: Rollout): ThreadNotes['closed'];
  /** Begins to keep the threads of these platforms up to date. */
  start(
    chats: readonly ChatPort[],
    view: (rollout: Rollout, channel: string) => Promise<ThreadView>,
    boards: ReadonlyMap<string, Board>,
  ): Promise<Showing>;
}

export function createOutbound(parts: OutboundParts): Outbound {
  const { store, clock, meters } = parts;
  const closures = closuresOf(parts);
  return {
    remarks: () =>
      closures
        .all()
        .filter(({ rollout }) => rollout === undefined)
        .map(({ channel, why, since }) => `${channel} can't be written to since ${since}: ${why}`),
    notesOn: (rollout) => closures.notesOn(rollout),
    async start(ports, view, boards) {
      const chats = new Map<string, ChatPort>(ports.map((port) => [port.platform, port]));
      const { threads, patientRollouts: rollouts, allowance } = store;
      await closures.refresh();
      const closed = (rollout: Rollout, { channel }: ThreadName) => closures.notesOn(rollout, channel);
      const showing = startShowing({
        threads,
        rollouts,
        ensuring: createEnsure({ threads, rollouts, chats, view, newNonce: randomUUID, closed, boards }),
        pace: createPace({ allowance, clock, limitsOf }),
        closures,
        clock,
        chats,
        onVisit: (thread, error) => error !== undefined && sayFailure(parts, thread, error),
      });
      meters.watchOutbound(() => numbers(showing, closures, clock));
      return showing;
    },
  };
}

function closuresOf({ store, clock, log }: OutboundParts): Closures {
  return createClosures({
    rooms: store.rooms,
    clock,
    onClosed: ({ channel, rollout, why }) =>
      log.error({ channel, rollout, why }, 'A channel can’t be written to until somebody mends it'),
    onOpened: (channel) => log.info({ channel }, 'A channel can be written to again'),
  });
}

/** A platform's outage is one fault, however many threads it holds up. */
function sayFailure({ meters, repeats }: OutboundParts, thread: ThreadName, error: unknown): void {
  const platform = platformOf(thread.channel);
  const reason = error instanceof ChatError ? error.reason : 'fault';
  meters.threadFailed(platform, reason);
  if (reason === 'closed') return;
  const isOfPlatform = reason === 'unavailable' || reason === 'doubtful' || reason === 'rate-limited';
  const [of, message] = isOfPlatform
    ? [`${platform} away`, `Messages to ${platform} are late; rollouts go on, and the threads catch up`]
    : [
        `${reason} ${thread.rollout} ${thread.channel}`,
        'A thread could not be brought up to date; it is tried again',
      ];
  repeats.say('warn', of, { err: error, ...thread }, message);
}

function numbers(showing: Showing, closures: Closures, clock: Clock) {
  const closed = closures.all().filter(({ rollout }) => rollout === undefined);
  return [...showing.backlog()].map(([platform, { depth, since }]) => ({
    platform,
    unsent: depth,
    oldest: since === undefined ? 0 : Math.max(0, clock.now() - since),
    closed: closed.filter(({ channel }) => platformOf(channel) === platform).length,
  }));
}

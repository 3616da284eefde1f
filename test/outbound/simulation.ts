import type { ThreadView } from '../../src/core/card/card.ts';
import { plainLine } from '../../src/core/card/plain-text.ts';
import { threadOf } from '../../src/core/card/thread.ts';
import { createClosures } from '../../src/jobs/outbound/closures.ts';
import { createEnsure } from '../../src/jobs/outbound/ensure.ts';
import { createPace, type LimitsOf } from '../../src/jobs/outbound/pace.ts';
import { startShowing } from '../../src/jobs/outbound/show.ts';
import type { ChatPort } from '../../src/ports/chat.ts';
import { systemClock as clock } from '../../src/ports/clock.ts';
import type { Rollout } from '../../src/ports/rollouts.ts';
import { memoryAllowance } from '../support/memory-allowance.ts';
import type { memoryChat } from '../support/memory-chat.ts';
import { memoryRooms } from '../support/memory-rooms.ts';
import { memoryThreads } from '../support/memory-threads.ts';
import type { SimulatedRollout } from './rollouts.ts';

export const viewOf = async ({ plan, state }: Rollout): Promise<ThreadView> =>
  threadOf(plan, state, () => [{ id: 'bob', name: 'Bob' }], clock.now());

/** Gateways over one store in memory: everything that goes out is real but the store and the platforms. */
export function startGateways(
  rollouts: readonly SimulatedRollout[],
  chats: readonly ChatPort[],
  limitsOf: LimitsOf,
  gateways = 1,
) {
  const threads = memoryThreads(clock);
  const allowance = memoryAllowance(clock);
  const rooms = memoryRooms();
  const errors: unknown[] = [];
  const byPlatform = new Map(chats.map((chat) => [chat.platform as string, chat]));
  const byId = new Map(rollouts.map((rollout) => [rollout.id, rollout]));
  const fallBehind = (rollout: SimulatedRollout, seq: number) => {
    for (const { platform, id } of rollout.now().state.channels)
      threads.fallBehind({ rollout: rollout.id, channel: `${platform}:${id}` }, seq);
  };
  for (const rollout of rollouts) rollout.onChange((_id, seq) => fallBehind(rollout, seq));
  let nonces = 0;
  const start = () =>
    startShowing({
      threads,
      rollouts: {
        find: async (id) => byId.get(id)?.now(),
        onChange(listener) {
          const stops = rollouts.map((rollout) => rollout.onChange(listener));
          return () => {
            for (const stop of stops) stop();
          };
        },
      },
      ensuring: createEnsure({
        threads,
        rollouts: { find: async (id) => byId.get(id)?.now() },
        chats: byPlatform,
        view: viewOf,
        newNonce: () => {
          nonces += 1;
          return `op-${nonces}`;
        },
      }),
      pace: createPace({ allowance, clock, limitsOf }),
      closures: createClosures({ rooms, clock, onClosed: () => undefined, onOpened: () => undefined }),
      clock,
      chats: byPlatform,
      onVisit: (_thread, error) => error !== undefined && errors.push(error),
    });
  const running = Array.from({ length: gateways }, start);
  return {
    threads,
    rooms,
    errors,
    running,
    stop: () => Promise.all(running.map((showing) => showing.stop())),
  };
}

/** What people read in a thread: its root, then its replies, each as title and lines. */
export function threadAt(chat: ReturnType<typeof memoryChat>, rollout: string, channel: string): string[] {
  const room = channel.slice(channel.indexOf(':') + 1);
  const inRoom = [...chat.messages].filter(([, message]) => message.channel === room);
  const roots = inRoom.filter(([, { thread, title }]) => !thread && title.startsWith(`${rollout} `));
  const replies = inRoom.filter(([, { thread }]) => roots.some(([id]) => id === thread));
  return [...roots, ...replies].map(([, { title, lines }]) => [title, ...lines].join('\n'));
}

/** What they should read now. */
export async function threadShouldBe(rollout: SimulatedRollout): Promise<string[]> {
  const { root, replies } = await viewOf(rollout.now());
  return [root, ...replies.map(({ card }) => card)].map(({ title, lines }) =>
    [title, ...lines].map((line) => plainLine(line)).join('\n'),
  );
}

import type { Clock } from '../../ports/clock.ts';
import type { Turn, Turns } from '../../ports/memory.ts';
import type { BotApi } from './api.ts';
import { classify, isConflict } from './errors.ts';
import type { Log } from './log.ts';
import { pause } from './pause.ts';
import { allowedUpdates, numberOf } from './updates.ts';

export interface PollParts {
  api: BotApi;
  turns: Turns;
  /** The bot's own id: one process at a time asks for its updates. */
  bot: number;
  /** Takes one update; Telegram is told so only after. */
  take(update: unknown): Promise<void>;
  clock: Clock;
  log: Log;
  /** Seconds that Telegram may hold a question open; shorter in tests. */
  hold?: number;
}

export interface Polling {
  /** Whether updates arrive here now. */
  listening(): boolean;
  /** Stops asking; what was taken is taken, the rest is delivered again. */
  stop(): Promise<void>;
}

/** A process that is silent for so long has lost its turn (milliseconds). */
const turnTime = 6_000;
const renewEvery = 1_500;
const waitForTurn = 1_000;
const afterConflict = 3_000;
const longestPause = 30_000;

/**
 * Long polling, by one process at a time over all gateways. An update counts as read by Telegram with the next
 * question, and that is asked only after it was taken. Nothing that Telegram answers ends it but `stop`.
 */
export function startPolling(parts: PollParts): Polling {
  const stopping = new AbortController();
  const state = { listening: false };
  const loop = run(parts, state, stopping.signal);
  return {
    listening: () => state.listening,
    async stop() {
      stopping.abort();
      await loop;
    },
  };
}

async function run(parts: PollParts, state: { listening: boolean }, stopping: AbortSignal): Promise<void> {
  while (!stopping.aborted) {
    const turn = await parts.turns.take(`telegram:${parts.bot}`, turnTime).catch(() => undefined);
    if (turn === undefined) {
      await pause(waitForTurn, stopping);
      continue;
    }
    await pollInTurn(parts, state, turn, stopping);
    state.listening = false;
    await turn.release().catch(() => undefined);
  }
}

/** Asks for updates until the turn is lost or it is stopped. While Redis is away nobody else can take the turn. */
async function pollInTurn(
  parts: PollParts,
  state: { listening: boolean },
  turn: Turn,
  stopping: AbortSignal,
): Promise<void> {
  const lost = new AbortController();
  const renewing = setInterval(() => {
    void turn.extend().then(
      (held) => held || lost.abort(),
      () => undefined,
    );
  }, renewEvery);
  const ended = AbortSignal.any([stopping, lost.signal]);
  const failures = { count: 0, conflicts: 0 };
  try {
    for (let offset = 0; !ended.aborted; ) {
      // Telegram says nothing until there is an update: who asks, and was not refused, listens.
      state.listening = failures.count + failures.conflicts === 0;
      const updates = await ask(parts, offset, ended).catch((error: unknown) => error as Error);
      if (Array.isArray(updates)) {
        Object.assign(failures, { count: 0, conflicts: 0 });
        offset = await takeAll(parts, updates, offset);
      } else if (!ended.aborted) {
        const wait = afterFailure(parts, updates, failures);
        state.listening = false;
        await pause(wait, ended);
      }
    }
  } finally {
    clearInterval(renewing);
  }
}

async function ask({ api, hold = 25 }: PollParts, offset: number, signal: AbortSignal): Promise<unknown[]> {
  const question = { offset, timeout: hold, limit: 100, allowed_updates: [...allowedUpdates] };
  const answer = await api('getUpdates', question, { signal, timeout: (hold + 10) * 1_000 });
  return Array.isArray(answer) ? answer : [];
}

/** All of a batch are taken at once, so that a slow one holds up none; the next offset is behind the last. */
async function takeAll(
  { take, log }: PollParts,
  updates: readonly unknown[],
  offset: number,
): Promise<number> {
  await Promise.all(
    updates.map((update) =>
      take(update).catch((error: unknown) =>
        log.error({ err: error }, 'An update from Telegram was not taken'),
      ),
    ),
  );
  return Math.max(offset, ...updates.map((update) => (numberOf(update) ?? -1) + 1));
}

/** Says what is wrong, once in a while, and answers how long to wait. */
function afterFailure(
  { log }: PollParts,
  error: Error,
  failures: { count: number; conflicts: number },
): number {
  if (isConflict(error)) {
    failures.conflicts += 1;
    if (failures.conflicts % 20 === 1) {
      log.error(
        { telegram: error.description },
        'Another program asks Telegram for the updates of this bot, or a webhook is set: each gets only some of what people type and press. ' +
          'Stop it, or give it a bot of its own. Trying again',
      );
    }
    return afterConflict;
  }
  failures.count += 1;
  const failure = classify('getUpdates', error, true);
  if (failures.count % 10 === 1)
    log.warn({ err: failure }, 'Telegram could not be asked for updates; trying again');
  return failure.retryAfter ?? Math.min(longestPause, 250 * 2 ** Math.min(failures.count, 10));
}

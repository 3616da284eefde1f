import type { Ahead, Inbox, LookAhead } from '../../ports/chat.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Begun, Deliveries } from '../../ports/deliveries.ts';
import type { Answers } from './answers.ts';
import type { Asking } from './asking.ts';
import type { Log } from './log.ts';
import { noticeOf } from './message.ts';
import { lookedAhead, type PressedDeps, pressed } from './pressed.ts';
import { type Heard, numberOf, readUpdate } from './updates.ts';
import { interruptedAt, memoryAway, nobodyInParticular, typedLongAgo } from './wording.ts';

export interface GatewayDeps extends PressedDeps {
  inbox: Inbox;
  answers: Answers;
  asking: Asking;
  deliveries: Deliveries;
  clock: Clock;
  log: Log;
  /** Absent: the inbox asks for what it needs. */
  lookAhead?: LookAhead;
}

export interface Bot {
  id: number;
  username: string;
}

/** What people say in Telegram, handed to the inbox. */
export interface TelegramGateway {
  /**
   * Takes an update: resolves once it is kept, or its person was told that it can't be, so that Telegram may forget
   * it. The work goes on beside it. An update that was taken before, by whichever process, does nothing.
   */
  take(update: unknown): Promise<void>;
  /** Works on what was kept by processes that have died. */
  resume(): Promise<void>;
  /** Resolves once everything that was taken is answered. */
  settled(): Promise<void>;
}

/** A command that waited longer than this, as when the bot was down, is asked for anew (milliseconds). */
const oldest = 10 * 60_000;

/** How often a worker says that it is alive (milliseconds). */
const alive = 4_000;

export function telegramGateway(deps: GatewayDeps, bot: Bot): TelegramGateway {
  const { deliveries, log } = deps;
  const working = new Map<string, { begun: Promise<unknown>; done: Promise<void> }>();

  /** Begins unless this process is at it; answers once it has begun. `fresh`: what was heard just now. */
  function start(key: string, begin: () => Promise<Begun | undefined>, fresh?: Heard): Promise<unknown> {
    const under = working.get(key);
    if (under) return under.begun;
    const begun = begin();
    const done = workOn(deps, bot, begun, fresh)
      .catch((error: unknown) => log.error({ err: error, update: key }, 'An update from Telegram failed'))
      .finally(() => working.delete(key));
    working.set(key, { begun, done });
    return begun;
  }

  return {
    async take(update) {
      const number = numberOf(update);
      const heard = number === undefined ? undefined : readUpdate(update, bot);
      if (heard === undefined) return;
      try {
        await start(`${number}`, () => deliveries.take(`${number}`, JSON.stringify(update)), heard);
      } catch (error) {
        log.warn(
          { err: error, update: number },
          'An update from Telegram could not be kept; its person is told',
        );
        await tellAway(deps, heard);
      }
    },
    async resume() {
      for (const key of await deliveries.open()) {
        start(key, () => deliveries.begin(key)).catch((error: unknown) =>
          log.error({ err: error, update: key }, 'An update from Telegram could not be begun'),
        );
      }
    },
    async settled() {
      while (working.size > 0) await Promise.all([...working.values()].map(({ done }) => done));
    },
  };
}

/** What was left behind is read anew. Who asked for `beginning` is told where it fails. */
async function workOn(
  deps: GatewayDeps,
  bot: Bot,
  beginning: Promise<Begun | undefined>,
  fresh: Heard | undefined,
): Promise<void> {
  // What fails ahead is asked for again by the press itself.
  const ahead = fresh?.kind === 'press' ? lookedAhead(deps, fresh).catch(() => undefined) : undefined;
  const begun = await beginning.catch(() => undefined);
  if (begun === undefined) return;
  const heard = fresh ?? readUpdate(JSON.parse(begun.content), bot);
  const beating = setInterval(() => void begun.extend().catch(() => undefined), alive);
  try {
    if (heard !== undefined) await workSafely(deps, heard, begun, await ahead);
  } finally {
    clearInterval(beating);
    await begun.done();
  }
}

/** What fails here fails before the command was handed over: the inbox itself never throws. */
async function workSafely(
  deps: GatewayDeps,
  heard: Heard,
  { interrupted }: Begun,
  ahead: Ahead | undefined,
): Promise<void> {
  try {
    await (interrupted ? tellInterrupted(deps, heard) : work(deps, heard, ahead));
  } catch (error) {
    deps.log.error({ err: error, kind: heard.kind }, 'What a person asked for in Telegram failed');
    await tellAway(deps, heard);
  }
}

async function work(deps: GatewayDeps, heard: Heard, ahead: Ahead | undefined): Promise<void> {
  switch (heard.kind) {
    case 'command':
      return command(deps, heard);
    case 'press':
      return pressed(deps, heard, ahead);
    case 'answer':
      return deps.asking.answered(heard);
    case 'nobody':
      return deps.answers.say(heard.from, nobodyInParticular(heard.why));
    case 'moved':
      return deps.rooms.moved(heard.from, heard.to);
  }
}

async function command(
  deps: GatewayDeps,
  { from, text, at }: Extract<Heard, { kind: 'command' }>,
): Promise<void> {
  if (deps.clock.now() - at > oldest) return deps.answers.say(from, typedLongAgo(text));
  const reply = await deps.inbox({
    channel: { platform: 'telegram', id: await deps.rooms.nameOf(from.place) },
    account: `${from.id}`,
    text,
    ...(from.isPrivate ? { isPrivate: true } : {}),
  });
  await deps.answers.say(from, reply.card);
}

async function tellInterrupted(deps: GatewayDeps, heard: Heard): Promise<void> {
  if (heard.kind === 'moved') return deps.rooms.moved(heard.from, heard.to);
  if (heard.kind === 'press') {
    const press = await deps.presses.read(heard.data);
    const what = press === undefined ? 'a button' : press.label;
    return deps.answers.say(heard.from, interruptedAt(what), true);
  }
  if (heard.kind === 'command') await deps.answers.say(heard.from, interruptedAt(`/rollout ${heard.text}`));
  if (heard.kind === 'answer') await deps.answers.say(heard.from, interruptedAt(heard.text));
}

/** Replies that may be to nobody's question are passed over. */
async function tellAway({ answers }: GatewayDeps, heard: Heard): Promise<void> {
  if (heard.kind === 'press') await answers.notice(heard.query, noticeOf(memoryAway()).text, true);
  else if (heard.kind === 'command') await answers.say(heard.from, memoryAway());
}

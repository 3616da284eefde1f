import { setTimeout as pause } from 'node:timers/promises';
import type { Screen } from '../../adapters/terminal/screen.ts';
import type { Bot } from './bot.ts';
import { allHold, type Checklist, createChecklist, findingsInWords } from './checklist.ts';
import type { Room } from './room.ts';
import { type Act, createStage } from './stage.ts';

/** What is played, and on what. */
export interface Demo<W> {
  /** Said before anything happens. */
  introduction: string;
  /** Starts the bot, and all that it acts on. What it started is stopped again when it throws. */
  start(onProgress: (message: string) => void, signal: AbortSignal): Promise<Bot<W>>;
  /** An act expects what the ones before it left behind. */
  acts: readonly Act<W>[];
}

export interface DemoParts<W> {
  demo: Demo<W>;
  screen: Screen;
  /** Stops the demo, and everything that it started. */
  signal: AbortSignal;
  /** Milliseconds that it may take; more is a fault. Absent: three minutes. */
  limit?: number;
}

const drawEvery = 150;
/** Milliseconds in which chats that look on may catch up at the end. */
const lastWords = 60_000;

/**
 * Plays the acts against a bot of its own, on free ports, with its data in a folder that is gone afterwards.
 * Answers whether everything was as expected; an act that can't go on is a finding, and ends the play.
 */
export async function playDemo<W>(parts: DemoParts<W>): Promise<boolean> {
  const { demo, screen, signal, limit = 180_000 } = parts;
  const began = performance.now();
  const checks = createChecklist();
  const late = AbortSignal.timeout(limit);
  const stopped = AbortSignal.any([signal, late]);
  const left = await withBot(parts, checks, (bot) => playActs(demo.acts, bot, screen, checks, stopped));
  if (signal.aborted) {
    for (const what of left) screen.say(what);
    screen.say(left.length === 0 ? 'Stopped; nothing is left running.' : 'Stopped.');
    return false;
  }
  for (const what of left) checks.holds('Nothing is left behind', false, what);
  const seconds = Math.round((performance.now() - began) / 1_000);
  checks.holds(`It took less than ${limit / 1_000} s`, !late.aborted, `${seconds} s`);
  screen.say('');
  for (const line of findingsInWords(checks.findings)) screen.say(coloured(screen, line));
  screen.say(`It took ${seconds} s.`);
  return allHold(checks.findings);
}

function coloured({ paint }: Screen, line: string): string {
  return line.startsWith('✓') ? paint('green', line) : line.startsWith('✗') ? paint('red', line) : line;
}

/** Answers what is left behind. */
async function withBot<W>(
  { demo, screen, signal }: DemoParts<W>,
  checks: Checklist,
  use: (bot: Bot<W>) => Promise<void>,
): Promise<readonly string[]> {
  screen.say(demo.introduction);
  const starting = demo.start((message) => screen.say(message), signal);
  const bot = await starting.catch((error: unknown) => {
    if (signal.aborted) return undefined;
    throw error;
  });
  if (bot === undefined) return [];
  try {
    await use(bot);
    await bot.toldEverybody(AbortSignal.any([signal, AbortSignal.timeout(lastWords)])).catch(() => undefined);
    checks.equal('The bot reported no fault of its own', bot.faults, []);
  } catch (error) {
    await bot.stop();
    throw error;
  }
  return bot.stop();
}

async function playActs<W>(
  acts: readonly Act<W>[],
  { room, witness }: Bot<W>,
  screen: Screen,
  checks: Checklist,
  signal: AbortSignal,
): Promise<void> {
  const stage = createStage({ room, witness, checks, screen, signal });
  const drawing = follow(room, screen);
  try {
    for (const { title, play } of acts) {
      screen.say(`\n${screen.paint('bold', title)}\n`);
      const fault = await play(stage).then(() => undefined, reasonOf);
      if (fault === undefined) continue;
      checks.holds(title, false, signal.aborted ? 'it was stopped' : fault);
      return;
    }
  } finally {
    await drawing.stop();
  }
}

/** Draws the newest thread as it changes, until it is stopped; then once more. What can't be read now is read again. */
function follow(room: Room, screen: Screen): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const { signal } = stopping;
  let threads = 0;
  const draw = async (): Promise<void> => {
    const all = await room.threads();
    const newest = all.at(-1);
    if (all.length > threads && threads > 0) screen.close();
    threads = all.length;
    if (newest) screen.show(newest);
  };
  const drawing = (async () => {
    while (!signal.aborted) {
      await draw().catch(() => undefined);
      await pause(drawEvery, undefined, { signal }).catch(() => undefined);
    }
    await draw().catch(() => undefined);
    screen.close();
  })();
  return {
    stop() {
      stopping.abort();
      return drawing;
    },
  };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

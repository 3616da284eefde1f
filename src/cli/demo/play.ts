import { setTimeout as pause } from 'node:timers/promises';
import type { Screen } from '../../adapters/terminal/screen.ts';
import { type Bot, introduction, startBot } from './bot.ts';
import { allHold, type Checklist, createChecklist, findingsInWords } from './checklist.ts';
import type { Room } from './room.ts';
import { type Act, createStage } from './stage.ts';

export interface DemoParts {
  acts: readonly Act[];
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
export async function playDemo(parts: DemoParts): Promise<boolean> {
  const { acts, screen, signal, limit = 180_000 } = parts;
  const began = performance.now();
  const checks = createChecklist();
  const late = AbortSignal.timeout(limit);
  await withBot(parts, checks, (bot) => playActs(acts, bot, screen, checks, AbortSignal.any([signal, late])));
  if (signal.aborted) {
    screen.say('Stopped; nothing is left running.');
    return false;
  }
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

async function withBot(
  { screen, signal }: DemoParts,
  checks: Checklist,
  use: (bot: Bot) => Promise<void>,
): Promise<void> {
  screen.say(introduction);
  const bot = await startBot((message) => screen.say(message));
  try {
    await use(bot);
    await bot.toldEverybody(AbortSignal.any([signal, AbortSignal.timeout(lastWords)])).catch(() => undefined);
    checks.equal('The bot reported no fault of its own', bot.faults, []);
  } finally {
    await bot.stop();
  }
}

async function playActs(
  acts: readonly Act[],
  { room, witness }: Bot,
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

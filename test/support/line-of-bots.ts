import { expect } from 'vitest';
import { type BotProcess, endBotProcesses, startBotProcess } from './bot-process.ts';
import { personAt } from './console-person.ts';
import { alive, treeOf } from './process-tree.ts';
import { until } from './until.ts';

export type Step = Awaited<ReturnType<ReturnType<typeof personAt>['rollout']>>['steps'][number];

/** One bot after the other: when it was killed, another one is started for whoever needs one. */
export function lineOfBots(env: Record<string, string>) {
  let bot: Promise<BotProcess> | undefined;
  const living = (): Promise<BotProcess> => {
    bot ??= startBotProcess({ env });
    return bot;
  };
  /** SIGKILL for the bot and for all that it started, as when its container dies; resolves when all is gone. */
  const kill = async (): Promise<void> => {
    const { pid, gone, kill: end } = await living();
    const tree = await treeOf(pid);
    end('SIGKILL');
    for (const each of await alive(tree)) signal(each.pid);
    await gone;
    await until('all that it started to be gone', async () => (await alive(tree)).length === 0);
    bot = undefined;
  };
  const person = async (name: string) => personAt((await living()).url, name);
  return {
    living,
    person,
    /** Types a command that has to be taken; where a bot can't reach its journal on a busy machine, once more. */
    async type(name: string, text: string): Promise<void> {
      const answer = await until(`an answer to ${text}`, async () => {
        const one = await (await person(name)).type(text);
        return !journalAway.test(one.said) && one;
      });
      expect(answer).toMatchObject({ ok: true });
    },
    kill,
    /** Kills the one that lives, and no other line's. */
    end: async () => bot?.then(kill, () => undefined),
    stop: endBotProcesses,
  };
}
export type LineOfBots = ReturnType<typeof lineOfBots>;

const journalAway = /can’t reach (my|its) journal/;

function signal(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself meanwhile.
  }
}

/** What people say where a rollout waits for them, by the step that waits. */
const answers: Readonly<Record<string, { person: string; words(rollout: string): string }>> = {
  'approve-switch': { person: 'bob', words: (rollout) => `approve ${rollout} looks good` },
  'approve-launch': { person: 'carol', words: (rollout) => `approve ${rollout} looks good` },
  'aster-allow-list': { person: 'carol', words: (rollout) => `done ${rollout} aster-allow-list TRADE-42` },
};

export interface Course {
  rollout: string;
  /** The status to wait for. */
  end: string;
  /** A step that stopped for a person: called again and again until it goes on. */
  onStopped(step: Step): Promise<void>;
  /** Seconds. */
  within: number;
}

/** Waits for a rollout as people do: they answer what they are asked, and come again when nobody answers them. */
export async function carryThrough(bots: LineOfBots, { rollout, end, onStopped, within }: Course) {
  let last: unknown;
  const look = async (): Promise<boolean> => {
    const { status, steps } = await (await bots.person('alice')).rollout(rollout);
    last = {
      status,
      steps: steps.filter((step) => !['succeeded', 'skipped', 'pending'].includes(step.status)),
    };
    if (status === end) return true;
    for (const step of steps.filter((each) => each.status === 'waiting')) {
      const answer = answers[step.id];
      if (answer) await (await bots.person(answer.person)).type(answer.words(rollout));
    }
    const stopped = steps.find((step) => step.status === 'in-doubt' || step.status === 'failed');
    if (stopped && ['failed', 'in-doubt', 'paused', 'rollback-failed'].includes(status))
      await onStopped(stopped);
    return false;
  };
  await until(`${rollout} to be ${end}`, () => look().catch(unlessDown), within).catch((error: Error) => {
    throw new Error(`${error.message}; it is ${JSON.stringify(last)}`);
  });
}

/** Nobody answers while a bot is down, or can't reach its journal. */
function unlessDown(error: unknown): false {
  if (error instanceof TypeError || journalAway.test(String(error))) return false;
  throw error;
}

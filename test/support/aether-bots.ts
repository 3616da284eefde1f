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
  return {
    living,
    person: async (name: string) => personAt((await living()).url, name),
    /** SIGKILL for the bot and for all that it started, as when its container dies; resolves when all is gone. */
    async kill(): Promise<void> {
      const { pid, gone, kill } = await living();
      const tree = await treeOf(pid);
      kill('SIGKILL');
      for (const each of await alive(tree)) signal(each.pid);
      await gone;
      await until('all that it started to be gone', async () => (await alive(tree)).length === 0);
      bot = undefined;
    },
    stop: endBotProcesses,
  };
}
export type LineOfBots = ReturnType<typeof lineOfBots>;

function signal(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself meanwhile.
  }
}

export interface Course {
  rollout: string;
  /** The status to wait for. */
  end: string;
  /** A step that stopped for a person: called again and again until it goes on. */
  onStopped(step: Step): Promise<void>;
  /** Seconds. */
  within: number;
}

/** Waits for a rollout as people do: they approve what is to be approved, and come again when nobody answers. */
export async function carryThrough(bots: LineOfBots, { rollout, end, onStopped, within }: Course) {
  let last: unknown;
  const look = async (): Promise<boolean> => {
    const [alice, bob] = [await bots.person('alice'), await bots.person('bob')];
    const { status, steps } = await alice.rollout(rollout);
    last = {
      status,
      steps: steps.filter((step) => !['succeeded', 'skipped', 'pending'].includes(step.status)),
    };
    if (status === end) return true;
    const isAsked = steps.some((step) => step.id === 'approve-switch' && step.status === 'waiting');
    if (isAsked) await bob.type(`approve ${rollout} looks good`);
    const stopped = steps.find((step) => step.status === 'in-doubt' || step.status === 'failed');
    if (stopped && ['failed', 'in-doubt', 'paused', 'rollback-failed'].includes(status))
      await onStopped(stopped);
    return false;
  };
  await until(`${rollout} to be ${end}`, () => look().catch(unlessDown), within).catch((error: Error) => {
    throw new Error(`${error.message}; it is ${JSON.stringify(last)}`);
  });
}

/** Nobody answers while a bot is down. */
function unlessDown(error: unknown): false {
  if (error instanceof TypeError) return false;
  throw error;
}

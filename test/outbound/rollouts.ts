import type { Fact } from '../../src/core/rollout/event.ts';
import { statusOf } from '../../src/core/rollout/status.ts';
import { createAdvance } from '../../src/jobs/advance.ts';
import { createLaunch } from '../../src/jobs/launch.ts';
import { systemClock } from '../../src/ports/clock.ts';
import type { Rollout } from '../../src/ports/rollouts.ts';
import { memoryJournals } from '../jobs/memory-journals.ts';
import { answered, done, forApproval, planOf, waits } from '../rollout/journal.ts';

/** How long people take to approve, and all steps of a phase together (milliseconds). */
const approvalTime = 20_000;
const phaseTime = 108_000;

/** Five phases; the third one begins with an approval. */
function planWith(steps: number) {
  const places = Array.from({ length: steps }, (_, index) => index + 1);
  const phases = ['prepare', 'deploy', 'switch', 'soak', 'finish'].map((name) => ({
    name,
    steps: places.map((place) =>
      name === 'switch' && place === 1
        ? { id: 'approve', uses: 'approval', with: { roles: ['release-manager'] } }
        : { id: `${name}-${place}`, uses: 'note' },
    ),
  }));
  return planOf({ phases });
}

/** A rollout that is carried on by the real loop, in simulated time, over journals in memory. */
export interface SimulatedRollout {
  id: string;
  now(): Rollout;
  /** Type, subject and time of each event. */
  events(): string[];
  status(): string;
  onChange(listener: (id: string, seq: number) => void): () => void;
  run(): void;
  /** Milliseconds from its start to its question. */
  asksAfter: number;
}

export function simulatedRollout(
  id: string,
  channels: readonly string[],
  stepsInPhase = 6,
): SimulatedRollout {
  const plan = planWith(stepsInPhase);
  const journals = memoryJournals(plan, systemClock);
  const advance = createAdvance({
    journals,
    clock: systemClock,
    onChange: journals.onChange,
    launch: createLaunch(async () => ({ facts: [] })),
    look: async () => Promise.reject(new Error('this rollout has no watch')),
    sumUp: async () => Promise.reject(new Error('this rollout has no hypercare')),
    takeBack: async () => [],
    async perform(_session, { step }): Promise<readonly Fact[]> {
      if (step !== 'approve') {
        await pause(phaseTime / stepsInPhase);
        return [done(step)];
      }
      const { answers } = journals.now().state.steps[step] ?? { answers: [] };
      return answers.length > 0 ? [done(step)] : [waits(step, forApproval())];
    },
  });
  const carryOn = (): void => void advance('test-1').catch(() => undefined);
  const approve = async (): Promise<void> => {
    await pause(approvalTime);
    journals.people([answered('approve')]);
    carryOn();
  };
  journals.onChange(() => {
    const asked = journals.events().at(-1)?.type === 'step.waiting';
    if (asked) void approve();
  });
  journals.people(channels.map((channel): Fact => followed(channel)));
  return {
    id,
    now() {
      const { plan, state } = journals.now();
      return { plan, state: { ...state, id } };
    },
    events: () => journals.events().map(({ type, data, at }) => `${at} ${type} ${JSON.stringify(data)}`),
    status: () => statusOf(plan, journals.now().state),
    onChange: (listener) => journals.onChange((_id, seq) => listener(id, seq)),
    run: carryOn,
    asksAfter: 2 * phaseTime,
  };
}

function followed(channel: string): Fact {
  const [platform, id = ''] = channel.split(':');
  return {
    type: 'rollout.followed',
    data: { channel: { platform: platform as 'slack' | 'telegram' | 'console', id } },
  };
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

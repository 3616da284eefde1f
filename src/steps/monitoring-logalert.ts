import { z } from 'zod';
import { durationSchema, milliseconds } from '../core/playbook/duration.ts';
import type { LogAlert } from '../ports/google.ts';
import type { StepContext, StepKind, StepResult } from '../ports/step.ts';
import { alertReach, alertTitle, ensuredChannels, knownChannels, reachFault } from './google/alert.ts';
import { failedBy, googleOf } from './google/cloud.ts';
import { aboutDoubles, ensure, isSame, labelOf } from './google/ensure.ts';

const input = z
  .strictObject({
    ...alertTitle,
    filter: z
      .string()
      .min(1)
      .max(2_000)
      .describe('Which log entries raise it, in the language of Cloud Logging: `severity>=ERROR`'),
    ...alertReach,
    every: durationSchema.default('5m').describe('The least time between two notifications'),
  })
  .superRefine((given, check) => {
    const message = reachFault(given);
    if (message !== undefined) check.addIssue({ code: 'custom', message });
  });
type Input = z.infer<typeof input>;
type Context = StepContext<Input>;

function alertOf({ input: given }: Context, channels: readonly string[]): LogAlert {
  const { title, filter, text, labels, every } = given;
  return { title, filter, channels: [...channels], text, labels, pace: milliseconds(every) / 1_000 };
}

async function run(context: Context, signal: AbortSignal): Promise<StepResult> {
  signal.throwIfAborted();
  const { monitoring } = googleOf(context);
  try {
    const channels = await ensuredChannels(context.input, monitoring, signal);
    const ensured = await ensure(monitoring.logAlerts, labelOf(context), alertOf(context, channels), signal);
    const summary = `Alert "${context.input.title}" ${ensured.did}${aboutDoubles([ensured])}`;
    return { status: 'succeeded', summary, output: { policy: ensured.name, channels } };
  } catch (error) {
    signal.throwIfAborted();
    return failedBy(error);
  }
}

/** An alert for log entries that leads to the bot: made once, changed afterwards, and found again by its label. */
export const monitoringLogalert: StepKind<Input> = {
  uses: 'monitoring.logalert',
  describe:
    'Makes or changes a log-based alert of Google Cloud Monitoring and its channel to the bot, never two.',
  input,
  effect: 'once',
  timeout: 90_000,
  async plan({ input: { title, filter } }) {
    return {
      summary: `Alert "${title}" on log entries: ${filter.replaceAll(/\s+/g, ' ').slice(0, 200)}`,
      diff: [],
    };
  },
  async observe(context: Context, signal) {
    const { monitoring } = googleOf(context);
    const { title } = context.input;
    const all = await knownChannels(context.input, monitoring, signal);
    const [found] = await monitoring.logAlerts.find(labelOf(context), signal);
    if (found === undefined || !isSame(found, alertOf(context, all))) return { effect: 'absent' };
    return {
      effect: 'present',
      summary: `Alert "${title}" is there`,
      output: { policy: found.name, channels: all },
    };
  },
  run,
};

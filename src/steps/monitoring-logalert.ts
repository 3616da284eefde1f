import { z } from 'zod';
import { durationSchema, milliseconds } from '../core/playbook/duration.ts';
import type { GoogleMonitoring, LogAlert } from '../ports/google.ts';
import type { StepContext, StepKind, StepResult } from '../ports/step.ts';
import { failedBy, googleOf } from './google/cloud.ts';
import { aboutDoubles, asLabel, ensure, isSame, labelOf } from './google/ensure.ts';
import { connectionField } from './google/fields.ts';

const labelName = z.string().regex(/^[a-z][a-z0-9_-]{0,62}$/, 'small letters, digits, _ and -');

const input = z
  .strictObject({
    connection: connectionField,
    title: z.string().min(1).max(200).describe('What the alert is called'),
    filter: z
      .string()
      .min(1)
      .max(2_000)
      .describe('Which log entries raise it, in the language of Cloud Logging: `severity>=ERROR`'),
    topic: z
      .string()
      .regex(
        /^projects\/[a-z0-9-]+\/topics\/[A-Za-z][A-Za-z0-9._~+%-]+$/,
        'projects/<project>/topics/<topic>',
      )
      .optional()
      .describe(
        'A Pub/Sub topic whose push subscription leads to the bot; the channel to it is made where there is none',
      ),
    channels: z
      .array(z.string().regex(/^projects\/[^/]+\/notificationChannels\/[^/]+$/, 'the full name of a channel'))
      .default([])
      .describe('Notification channels that there are already'),
    text: z.string().max(4_000).default('').describe('What people read with the alert, as Markdown'),
    labels: z
      .record(labelName, z.string().regex(/^[a-z0-9_-]{0,63}$/, 'small letters, digits, _ and -'))
      .default({})
      .describe('Labels of its alerts, by which they belong to a rollout (`hypercare.labels`)'),
    every: durationSchema.default('5m').describe('The least time between two notifications'),
  })
  .refine(({ topic, channels }) => topic !== undefined || channels.length > 0, {
    message: 'give `topic` or `channels`: an alert without either reaches nobody',
  })
  .refine(({ labels }) => !Object.hasOwn(labels, 'cutover'), {
    message: 'the label cutover is the one by which the alert is found again',
  });
type Input = z.infer<typeof input>;
type Context = StepContext<Input>;

function alertOf({ input: given }: Context, channels: readonly string[]): LogAlert {
  const { title, filter, text, labels, every } = given;
  return { title, filter, channels: [...channels], text, labels, pace: milliseconds(every) / 1_000 };
}

const channelLabel = (topic: string): string => asLabel(`channel-${topic}`);

/** The channels of the alert; the one to the topic is made where it is missing. */
async function channelsOf(
  context: Context,
  monitoring: GoogleMonitoring,
  signal: AbortSignal,
): Promise<string[]> {
  const { topic, channels } = context.input;
  if (topic === undefined) return channels;
  const { name } = await ensure(monitoring.channels, channelLabel(topic), { topic }, signal);
  return [...channels, name];
}

async function run(context: Context, signal: AbortSignal): Promise<StepResult> {
  signal.throwIfAborted();
  const { monitoring } = googleOf(context);
  try {
    const channels = await channelsOf(context, monitoring, signal);
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
    const { topic, channels, title } = context.input;
    const [channel] = topic === undefined ? [] : await monitoring.channels.find(channelLabel(topic), signal);
    const all = [...channels, ...(channel === undefined ? [] : [channel.name])];
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

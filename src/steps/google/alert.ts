import { z } from 'zod';
import type { GoogleMonitoring } from '../../ports/google.ts';
import { asLabel, ensure } from './ensure.ts';
import { connectionField } from './fields.ts';

const labelName = z.string().regex(/^[a-z][a-z0-9_-]{0,62}$/, 'small letters, digits, _ and -');

/** What each alert policy is given, whatever raises it: its title, and before and after what raises it. */
export const alertTitle = {
  connection: connectionField,
  title: z.string().min(1).max(200).describe('What the alert is called'),
};

export const alertReach = {
  topic: z
    .string()
    .regex(/^projects\/[a-z0-9-]+\/topics\/[A-Za-z][A-Za-z0-9._~+%-]+$/, 'projects/<project>/topics/<topic>')
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
};

interface Reach {
  topic?: string | undefined;
  channels: string[];
  labels: Readonly<Record<string, string>>;
}

/** What is wrong with where an alert leads to, in a sentence. */
export function reachFault({ topic, channels, labels }: Reach): string | undefined {
  if (topic === undefined && channels.length === 0)
    return 'give `topic` or `channels`: an alert without either reaches nobody';
  return Object.hasOwn(labels, 'cutover')
    ? 'the label cutover is the one by which the alert is found again'
    : undefined;
}

const channelLabel = (topic: string): string => asLabel(`channel-${topic}`);

/** The channels of an alert; the one to the topic is made where it is missing. */
export async function ensuredChannels(
  { topic, channels }: Reach,
  monitoring: GoogleMonitoring,
  signal: AbortSignal,
): Promise<string[]> {
  if (topic === undefined) return channels;
  const { name } = await ensure(monitoring.channels, channelLabel(topic), { topic }, signal);
  return [...channels, name];
}

/** The same without making one. */
export async function knownChannels(
  { topic, channels }: Reach,
  monitoring: GoogleMonitoring,
  signal: AbortSignal,
): Promise<string[]> {
  const [channel] = topic === undefined ? [] : await monitoring.channels.find(channelLabel(topic), signal);
  return [...channels, ...(channel === undefined ? [] : [channel.name])];
}

import { z } from 'zod';
import { milliseconds } from '../core/playbook/duration.ts';
import { listed } from '../core/step/shown.ts';
import type { UptimeCheck } from '../ports/google.ts';
import type { StepContext, StepKind, StepResult } from '../ports/step.ts';
import { failedBy, googleOf } from './google/cloud.ts';
import { aboutDoubles, type Ensured, ensure, isSame, labelOf } from './google/ensure.ts';
import { connectionField } from './google/fields.ts';

const input = z.strictObject({
  connection: connectionField,
  hosts: z
    .array(z.string().regex(/^(?=.{1,253}$)[a-z0-9-]+(\.[a-z0-9-]+)+$/i, 'the name of a host'))
    .min(1)
    .max(20)
    .refine((hosts) => new Set(hosts).size === hosts.length, { message: 'a host stands twice' })
    .describe('Each gets a check over HTTPS'),
  path: z.string().max(500).regex(/^\//, 'a path, beginning with /').default('/'),
  every: z.enum(['1m', '5m', '10m', '15m']).default('1m').describe('The time between two checks'),
});
type Input = z.infer<typeof input>;
type Context = StepContext<Input>;

interface Wanted {
  label: string;
  check: UptimeCheck;
}

function wanted(context: Context): Wanted[] {
  const { hosts, path, every } = context.input;
  return hosts.map((host) => ({
    label: labelOf(context, host),
    check: {
      title: `${context.rollout.playbook}: ${host}${path}`,
      host,
      path,
      period: milliseconds(every) / 1_000,
    },
  }));
}

function output(all: readonly { label: string; name: string }[]) {
  return { checks: all.map(({ label, name }) => ({ label, name })) };
}

async function run(context: Context, signal: AbortSignal): Promise<StepResult> {
  signal.throwIfAborted();
  const { uptimeChecks } = googleOf(context).monitoring;
  const done: (Ensured & { label: string })[] = [];
  try {
    for (const { label, check } of wanted(context)) {
      done.push({ label, ...(await ensure(uptimeChecks, label, check, signal)) });
    }
  } catch (error) {
    signal.throwIfAborted();
    return failedBy(error);
  }
  const words = done.map(({ did }, index) => `${context.input.hosts[index]} ${did}`);
  const summary = `Uptime checks: ${listed(words)}${aboutDoubles(done)}`;
  return { status: 'succeeded', summary, output: output(done) };
}

/** Uptime checks of hosts over HTTPS: made once, changed afterwards, and found again by their label. */
export const monitoringUptime: StepKind<Input> = {
  uses: 'monitoring.uptime',
  describe: 'Makes or changes uptime checks of Google Cloud Monitoring, one for each host and never two.',
  input,
  effect: 'once',
  timeout: 90_000,
  async plan({ input: { hosts, path, every } }) {
    return { summary: `Check ${listed(hosts)} at ${path} every ${every}`, diff: [] };
  },
  async observe(context: Context, signal) {
    const { uptimeChecks } = googleOf(context).monitoring;
    const all: { label: string; name: string }[] = [];
    for (const { label, check } of wanted(context)) {
      const [found] = await uptimeChecks.find(label, signal);
      if (found === undefined || !isSame(found, check)) return { effect: 'absent' };
      all.push({ label, name: found.name });
    }
    return {
      effect: 'present',
      summary: `Uptime checks of ${listed(context.input.hosts)} are there`,
      output: output(all),
    };
  },
  run,
};

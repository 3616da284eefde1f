import { z } from 'zod';
import { type Ingress, ingressKinds } from '../ports/google.ts';
import type { PlanContext, PlanLine, StepContext, StepKind } from '../ports/step.ts';
import { bringAbout, observeChange, type Wish } from './google/change.ts';
import { googleForPlan, isOpen, readForPlan } from './google/cloud.ts';
import { connectionField, serviceField, withinField } from './google/fields.ts';

const ingress = z.enum(ingressKinds);

const input = z.union([
  z.strictObject({
    connection: connectionField,
    service: serviceField,
    ingress: ingress.describe('From where the service can be reached'),
    within: withinField,
  }),
  z.strictObject({
    connection: connectionField,
    restore: z
      .strictObject({ service: serviceField, ingress })
      .nullable()
      .describe('What an earlier step captured (`steps.<id>.before`)'),
    within: withinField,
  }),
]);
type Input = z.infer<typeof input>;

function wishOf(service: string, wanted: Ingress, restoring: boolean): Wish {
  return {
    service,
    what: `Ingress of ${service}`,
    insist: restoring,
    change: () => ({ ingress: wanted }),
    before: (now) => ({ service, ingress: now.ingress ?? 'all' }),
    asked: (now) => now.ingress === wanted,
    inForce: async () => true,
    done: () => ({ summary: `${service} is reached from: ${wanted}`, output: { service, ingress: wanted } }),
  };
}

function wish(given: Input): Wish | undefined {
  if ('ingress' in given) return wishOf(given.service, given.ingress, false);
  return given.restore === null ? undefined : wishOf(given.restore.service, given.restore.ingress, true);
}

async function plan(context: PlanContext<Input>): Promise<PlanLine> {
  const { input: given } = context;
  if (!('ingress' in given)) return { summary: 'Put the captured ingress back', diff: [] };
  const summary = `Ingress of ${given.service}: ${given.ingress}`;
  if (isOpen(given.service) || isOpen(given.connection)) return { summary, diff: [] };
  const read = await readForPlan((signal) => googleForPlan(context).run.service(given.service, signal));
  const before = 'unread' in read ? read.unread : (read.value.ingress ?? 'not set');
  if (before === given.ingress) return { summary: `${summary} (it is so already)`, diff: [] };
  return { summary, diff: [{ what: given.service, before, after: given.ingress }] };
}

/** From where a Cloud Run service can be reached; what stood there is captured and put back exactly. */
export const cloudrunIngress: StepKind<Input> = {
  uses: 'cloudrun.ingress',
  describe: 'Sets from where a Cloud Run service can be reached, or puts back what was captured.',
  input,
  effect: 'once',
  timeout: 90_000,
  plan,
  async observe(context: StepContext<Input>, signal) {
    const wanted = wish(context.input);
    return wanted === undefined ? { effect: 'absent' } : observeChange(context, wanted, signal);
  },
  async run(context: StepContext<Input>, signal) {
    const wanted = wish(context.input);
    if (wanted === undefined) {
      const summary = 'Nothing was captured, so nothing was changed and nothing is put back';
      return { status: 'succeeded', summary };
    }
    return bringAbout(context, wanted, signal);
  },
};

import { z } from 'zod';
import { sha256 } from '../core/json.ts';
import type { RunService, TrafficShare } from '../ports/google.ts';
import type { PlanContext, PlanLine, StepContext, StepKind } from '../ports/step.ts';
import { bringAbout, observeChange, type Wish } from './google/change.ts';
import { googleForPlan, googleOf, isOpen, readForPlan } from './google/cloud.ts';
import { connectionField, serviceField, withinField } from './google/fields.ts';

const input = z.strictObject({
  connection: connectionField,
  service: serviceField.describe('A service that there is already'),
  image: z
    .string()
    .max(500)
    .regex(/^[^\s@]+@sha256:[0-9a-f]{64}$/, 'an image by its digest: name@sha256:…'),
  tag: z
    .string()
    .regex(/^[a-z](?:[a-z0-9-]{0,44}[a-z0-9])?$/, 'lower-case letters, digits and dashes')
    .optional()
    .describe('By which the new revision is reached while it gets no traffic'),
  env: z
    .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'the name of a variable'), z.string())
    .default({})
    .describe(
      'Variables that the new revision gets beside those of the one before; no secrets: anyone who may read the service reads them',
    ),
  within: withinField,
});
type Input = z.infer<typeof input>;

const longest = 63;

/**
 * The name of the revision that an attempt makes: always the same for it, so that a repetition finds the first one.
 * The image's digest is in it, so that no other rollout's revision is taken for it.
 */
export function revisionName(
  service: string,
  rollout: string,
  step: string,
  image: string,
  attempt: number,
): string {
  const digest = image.slice(-64, -56);
  const again = attempt > 1 ? `-${attempt}` : '';
  const name = `${service}-${rollout}-${step}-${digest}${again}`.toLowerCase().replaceAll(/[^a-z0-9-]/g, '-');
  if (name.length <= longest) return name;
  return `${service}-${sha256(name).slice(7, 19)}`;
}

/** What gets traffic stays as it is, by name; the tag goes to the new revision. */
function trafficWith({ serving }: RunService, revision: string, tag: string | undefined): TrafficShare[] {
  const kept = serving.flatMap(({ tag: had, ...share }) => {
    const tagged = had !== undefined && had !== tag;
    return share.percent === 0 && !tagged ? [] : [{ ...share, ...(tagged ? { tag: had } : {}) }];
  });
  return tag === undefined ? kept : [...kept, { revision, percent: 0, tag }];
}

/** The revision with the largest share: what a rollback goes back to. */
function leading({ serving }: RunService): string | null {
  const [first] = [...serving].sort((a, b) => b.percent - a.percent);
  return first?.revision ?? null;
}

/**
 * The name to use: of an earlier attempt where its revision is there and has not failed, else this attempt's own.
 */
async function nameFor(context: StepContext<Input>, signal: AbortSignal): Promise<string> {
  const { input: given, rollout, step } = context;
  const named = (attempt: number) => revisionName(given.service, rollout.id, step.id, given.image, attempt);
  for (let attempt = step.attempt - 1; attempt > 0; attempt -= 1) {
    const found = await googleOf(context).run.revision(given.service, named(attempt), signal);
    if (found !== undefined && found.image === given.image && typeof found.state === 'string')
      return found.name;
  }
  return named(step.attempt);
}

function wishOf(context: StepContext<Input>, revision: string): Wish {
  const { service, image, tag, env } = context.input;
  return {
    service,
    what: `Deploy to ${service}`,
    insist: false,
    change: (now) => ({ revision: { name: revision, image, env }, traffic: trafficWith(now, revision, tag) }),
    before: (now) => ({
      service,
      revision: leading(now),
      image: now.image,
      traffic: now.serving.map((share) => ({ ...share })),
    }),
    asked: (now) => now.latestCreated === revision && now.image === image,
    async inForce(now, signal) {
      const found = await googleOf(context).run.revision(service, revision, signal);
      if (typeof found?.state === 'object')
        return { not: `the revision ${revision} did not start: ${found.state.failed}` };
      if (found?.state !== 'ready') return 'not yet';
      if (typeof now.state === 'object') return { not: now.state.failed };
      return tag === undefined ||
        now.serving.some((share) => share.tag === tag && share.revision === revision)
        ? true
        : 'not yet';
    },
    done: (now) => {
      const url = tag === undefined ? undefined : now.tagUrls[tag];
      return {
        summary: `${revision} is ready and gets no traffic${url === undefined ? '' : `; it is reached at ${url}`}`,
        output: { service, revision, image, previous: leading(now), ...(url === undefined ? {} : { url }) },
      };
    },
  };
}

async function plan(context: PlanContext<Input>): Promise<PlanLine> {
  const { service, image, connection } = context.input;
  const summary = `Deploy ${image} to ${service}, without traffic`;
  if (isOpen(service) || isOpen(connection)) return { summary, diff: [] };
  const read = await readForPlan((signal) => googleForPlan(context).run.service(service, signal));
  const before = 'unread' in read ? read.unread : read.value.image;
  return { summary, diff: [{ what: `image of ${service}`, before, after: image }] };
}

/** A new revision by its digest that gets no traffic: nobody but who knows its tag reaches it yet. */
export const cloudrunDeploy: StepKind<Input> = {
  uses: 'cloudrun.deploy',
  describe:
    'Makes a new revision of a Cloud Run service by an image’s digest, with a tag and without traffic.',
  input,
  effect: 'once',
  timeout: 90_000,
  plan,
  async observe(context: StepContext<Input>, signal) {
    return observeChange(context, wishOf(context, await nameFor(context, signal)), signal);
  },
  async run(context: StepContext<Input>, signal) {
    signal.throwIfAborted();
    return bringAbout(context, wishOf(context, await nameFor(context, signal)), signal);
  },
};

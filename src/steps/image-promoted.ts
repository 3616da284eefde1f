import { z } from 'zod';
import { statusOf } from '../core/rollout/status.ts';
import { shownInstant } from '../core/step/deadline.ts';
import { listed, shown } from '../core/step/shown.ts';
import type { Rollout } from '../ports/rollouts.ts';
import type { PlanLine, StepContext, StepKind, StepResult } from '../ports/step.ts';

const imageName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/, 'a short name, such as trader');

const input = z.strictObject({
  from: z.string().min(1).describe('The environment in which the images have to have proved themselves'),
  images: z
    .record(
      imageName,
      z
        .string()
        .regex(/^(?:[^\s@]+@)?sha256:[0-9a-f]{64}$/, 'a digest, or an image by its digest: name@sha256:…'),
    )
    .refine((images) => Object.keys(images).length > 0, 'name one image at least')
    .describe(
      'The digest of each image that this rollout deploys, by a name that is the same in all environments',
    ),
  watched: z.boolean().default(false).describe('A rollout that is still in hypercare there counts as well'),
});
type Input = z.infer<typeof input>;
type Digests = Readonly<Record<string, string>>;

const recordSchema = z.object({ images: z.record(z.string(), z.string()) });

function digestsOf({ images }: Input): Digests {
  return Object.fromEntries(Object.entries(images).map(([name, image]) => [name, image.slice(-71)]));
}

function brief(digest: string | undefined): string {
  return digest === undefined ? 'no image of that name' : `${shown(digest.slice(0, 19))}…`;
}

/** Two digests that differ, cut short where they still differ then. */
function apart(name: string, here: string | undefined, there: string | undefined): string {
  const told = brief(here) === brief(there) ? (digest = '') => digest : brief;
  return `${shown(name, 63)} is ${told(here)} here and ${told(there)} there`;
}

function toldOf(digests: Digests): string {
  return Object.entries(digests)
    .map(([name, digest]) => `${name} ${brief(digest)}`)
    .join(', ');
}

/** What a rollout recorded by the same step; undefined where it did not. */
function recordOf({ state }: Rollout, step: string): Digests | undefined {
  const found = state.steps[step];
  if (found?.status !== 'succeeded') return undefined;
  return recordSchema.safeParse(found.output).data?.images;
}

function refused(summary: string, detail: string): StepResult {
  return { status: 'failed', summary, detail: `Nothing was changed. ${detail}`, retryable: false };
}

/** Nothing there to compare with: what is needed first, and what is on its way. */
function unproved({ input: { from }, rollout }: StepContext<Input>, there: readonly Rollout[]): StepResult {
  const watched = there.find(({ plan, state }) => statusOf(plan, state) === 'hypercare');
  const until = watched?.state.hypercare?.until;
  const aside =
    watched === undefined || until === undefined
      ? `Let one succeed there: /rollout start ${rollout.playbook} env=${from}.`
      : `${watched.state.id} is still watched there until ${shownInstant(Date.parse(until))}; it counts once it has succeeded.`;
  return refused(`No rollout of ${rollout.playbook} has succeeded in ${from} yet`, aside);
}

function compared(context: StepContext<Input>, proof: Rollout, proved: Digests): StepResult {
  const { from } = context.input;
  const here = digestsOf(context.input);
  const names = [...new Set([...Object.keys(here), ...Object.keys(proved)])].sort();
  const differing = names.filter((name) => here[name] !== proved[name]);
  const { id, endedAt } = proof.state;
  const when = endedAt === undefined ? '' : ` of ${shownInstant(Date.parse(endedAt))}`;
  if (differing.length === 0) {
    const summary = `The same as in ${from} (${id}${when}): ${toldOf(here)}`;
    return { status: 'succeeded', summary, output: { images: { ...here }, from: id } };
  }
  const words = differing.map((name) => apart(name, here[name], proved[name]));
  const whole = differing.map(
    (name) => `${name}: here ${here[name] ?? 'none'}, in ${id} ${proved[name] ?? 'none'}`,
  );
  const next = `Roll out there first what is meant for here, or start this rollout with what ${id} ran. If nobody meant to change it, find out who pushed ${listed(differing)}.`;
  return refused(
    `Not what succeeded in ${from} (${id}${when}): ${words.join('; ')}`,
    [next, ...whole].join('\n'),
  );
}

async function run(context: StepContext<Input>, signal: AbortSignal): Promise<StepResult> {
  signal.throwIfAborted();
  const { input: given, environment, rollout, step } = context;
  if (environment.name === given.from) {
    const images = digestsOf(given);
    return { status: 'succeeded', summary: `Recorded to be promoted: ${toldOf(images)}`, output: { images } };
  }
  const there = (await context.earlier(given.from)).filter(
    ({ plan }) => plan.playbook.name === rollout.playbook,
  );
  signal.throwIfAborted();
  const counts: readonly string[] = given.watched ? ['succeeded', 'hypercare'] : ['succeeded'];
  const proof = there.find(({ plan, state }) => counts.includes(statusOf(plan, state)));
  if (proof === undefined) return unproved(context, there);
  const proved = recordOf(proof, step.id);
  if (proved !== undefined) return compared(context, proof, proved);
  const summary = `${proof.state.id}, the last one that succeeded in ${given.from}, did not record its images`;
  return refused(summary, `Its playbook has no step ${step.id} that did: roll out there once more.`);
}

async function plan({
  input: given,
  environment,
}: {
  input: Input;
  environment: { name: string };
}): Promise<PlanLine> {
  const names = listed(Object.keys(given.images));
  const summary =
    environment.name === given.from
      ? `Record the digests of ${names}, to be promoted from here`
      : `Refuse to go on unless ${names} are what succeeded last in ${given.from}, digest by digest`;
  return { summary, diff: [] };
}

/**
 * Holds an environment to what was proved in another: in that one it records the digests, elsewhere it compares them
 * with those that the last succeeded rollout of the same playbook recorded there by the step of the same id.
 */
export const imagePromoted: StepKind<Input> = {
  uses: 'image.promoted',
  describe:
    'Refuses images whose digests are not those of the playbook’s last rollout that succeeded in another environment.',
  input,
  effect: 'none',
  plan,
  run,
};

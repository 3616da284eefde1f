import { z } from 'zod';
import { shown } from '../core/step/shown.ts';
import type { FoundImage, ImageRegistry } from '../ports/images.ts';
import { ServiceError } from '../ports/service.ts';
import type { PlanContext, PlanLine, StepContext, StepKind, StepResult } from '../ports/step.ts';
import { connectionOf } from './evidence/connection.ts';
import { callerOf } from './service/caller.ts';
import { type Finding, paceFields, poll } from './waiting/poll.ts';

const part = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';

const input = z.strictObject({
  connection: z.string().describe('A connection of the kind oci'),
  repository: z
    .string()
    .max(255)
    .regex(
      new RegExp(`^${part}(?:/${part})*$`),
      'a repository without host and tag, such as aether/platform',
    ),
  tag: z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/, 'a tag, such as v2.4.0'),
  digest: z
    .string()
    .regex(/^sha256:[0-9a-f]{64}$/, 'sha256: and 64 hex digits')
    .optional()
    .describe('What the tag has to point to'),
  platforms: z
    .array(z.string().regex(/^[a-z0-9]+\/[a-z0-9_]+(\/[a-z0-9]+)?$/, 'a platform, such as linux/amd64'))
    .max(20)
    .default([])
    .describe('The platforms that the image has to run on'),
  ...paceFields,
});
type Input = z.infer<typeof input>;

/** The tag points to another image than it should: looking again doesn't help. */
class Moved extends Error {
  override readonly name = 'Moved';
}

const planTimeout = 3_000;

function taggedName(registry: ImageRegistry, { repository, tag }: Input): string {
  return `${registry.host}/${repository}:${tag}`;
}

function brief(digest: string): string {
  return `${digest.slice(0, 19)}…`;
}

/** The digest that counts for this rollout: the one that the step was given, else the first that the rollout saw. */
async function heldTo(context: StepContext<Input>, name: string, found: FoundImage): Promise<void> {
  const { digest } = context.input;
  if (digest !== undefined && digest !== found.digest)
    throw new Moved(`${name} is ${found.digest}, and not ${digest} as it should be`);
  const pinned = await context.pin(name, found.digest);
  if (pinned !== found.digest)
    throw new Moved(`${name} moved: this rollout is pinned to ${pinned}, and the tag is ${found.digest} now`);
}

async function lacking(
  registry: ImageRegistry,
  { repository, platforms }: Input,
  found: FoundImage,
  signal: AbortSignal,
): Promise<string[]> {
  if (platforms.length === 0) return [];
  const has = await registry.platforms(repository, found, signal);
  return platforms.filter((wanted) => !has.some((name) => name === wanted || name.startsWith(`${wanted}/`)));
}

async function look(context: StepContext<Input>, signal: AbortSignal): Promise<Finding> {
  const { input: given, environment, world } = context;
  const registry = world.images(connectionOf(environment.connections, given.connection), callerOf(context));
  const name = taggedName(registry, given);
  const found = await registry.find(given.repository, given.tag, signal);
  if (found === undefined) return { met: false, saw: `${name} is not in the registry` };
  const missing = await lacking(registry, given, found, signal);
  if (missing.length > 0) return { met: false, saw: `${name} is not there for ${missing.join(', ')}` };
  await heldTo(context, name, found);
  const reference = `${registry.host}/${given.repository}@${found.digest}`;
  return {
    met: true,
    saw: `${name} is ${brief(found.digest)}, pinned`,
    output: { digest: found.digest, reference, tag: given.tag },
  };
}

async function run(context: StepContext<Input>, signal: AbortSignal): Promise<StepResult> {
  signal.throwIfAborted();
  const { repository, tag } = context.input;
  try {
    return await poll(context, `${repository}:${tag}`, () =>
      look(context, signal).catch((error: unknown) => {
        if (error instanceof ServiceError) return { met: false, saw: error.message };
        throw error;
      }),
    );
  } catch (error) {
    if (!(error instanceof Moved)) throw error;
    const detail =
      'Nothing was changed. Find out who pushed it; to roll out the image behind the tag now, start a new rollout.';
    return { status: 'failed', summary: error.message, detail, retryable: false };
  }
}

/** What the tag is now, where this process can read it. */
async function plan({ input: given, environment, world }: PlanContext<Input>): Promise<PlanLine> {
  const registry = world.images(connectionOf(environment.connections, given.connection));
  const name = taggedName(registry, given);
  const summary = `Check that ${name} is there, and pin its digest`;
  try {
    const found = await registry.find(given.repository, given.tag, AbortSignal.timeout(planTimeout));
    if (found === undefined) return { summary: `${summary} (it isn't there now)`, diff: [] };
    return {
      summary,
      diff: [{ what: name, before: 'a tag that can move', after: found.digest }],
      expected: { digest: found.digest },
    };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { summary: `${summary} (not read now: ${shown(why, 160)})`, diff: [] };
  }
}

/** Reads which image a tag points to, and holds the rollout to it: its plan, its approvals and its later steps. */
export const imageExists: StepKind<Input> = {
  uses: 'image.exists',
  describe: 'Checks that an image is in its registry, and pins the digest behind its tag in the plan.',
  input,
  effect: 'none',
  plan,
  run,
};

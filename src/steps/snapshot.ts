import { z } from 'zod';
import { digestOf, type Json, sha256 } from '../core/json.ts';
import { durationSchema, milliseconds } from '../core/playbook/duration.ts';
import type { StepContext, StepKind, StepResult } from '../ports/step.ts';
import type { ArtifactStore } from '../ports/world.ts';
import { connectionOf } from './evidence/connection.ts';
import { callerOf } from './service/caller.ts';
import { type Page, PageError, readPage } from './watching/page.ts';

const address = z.url({ protocol: /^https?$/ });
const serviceName = z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9_-]{0,62}$/, 'letters, digits, - and _');

const input = z.strictObject({
  services: z
    .record(serviceName, z.strictObject({ health: address, metrics: address.optional() }))
    .refine((services) => Object.keys(services).length > 0, { message: 'at least one service' }),
  maxBytes: z
    .int()
    .min(1)
    .max(64 * 1024 * 1024)
    .default(1024 * 1024)
    .describe('The longest page that is taken'),
  within: durationSchema.default('10s').describe('How long each page may take'),
  archive: z.string().optional().describe('A connection that keeps the pages'),
});
type Input = z.infer<typeof input>;

interface Taken {
  service: string;
  part: 'health' | 'metrics';
  page: Page;
  sha256: string;
}

async function take(context: StepContext<Input>, signal: AbortSignal): Promise<Taken[]> {
  const { services, maxBytes, within } = context.input;
  const pages = Object.entries(services).flatMap(([service, { health, metrics }]) => [
    { service, part: 'health' as const, url: health },
    ...(metrics === undefined ? [] : [{ service, part: 'metrics' as const, url: metrics }]),
  ]);
  const limits = { most: maxBytes, timeout: milliseconds(within) };
  return Promise.all(
    pages.map(async ({ service, part, url }) => {
      const page = await readPage(context.world.fetch, url, limits, signal);
      return { service, part, page, sha256: sha256(page.body) };
    }),
  );
}

/** Stores every page under the instant of the snapshot; the addresses by service and part. */
async function keep(
  store: ArtifactStore,
  context: StepContext<Input>,
  taken: readonly Taken[],
  signal: AbortSignal,
) {
  const instant = new Date(context.now()).toISOString().replace(/[:.]/g, '-');
  const uris = new Map<string, string>();
  for (const { service, part, page } of taken) {
    const ending = page.contentType.includes('json') ? 'json' : 'txt';
    const key = `${context.rollout.id}/${context.step.id}/${instant}/${service}-${part}.${ending}`;
    const { uri } = await store.put(key, page.body, page.contentType, signal);
    uris.set(`${service}/${part}`, uri);
  }
  return uris;
}

function describeService(service: string, taken: readonly Taken[], uris: ReadonlyMap<string, string>): Json {
  const of = (part: Taken['part']) => taken.find((one) => one.service === service && one.part === part);
  const [health, metrics] = [of('health'), of('metrics')];
  const stored = [uris.get(`${service}/health`), uris.get(`${service}/metrics`)].flatMap((uri) => uri ?? []);
  return {
    status: health?.page.status ?? null,
    healthSha256: health?.sha256 ?? null,
    metricsSha256: metrics?.sha256 ?? null,
    bytes: (health?.page.body.byteLength ?? 0) + (metrics?.page.body.byteLength ?? 0),
    ...(stored.length === 0 ? {} : { uris: stored }),
  };
}

function resultOf(
  context: StepContext<Input>,
  taken: readonly Taken[],
  uris: ReadonlyMap<string, string>,
): StepResult {
  const names = Object.keys(context.input.services);
  const services = Object.fromEntries(names.map((name) => [name, describeService(name, taken, uris)]));
  const healthy = taken.filter(
    ({ part, page }) => part === 'health' && page.status >= 200 && page.status < 300,
  );
  const digest = digestOf(services);
  return {
    status: 'succeeded',
    summary: `Snapshot of ${names.length} services, ${healthy.length} healthy, ${digest.slice(0, 19)}…`,
    output: { services, at: new Date(context.now()).toISOString(), sha256: digest },
  };
}

/**
 * Takes health and metrics of every service, with the SHA-256 of each page, and keeps the pages where an
 * archive is named. It records and does not judge: a service that answers with an error is part of the
 * picture; one that can't be read at all fails the step.
 */
export const snapshot: StepKind<Input> = {
  uses: 'snapshot',
  describe: 'Takes health and metrics of every service, hashed, and keeps them in an archive.',
  input,
  effect: 'none',
  async plan({ input: { services, archive } }) {
    const where = archive === undefined ? '' : ` into ${archive}`;
    return { summary: `Take health and metrics of ${Object.keys(services).join(', ')}${where}`, diff: [] };
  },
  async run(context, signal) {
    signal.throwIfAborted();
    const { archive } = context.input;
    const store =
      archive === undefined
        ? undefined
        : context.world.artifacts(connectionOf(context.environment.connections, archive), callerOf(context));
    try {
      const taken = await take(context, signal);
      const uris =
        store === undefined ? new Map<string, string>() : await keep(store, context, taken, signal);
      return resultOf(context, taken, uris);
    } catch (error) {
      if (error instanceof PageError) return { status: 'failed', summary: error.message, retryable: true };
      throw error;
    }
  },
};

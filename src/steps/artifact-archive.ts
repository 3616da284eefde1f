import { z } from 'zod';
import { canonicalJson, type Json } from '../core/json.ts';
import { shownUrl } from '../core/step/shown.ts';
import { ServiceError } from '../ports/service.ts';
import type { StepContext, StepKind, StepResult } from '../ports/step.ts';
import { LocalFileError, type StoredObject } from '../ports/world.ts';
import { connectionOf } from './evidence/connection.ts';
import { localPathSchema } from './evidence/local-path.ts';
import { logsOf } from './github/logs.ts';
import { callerOf } from './service/caller.ts';
import { PageError, readPage } from './watching/page.ts';

const part = '[A-Za-z0-9_][A-Za-z0-9._+=@-]{0,127}';
const keySchema = z
  .string()
  .max(300)
  .regex(new RegExp(`^${part}(?:/${part})*$`), 'parts of letters, digits and ._+=@-, with slashes between');

const sourceSchema = z.union([
  z.strictObject({ url: z.url({ protocol: /^https?$/ }) }),
  z.strictObject({ text: z.string() }),
  z.strictObject({ json: z.json() }),
  z.strictObject({ file: localPathSchema }),
  z.strictObject({ journal: z.literal(true) }),
  z.strictObject({
    workflow: z
      .strictObject({ connection: z.string(), run: z.int().min(1) })
      .describe(
        'The logs of a run at GitHub, such as `${{ steps.ci.output.run }}`: its jobs one after the other',
      ),
  }),
]);

const input = z.strictObject({
  connection: z.string().describe('A connection of the environment that keeps artefacts'),
  prefix: keySchema.optional().describe('Begins every key; the id of the rollout when absent'),
  items: z
    .array(z.strictObject({ name: keySchema, from: sourceSchema }))
    .min(1)
    .max(200)
    .refine((items) => new Set(items.map(({ name }) => name)).size === items.length, {
      message: 'a name stands twice',
    })
    .refine((items) => items.every(({ name }) => name !== 'manifest.json'), {
      message: 'manifest.json is written by the step itself',
    }),
  maxBytes: z
    .int()
    .min(1)
    .max(512 * 1024 * 1024)
    .default(64 * 1024 * 1024)
    .describe('The largest item'),
});
type Input = z.infer<typeof input>;
type Item = Input['items'][number];

interface Content {
  body: Uint8Array;
  contentType: string;
}

/** A page answered with an error, or there is too much of it, so nothing is kept. */
class NothingToKeep extends Error {
  override readonly name = 'NothingToKeep';
}

const encode = (text: string) => new TextEncoder().encode(text);

async function contentOf({ from }: Item, context: StepContext<Input>, signal: AbortSignal): Promise<Content> {
  const { world, input: given } = context;
  if ('text' in from) return { body: encode(from.text), contentType: 'text/plain; charset=utf-8' };
  if ('json' in from)
    return { body: encode(`${canonicalJson(from.json)}\n`), contentType: 'application/json' };
  if ('file' in from) {
    const body = await world.files.read(from.file, given.maxBytes, signal);
    return { body, contentType: 'application/octet-stream' };
  }
  if ('journal' in from) {
    const lines = (await context.journal()).map((event) => `${canonicalJson(event)}\n`);
    return { body: encode(lines.join('')), contentType: 'application/x-ndjson' };
  }
  if ('workflow' in from) {
    const { connection, run } = from.workflow;
    const github = connectionOf(context.environment.connections, connection);
    const { workflows } = world.github(github, callerOf(context));
    const text = await logsOf(workflows, run, { redact: context.redact, signal });
    return { body: within(encode(text), given.maxBytes, run), contentType: 'text/plain; charset=utf-8' };
  }
  const page = await readPage(world.fetch, from.url, { most: given.maxBytes, timeout: 60_000 }, signal);
  if (page.status < 200 || page.status > 299) {
    throw new NothingToKeep(`${shownUrl(from.url)} answered ${page.status}`);
  }
  return page;
}

function within(body: Uint8Array, most: number, run: number): Uint8Array {
  if (body.byteLength <= most) return body;
  throw new NothingToKeep(`the logs of run ${run} are over ${most} bytes`);
}

function sourceOf({ from }: Item): string {
  if ('url' in from) return shownUrl(from.url);
  if ('file' in from) return from.file;
  if ('workflow' in from) return `run ${from.workflow.run} in ${from.workflow.connection}`;
  return Object.keys(from)[0] ?? '';
}

interface Stored extends StoredObject {
  name: string;
  source: string;
}

async function storeAll(
  context: StepContext<Input>,
  signal: AbortSignal,
): Promise<{ items: Stored[]; manifest: StoredObject }> {
  const { connection, items, prefix = context.rollout.id } = context.input;
  const archive = connectionOf(context.environment.connections, connection);
  const store = context.world.artifacts(archive, callerOf(context));
  const stored: Stored[] = [];
  for (const item of items) {
    const { body, contentType } = await contentOf(item, context, signal);
    const object = await store.put(`${prefix}/${item.name}`, body, contentType, signal);
    stored.push({ name: item.name, source: sourceOf(item), ...object });
    context.tail(`${item.name}: ${object.bytes} bytes, ${object.sha256}`);
  }
  const body = encode(`${canonicalJson(manifestOf(context, stored))}\n`);
  const manifest = await store.put(`${prefix}/manifest.json`, body, 'application/json', signal);
  return { items: stored, manifest };
}

function manifestOf({ rollout, step }: StepContext<Input>, stored: readonly Stored[]): Json {
  const items = stored.map(({ name, source, sha256, bytes }) => ({ name, source, sha256, bytes }));
  return {
    v: 1,
    rollout: rollout.id,
    playbook: rollout.playbook,
    planDigest: rollout.digest,
    step: step.id,
    items,
  };
}

function succeeded(items: readonly Stored[], manifest: StoredObject): StepResult {
  const bytes = items.reduce((sum, item) => sum + item.bytes, 0);
  return {
    status: 'succeeded',
    summary: `Archived ${items.length} artefacts, ${bytes} bytes: ${manifest.uri}`,
    output: {
      items: items.map(({ name, uri, sha256, bytes: size }) => ({ name, uri, sha256, bytes: size })),
      manifest: { uri: manifest.uri, sha256: manifest.sha256 },
    },
  };
}

/** Stores artefacts with their SHA-256, and last a manifest of the hashes: where it stands, everything stands. */
export const artifactArchive: StepKind<Input> = {
  uses: 'artifact.archive',
  describe:
    'Stores artefacts in a folder, an S3-compatible bucket or Google Cloud Storage, with a manifest of hashes.',
  input,
  effect: 'repeatable',
  async plan({ input: { connection, items } }) {
    return { summary: `Archive ${items.map(({ name }) => name).join(', ')} in ${connection}`, diff: [] };
  },
  async run(context, signal) {
    signal.throwIfAborted();
    try {
      const { items, manifest } = await storeAll(context, signal);
      return succeeded(items, manifest);
    } catch (error) {
      if (error instanceof ServiceError && error.reason !== 'doubtful')
        return { status: 'failed', summary: error.message, retryable: error.reason === 'unavailable' };
      const known =
        error instanceof PageError || error instanceof LocalFileError || error instanceof NothingToKeep;
      if (known) return { status: 'failed', summary: error.message, retryable: true };
      throw error;
    }
  },
};

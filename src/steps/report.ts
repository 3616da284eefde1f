import { z } from 'zod';
import { type Json, sha256 } from '../core/json.ts';
import { withDeployment } from '../core/report/audit.ts';
import { toMarkdown } from '../core/report/markdown.ts';
import { makeDeployment, makeReport } from '../core/report/report.ts';
import { fold } from '../core/rollout/fold.ts';
import type { StepContext, StepKind, StepResult } from '../ports/step.ts';
import { LocalFileError } from '../ports/world.ts';
import { connectionOf } from './evidence/connection.ts';
import { localPathSchema } from './evidence/local-path.ts';

const input = z
  .strictObject({
    connection: z.string().optional().describe('A connection of the environment that keeps the report'),
    path: localPathSchema
      .refine((path) => path.endsWith('.md'), { message: 'a Markdown file, such as docs/AUDIT_REPORT.md' })
      .optional()
      .describe('An audit report: the rollout gets its entry in the deployment section'),
  })
  .refine(({ connection, path }) => connection !== undefined || path !== undefined, {
    message: 'give a connection, a path, or both',
  });
type Input = z.infer<typeof input>;

async function store(
  context: StepContext<Input>,
  text: string,
  signal: AbortSignal,
): Promise<{ uri?: string }> {
  const { connection } = context.input;
  if (connection === undefined) return {};
  const archive = context.world.artifacts(connectionOf(context.environment.connections, connection));
  const body = new TextEncoder().encode(text);
  const { uri } = await archive.put(
    `${context.rollout.id}/report.md`,
    body,
    'text/markdown; charset=utf-8',
    signal,
  );
  return { uri };
}

async function write(context: StepContext<Input>, entry: string): Promise<{ path?: string }> {
  const { path } = context.input;
  if (path === undefined) return {};
  await context.world.files.rewrite(path, (text) => withDeployment(text, context.rollout.id, entry));
  return { path };
}

async function make(context: StepContext<Input>, signal: AbortSignal): Promise<StepResult> {
  const events = await context.journal();
  const folded = fold(undefined, events);
  if (folded === undefined) throw new Error('the rollout has no journal');
  const { state } = folded;
  const scope = { timezone: context.timezone, earlier: await context.earlier() };
  const report = makeReport(folded, events, scope);
  const text = toMarkdown(report);
  const stored = await store(context, text, signal);
  signal.throwIfAborted();
  const written = await write(context, toMarkdown(makeDeployment(folded, report), 3));
  const output: Json = { ...stored, ...written, sha256: sha256(text), events: state.seq, head: state.head };
  const where = [stored.uri, written.path].flatMap((place) => place ?? []).join(' and ');
  return { status: 'succeeded', summary: `Report of ${state.seq} events in ${where}`, output };
}

/** Writes the rollout's report from its journal so far: timeline, answers, durations, captures, hashes. */
export const report: StepKind<Input> = {
  uses: 'report',
  describe: "Writes the rollout's report from its journal into an archive, an audit report, or both.",
  input,
  effect: 'repeatable',
  async plan({ input: { connection, path } }) {
    const where = [connection, path].flatMap((place) => place ?? []).join(' and ');
    return { summary: `Write the report into ${where}`, diff: [] };
  },
  async run(context, signal) {
    signal.throwIfAborted();
    try {
      return await make(context, signal);
    } catch (error) {
      if (error instanceof LocalFileError)
        return { status: 'failed', summary: error.message, retryable: true };
      throw error;
    }
  },
};

import { z } from 'zod';
import { type Json, sha256 } from '../core/json.ts';
import { withDeployment } from '../core/report/audit.ts';
import { type ReportFile, reportFiles } from '../core/report/files.ts';
import type { StepContext, StepKind, StepResult } from '../ports/step.ts';
import { LocalFileError } from '../ports/world.ts';
import { connectionOf } from './evidence/connection.ts';
import { localPathSchema } from './evidence/local-path.ts';

const input = z
  .strictObject({
    connection: z
      .string()
      .optional()
      .describe('A connection of the environment that keeps the report, as Markdown and as one HTML page'),
    path: localPathSchema
      .refine((path) => path.endsWith('.md'), { message: 'a Markdown file, such as docs/AUDIT_REPORT.md' })
      .optional()
      .describe('An audit report: the rollout gets its entry in the deployment section'),
  })
  .refine(({ connection, path }) => connection !== undefined || path !== undefined, {
    message: 'give a connection, a path, or both',
  });
type Input = z.infer<typeof input>;

type Stored = { uri: string; sha256: string };

/** Stores the files of the report; answers where each lies, by its name. */
async function store(
  context: StepContext<Input>,
  files: readonly ReportFile[],
  signal: AbortSignal,
): Promise<Record<string, Stored>> {
  const { connection } = context.input;
  if (connection === undefined) return {};
  const archive = context.world.artifacts(connectionOf(context.environment.connections, connection));
  const stored: Record<string, Stored> = {};
  for (const { name, contentType, text } of files) {
    const body = new TextEncoder().encode(text);
    const { uri } = await archive.put(`${context.rollout.id}/${name}`, body, contentType, signal);
    stored[name] = { uri, sha256: sha256(text) };
  }
  return stored;
}

async function write(context: StepContext<Input>, entry: string): Promise<{ path?: string }> {
  const { path } = context.input;
  if (path === undefined) return {};
  await context.world.files.rewrite(path, (text) => withDeployment(text, context.rollout.id, entry));
  return { path };
}

async function make(context: StepContext<Input>, signal: AbortSignal): Promise<StepResult> {
  const events = await context.journal();
  const scope = { timezone: context.timezone, earlier: await context.earlier() };
  const files = await reportFiles(events, context.world.drawSvg, scope);
  const textOf = (name: string) => files.find((file) => file.name === name)?.text;
  const [text, entry] = [textOf('report.md'), textOf('audit.md')];
  const last = events.at(-1);
  if (text === undefined || entry === undefined || !last) throw new Error('the rollout has no journal');
  const stored = await store(context, files, signal);
  signal.throwIfAborted();
  const written = await write(context, entry);
  const { 'report.md': main, 'report.html': html, 'audit.md': audit } = stored;
  const output: Json = {
    ...(main ? { uri: main.uri } : {}),
    ...(html ? { html } : {}),
    ...(audit ? { audit } : {}),
    ...written,
    sha256: sha256(text),
    events: last.seq,
    head: last.hash,
  };
  const where = [main?.uri, written.path].flatMap((place) => place ?? []).join(' and ');
  return { status: 'succeeded', summary: `Report of ${last.seq} events in ${where}`, output };
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

import { z } from 'zod';
import { type Json, sha256 } from '../core/json.ts';
import { withDeployment } from '../core/report/audit.ts';
import { type ReportFile, reportFiles } from '../core/report/files.ts';
import { ServiceError } from '../ports/service.ts';
import type { StepContext, StepKind, StepResult } from '../ports/step.ts';
import { LocalFileError } from '../ports/world.ts';
import { connectionOf } from './evidence/connection.ts';
import { localPathSchema } from './evidence/local-path.ts';
import { callerOf } from './service/caller.ts';

const branch = z
  .string()
  .max(200)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._/-]*$/, 'the name of a branch');
const auditPath = localPathSchema.refine((path) => path.endsWith('.md'), {
  message: 'a Markdown file, such as docs/AUDIT_REPORT.md',
});

const input = z
  .strictObject({
    connection: z
      .string()
      .optional()
      .describe('A connection of the environment that keeps the report, as Markdown and as one HTML page'),
    path: auditPath
      .optional()
      .describe('An audit report: the rollout gets its entry in the deployment section'),
    pullRequest: z
      .strictObject({
        connection: z.string().describe('A connection of the kind github'),
        path: auditPath.describe('The audit report in its repository'),
        base: branch.default('main').describe('The branch that it goes to'),
      })
      .optional()
      .describe('The same entry by pull request, from a branch named after the rollout'),
  })
  .refine((given) => Object.values(given).some((one) => one !== undefined), {
    message: 'give a connection, a path, a pull request, or several of them',
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
  const store = connectionOf(context.environment.connections, connection);
  const archive = context.world.artifacts(store, callerOf(context));
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

/** The entry as a change that people are asked to take; the same branch again is the same pull request. */
async function propose(context: StepContext<Input>, entry: string, signal: AbortSignal): Promise<string[]> {
  const { input: given, environment, rollout, world } = context;
  if (given.pullRequest === undefined) return [];
  const { connection, path, base } = given.pullRequest;
  const github = world.github(connectionOf(environment.connections, connection), callerOf(context));
  const title = `Document the rollout ${rollout.id} of ${rollout.playbook}`;
  const proposal = {
    branch: `cutover/${rollout.id}`,
    base,
    path,
    title,
    body: `Adds the entry of ${rollout.id} to the deployment section of ${path}, made from its journal.`,
    change: (text: string) => withDeployment(text, rollout.id, entry),
  };
  return [(await github.propose(proposal, signal)).url];
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
  const [pullRequest] = await propose(context, entry, signal);
  const { 'report.md': main, 'report.html': html, 'audit.md': audit } = stored;
  const output: Json = {
    ...(main ? { uri: main.uri } : {}),
    ...(html ? { html } : {}),
    ...(audit ? { audit } : {}),
    ...written,
    ...(pullRequest === undefined ? {} : { pullRequest }),
    sha256: sha256(text),
    events: last.seq,
    head: last.hash,
  };
  const where = [main?.uri, written.path, pullRequest].flatMap((place) => place ?? []).join(' and ');
  return { status: 'succeeded', summary: `Report of ${last.seq} events in ${where}`, output };
}

/** Writes the rollout's report from its journal so far: timeline, answers, durations, captures, hashes. */
export const report: StepKind<Input> = {
  uses: 'report',
  describe:
    "Writes the rollout's report from its journal into an archive, an audit report, or a pull request.",
  input,
  effect: 'repeatable',
  async plan({ input: { connection, path, pullRequest } }) {
    const asked = pullRequest && `a pull request for ${pullRequest.path}`;
    const where = [connection, path, asked].flatMap((place) => place ?? []).join(' and ');
    return { summary: `Write the report into ${where}`, diff: [] };
  },
  async run(context, signal) {
    signal.throwIfAborted();
    try {
      return await make(context, signal);
    } catch (error) {
      if (error instanceof LocalFileError)
        return { status: 'failed', summary: error.message, retryable: true };
      if (error instanceof ServiceError)
        return { status: 'failed', summary: error.message, retryable: error.reason !== 'refused' };
      throw error;
    }
  },
};

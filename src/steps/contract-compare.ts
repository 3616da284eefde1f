import { z } from 'zod';
import { type Json, sha256 } from '../core/json.ts';
import { type ContractChange, tableOf } from '../core/openapi/change.ts';
import { compareContracts, isContract } from '../core/openapi/compare.ts';
import { statusOf } from '../core/rollout/status.ts';
import { shown } from '../core/step/shown.ts';
import type { Rollout } from '../ports/rollouts.ts';
import type { StepContext, StepKind, StepResult } from '../ports/step.ts';
import type { ArtifactStore } from '../ports/world.ts';
import { connectionOf } from './evidence/connection.ts';
import { callerOf } from './service/caller.ts';

const input = z.strictObject({
  connection: z.string().describe('The connection of the environment that keeps the artefacts'),
  archived: z
    .string()
    .describe(
      'The step that archives the contract, in this rollout and in the ones before: an `artifact.archive`',
    ),
  item: z.string().default('openapi.json').describe('Its item: an OpenAPI document of version 3, as JSON'),
  breaking: z
    .enum(['fail', 'ask', 'tell'])
    .default('ask')
    .describe(
      'What becomes of a change that breaks callers: the step fails, people decide, or it is told alone',
    ),
});
type Input = z.infer<typeof input>;
type Context = StepContext<Input>;

const largest = 16 * 1024 * 1024;
const shownInSummary = 3;

const archivedSchema = z.object({
  items: z.array(z.object({ name: z.string(), uri: z.string(), sha256: z.string() })),
});
type Archived = z.infer<typeof archivedSchema>['items'][number];

/** Kept while people decide. */
const keptSchema = z.strictObject({ table: z.string(), summary: z.string() });
type Kept = z.infer<typeof keptSchema>;

/** The contracts can't be compared; the message says which and why. */
class Incomparable extends Error {
  override readonly name = 'Incomparable';
}

function archivedBy({ state }: Rollout, { archived, item }: Input): Archived | undefined {
  const parsed = archivedSchema.safeParse(state.steps[archived]?.output);
  return parsed.success ? parsed.data.items.find(({ name }) => name === item) : undefined;
}

/** The contract that clients use now: of the newest rollout of this playbook here that came to its end. */
function lastOf(context: Context, earlier: readonly Rollout[]) {
  for (const one of earlier) {
    const hasEnded = ['succeeded', 'hypercare'].includes(statusOf(one.plan, one.state));
    const isOther = one.state.id !== context.rollout.id;
    if (!isOther || !hasEnded || one.plan.playbook.name !== context.rollout.playbook) continue;
    const found = archivedBy(one, context.input);
    if (found !== undefined) return { id: one.state.id, archived: found };
  }
  return undefined;
}

async function readContract(
  store: ArtifactStore,
  { uri, sha256: digest }: Archived,
  whose: string,
  signal: AbortSignal,
): Promise<Json> {
  const body = await store.get(uri, largest, signal);
  if (body === undefined) throw new Incomparable(`the contract of ${whose} is not there any more: ${uri}`);
  if (sha256(body) !== digest)
    throw new Incomparable(`the contract of ${whose} is not what was archived: ${uri} was changed`);
  const parsed = z.json().safeParse(jsonOf(new TextDecoder().decode(body)));
  if (parsed.success && isContract(parsed.data as Json)) return parsed.data as Json;
  throw new Incomparable(`the contract of ${whose} is no OpenAPI document of version 3: ${uri}`);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function inWords(changes: readonly ContractChange[]): string {
  const first = changes.slice(0, shownInSummary).map(({ where, what }) => `${where} ${what}`);
  const more = changes.length - first.length;
  return shown([...first, ...(more > 0 ? [`and ${more} more`] : [])].join('; '), 300);
}

const count = (number: number, what: string) => `${number} ${what}${number === 1 ? '' : 's'}`;

function judged({ input: { breaking }, tail }: Context, since: string, all: ContractChange[]): StepResult {
  const breaks = all.filter((change) => change.breaking);
  const others = all.length - breaks.length;
  const table = tableOf(all);
  for (const line of table.split('\n').filter(Boolean)) tail(line);
  const output: Json = { since, breaking: breaks.length, others, table };
  if (breaks.length === 0) {
    const rest = others === 0 ? 'it is the same' : `${count(others, 'other change')}`;
    return { status: 'succeeded', summary: `Nothing breaks callers since ${since}: ${rest}`, output };
  }
  const summary = `${count(breaks.length, 'breaking change')} since ${since}: ${inWords(breaks)}`;
  if (breaking === 'tell') return { status: 'succeeded', summary, output };
  if (breaking === 'fail') return { status: 'failed', summary, detail: table, output, retryable: false };
  return question({ table, summary });
}

function question(kept: Kept): StepResult {
  return {
    status: 'waiting',
    waiting: {
      for: 'decision',
      options: ['proceed', 'rollback'],
      question: `The API contract breaks callers. Go on all the same, or roll back? ${kept.summary}`,
      what: kept.summary,
      detail: kept.table,
    },
    state: kept,
  };
}

function decided({ answers }: Context, kept: Kept): StepResult {
  const answer = answers.find((one) => one.answer === 'proceed');
  if (answer === undefined) return question(kept);
  const why = answer.reason === undefined ? '' : ` (“${shown(answer.reason)}”)`;
  const summary = `Accepted by ${answer.by.name}${why}: ${kept.summary}`;
  return { status: 'succeeded', summary, output: { accepted: answer.by.id, table: kept.table } };
}

async function compare(context: Context, signal: AbortSignal): Promise<StepResult> {
  const { input: given, environment, world, rollout } = context;
  const earlier = await context.earlier();
  const own = earlier.find(({ state }) => state.id === rollout.id);
  const mine = own && archivedBy(own, given);
  if (mine === undefined)
    throw new Incomparable(`${given.archived} archived no ${given.item} in this rollout`);
  const last = lastOf(context, earlier);
  if (last === undefined) {
    const summary = `No earlier rollout of ${rollout.playbook} archived ${given.item}: this one is the first to compare with`;
    return { status: 'succeeded', summary, output: { since: null } };
  }
  const archive = connectionOf(environment.connections, given.connection);
  const store = world.artifacts(archive, callerOf(context));
  const [before, after] = await Promise.all([
    readContract(store, last.archived, last.id, signal),
    readContract(store, mine, rollout.id, signal),
  ]);
  return judged(context, last.id, compareContracts(before, after));
}

/** Compares the API contract with the one of the last rollout that came to its end, and lets people decide on a break. */
export const contractCompare: StepKind<Input> = {
  uses: 'contract.compare',
  describe:
    'Compares an archived OpenAPI contract with the one of the last successful rollout, and asks about changes that break callers.',
  input,
  effect: 'none',
  async plan({ input: { item, archived, breaking } }) {
    const then = { fail: 'fails', ask: 'asks people', tell: 'tells' }[breaking];
    const summary = `Compare ${item} of ${archived} with that of the last successful rollout; a change that breaks callers ${then}`;
    return { summary, diff: [] };
  },
  async run(context, signal) {
    signal.throwIfAborted();
    if (context.kept !== undefined) return decided(context, keptSchema.parse(context.kept));
    try {
      return await compare(context, signal);
    } catch (error) {
      if (!(error instanceof Incomparable)) throw error;
      return { status: 'failed', summary: `Not compared: ${error.message}`, retryable: true };
    }
  },
};

import { z } from 'zod';
import { listed, shown, shownUrl } from '../core/step/shown.ts';
import type { StepContext, StepKind, StepResult } from '../ports/step.ts';
import { exchange, NoAnswer } from './http/exchange.ts';
import { secretiveHeader, urlSchema } from './http/expectation.ts';
import { lowerCased } from './http/mutation.ts';

const lookTimeout = 10_000;

const input = z.strictObject({
  before: z
    .union([urlSchema, z.record(z.string(), z.string())])
    .describe('The address that is right, or headers that were captured from it'),
  after: urlSchema,
  headers: z.array(z.string().min(1)).min(1).max(50).describe('The headers that have to be the same'),
  host: z.string().min(1).optional().describe('Sent as Host, where the address is that of a load balancer'),
});
type Input = z.infer<typeof input>;
type Headers = Record<string, string>;

async function headersOf(
  { input: given, world }: StepContext<Input>,
  url: string,
  signal: AbortSignal,
): Promise<Headers> {
  const headers = given.host === undefined ? undefined : { host: given.host };
  const answer = await exchange(world.fetch, { method: 'GET', url, headers, timeout: lookTimeout }, signal);
  if (answer.status >= 500)
    throw new NoAnswer(`GET ${shownUrl(url)}`, `status ${answer.status}`, true, undefined);
  return answer.headers;
}

function shownHeader(name: string, value: string | undefined): string {
  if (value === undefined) return 'missing';
  return secretiveHeader.test(name) ? 'another value (not shown)' : `“${shown(value, 120)}”`;
}

/** One line for each header that is not the same, or that neither side has. */
function differences(names: readonly string[], before: Headers, after: Headers): string[] {
  return names.flatMap((name) => {
    const [was, is] = [before[name], after[name]];
    if (was === undefined && is === undefined) return [`${name}: missing on both sides`];
    return was === is ? [] : [`${name}: ${shownHeader(name, was)} before, ${shownHeader(name, is)} now`];
  });
}

function judged({ input: given }: StepContext<Input>, before: Headers, after: Headers): StepResult {
  const names = given.headers.map((name) => name.toLowerCase());
  const found = differences(names, before, after);
  if (found.length === 0) {
    return {
      status: 'succeeded',
      summary: `${names.length} headers are the same at ${shownUrl(given.after)}`,
    };
  }
  const summary = `${found.length} of ${names.length} headers differ at ${shownUrl(given.after)}`;
  return { status: 'failed', summary, detail: found.join('\n'), retryable: true };
}

/** Compares the headers of two answers, so that a switch does not lose what protects the users. */
export const headersCompare: StepKind<Input> = {
  uses: 'headers.compare',
  describe: 'Checks that the named headers are the same before and after.',
  input,
  effect: 'none',
  async plan({ input: given }) {
    const names = shown(listed(given.headers), 120);
    const before = typeof given.before === 'string' ? shownUrl(given.before) : 'what was captured';
    return { summary: `Compare ${names} at ${shownUrl(given.after)} with ${before}`, diff: [] };
  },
  async run(context, signal) {
    signal.throwIfAborted();
    const { before, after } = context.input;
    try {
      const first =
        typeof before === 'string' ? await headersOf(context, before, signal) : lowerCased(before);
      return judged(context, first, await headersOf(context, after, signal));
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      return { status: 'failed', summary: error.message, retryable: true };
    }
  },
};

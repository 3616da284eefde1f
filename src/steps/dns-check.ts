import { z } from 'zod';
import { shown, shownValue } from '../core/step/shown.ts';
import type { StepContext, StepKind } from '../ports/step.ts';
import { type Finding, paceFields, poll } from './waiting/poll.ts';

const records = z.array(z.string().min(1)).min(1).max(100);

const input = z
  .strictObject({
    name: z.string().min(1),
    type: z.enum(['A', 'AAAA', 'CNAME', 'NS', 'TXT']).default('A'),
    values: records.optional().describe('The answer is exactly these, in any order'),
    contains: records.optional().describe('The answer has at least these'),
    servers: z
      .array(z.string().min(1))
      .min(1)
      .max(20)
      .optional()
      .describe('Name servers as host or host:port; absent: those of the system'),
    quorum: z.int().min(1).optional().describe('How many servers have to agree; absent: all'),
    ...paceFields,
  })
  .refine((given) => (given.values === undefined) !== (given.contains === undefined), {
    message: 'give either `values` or `contains`, and not both',
  })
  .refine((given) => (given.quorum ?? 1) <= (given.servers?.length ?? 1), {
    message: '`quorum` is more than the number of `servers`',
  });
type Input = z.infer<typeof input>;

type Answer = { server: string; values: string[] } | { server: string; problem: string };

/** Names are compared without their last dot, and in lower case; texts as they are. */
function normal(type: Input['type'], values: readonly string[]): string[] {
  const each = type === 'TXT' ? values : values.map((value) => value.toLowerCase().replace(/\.$/, ''));
  return [...new Set(each)].sort();
}

async function ask(
  { input: given, world }: StepContext<Input>,
  server: string | undefined,
  signal: AbortSignal,
): Promise<Answer> {
  const named = server ?? 'the system’s resolver';
  try {
    const record = await world.names.resolve(given.name, given.type, server, signal);
    return { server: named, values: normal(given.type, record.values) };
  } catch (error) {
    signal.throwIfAborted();
    return { server: named, problem: shown(error instanceof Error ? error.message : String(error)) };
  }
}

function agrees(given: Input, answer: Answer): boolean {
  if ('problem' in answer) return false;
  const wanted = normal(given.type, given.values ?? given.contains ?? []);
  const complete = wanted.every((value) => answer.values.includes(value));
  return complete && (given.values === undefined || answer.values.length === wanted.length);
}

function inWords(answer: Answer): string {
  return 'problem' in answer
    ? answer.problem
    : `${answer.server} answers ${shownValue(answer.values.join(', '))}`;
}

async function look(context: StepContext<Input>, signal: AbortSignal): Promise<Finding> {
  const { input: given } = context;
  const answers = await Promise.all(
    (given.servers ?? [undefined]).map((server) => ask(context, server, signal)),
  );
  const right = answers.filter((answer) => agrees(given, answer));
  const met = right.length >= (given.quorum ?? answers.length);
  const count = `${right.length} of ${answers.length} name servers agree`;
  const others = answers.filter((answer) => !right.includes(answer)).map(inWords);
  const saw = met ? `${given.name}: ${count}` : `${count}; ${shown(others.join('; '), 300)}`;
  return { met, saw, output: { answers } };
}

/** Asks name servers directly for a record, until enough of them give the expected answer. */
export const dnsCheck: StepKind<Input> = {
  uses: 'dns.check',
  describe: 'Checks that name servers answer with the expected records, once or until a time is over.',
  input,
  effect: 'none',
  async plan({ input: given }) {
    const wanted = shown((given.values ?? given.contains ?? []).join(', '));
    const summary = `Check that ${given.type ?? 'A'} ${given.name} is ${wanted}`;
    return { summary, diff: [] };
  },
  async run(context, signal) {
    signal.throwIfAborted();
    const { type, name } = context.input;
    return poll(context, `${type} ${name}`, () => look(context, signal));
  },
};

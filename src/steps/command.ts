import { z } from 'zod';
import { longestReport, reporters } from '../core/results/read.ts';
import { severities } from '../core/results/results.ts';
import { celOver } from '../core/step/condition.ts';
import { shown } from '../core/step/shown.ts';
import type { StepContext, StepKind, StepResult } from '../ports/step.ts';
import { type Invocation, NotStarted } from '../ports/world.ts';
import { judged } from './command/outcome.ts';
import { awaitReport, type ReportReader } from './command/report.ts';
import { localPathSchema } from './evidence/local-path.ts';

/** Variables that make an allowed program run something else. */
const steering =
  /^(PATH|IFS|ENV|BASH_ENV|NODE_OPTIONS|PYTHON(PATH|STARTUP|HOME)|PERL5(LIB|OPT)|RUBYOPT|(LD|DYLD)_.*)$/;

const fields = z.strictObject({
  argv: z
    .tuple([z.string().min(1)], z.string())
    .describe('The program and its arguments; no shell reads them'),
  cwd: z.string().min(1).optional(),
  env: z
    .record(
      z
        .string()
        .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'the name of a variable')
        .refine((name) => !steering.test(name), {
          message:
            'this variable would lead round the allow-list: call the program by its path or with arguments',
        }),
      z.string(),
    )
    .optional()
    .describe('Added to PATH, HOME and LANG'),
  stdin: z.string().optional(),
  expect: celOver('code', 'stdout', 'stderr')
    .optional()
    .meta({ title: 'What has to hold of the output, beside the exit code: stdout.trim() == ""' }),
  lookAt: z
    .string()
    .min(1)
    .max(300)
    .optional()
    .describe(
      'What a person should look at where the worker died meanwhile and nobody knows how far the program came',
    ),
  okCodes: z.array(z.int().min(0).max(255)).min(1).default([0]).describe('The exit codes that are a success'),
  parse: z
    .enum(reporters)
    .optional()
    .describe(
      'Whose report is read and judged: `pytest` (`--junitxml`), `vitest` and `playwright` (their JSON reporters), `npm-audit` (`--json`), `pip-audit` (`-f json`)',
    ),
  report: localPathSchema
    .optional()
    .describe(
      'The file that the report is written to, relative to `cwd` and below the bot’s folder. Absent: it is what the program prints',
    ),
  failAt: z
    .enum(severities)
    .optional()
    .describe('The least severity in an npm audit that is a failure. Absent: `low`, as in npm'),
});

const input = fields
  .refine(({ parse, report }) => parse !== undefined || report === undefined, {
    path: ['report'],
    message: 'say by `parse` whose report it is',
  })
  .refine(({ parse, report }) => parse !== 'pytest' || report !== undefined, {
    path: ['report'],
    message: 'pytest writes its report to a file: give that, and `--junitxml=` with the same path',
  })
  .refine(({ parse, failAt }) => parse === 'npm-audit' || failAt === undefined, {
    path: ['failAt'],
    message: 'only npm-audit tells how grave a vulnerability is; with pip-audit each one is a failure',
  });
type Input = z.infer<typeof input>;

const howToAllow = 'Add it to `commands.allow` in the policy, or take another step kind.';

function invocationOf({ input: given, tail }: StepContext<Input>): Invocation {
  const isReport = given.parse !== undefined && given.report === undefined;
  return {
    argv: given.argv,
    ...(isReport ? { keep: longestReport } : { onLine: (line) => tail(shown(line, 1_000)) }),
    ...(given.cwd === undefined ? {} : { cwd: given.cwd }),
    ...(given.env === undefined ? {} : { env: given.env }),
    ...(given.stdin === undefined ? {} : { stdin: given.stdin }),
  };
}

async function execute(context: StepContext<Input>, signal: AbortSignal): Promise<StepResult> {
  const { input: given, world } = context;
  const { parse, report, cwd } = given;
  const read: ReportReader | undefined =
    parse === undefined ? undefined : await awaitReport(world.files, { parse, report, cwd });
  const started = context.now();
  const exit = await world.processes.run(invocationOf(context), signal);
  const duration = context.now() - started;
  return judged(given, exit, duration, await read?.(exit, signal));
}

/** Runs a program that the policy allows. It is ended with all that it started when the step is interrupted. */
export const command: StepKind<Input> = {
  uses: 'command',
  describe:
    'Runs a program by its argument list; the policy has to allow it. Reports of tests and audits are read and judged.',
  input,
  effect: 'once',
  async plan({ input: given, world }) {
    const line = shown(
      given.argv.map((word) => (/^[\w./:=@%+,-]+$/.test(word) ? word : JSON.stringify(word))).join(' '),
    );
    if (world.commandAllowed(given.argv)) return { summary: `Run ${line}`, diff: [] };
    return {
      summary: `Run ${line}: not allowed by the policy, so this step would fail. ${howToAllow}`,
      diff: [],
    };
  },
  lookAt: ({ input: { lookAt } }) => lookAt,
  async run(context, signal) {
    signal.throwIfAborted();
    const { argv } = context.input;
    if (!context.world.commandAllowed(argv)) {
      const summary = `The policy doesn't allow ${shown(argv.join(' '), 120)}`;
      return { status: 'failed', summary, detail: howToAllow, retryable: false };
    }
    try {
      return await execute(context, signal);
    } catch (error) {
      if (!(error instanceof NotStarted)) throw error;
      return { status: 'failed', summary: shown(error.message), retryable: false };
    }
  },
};

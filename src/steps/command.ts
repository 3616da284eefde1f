import { basename } from 'node:path';
import { z } from 'zod';
import { formatDuration } from '../core/playbook/duration.ts';
import { celOver, holds } from '../core/step/condition.ts';
import { shown } from '../core/step/shown.ts';
import type { StepContext, StepKind, StepResult } from '../ports/step.ts';
import { type Exit, type Invocation, NotStarted } from '../ports/world.ts';

/** Variables that make an allowed program run something else. */
const steering =
  /^(PATH|IFS|ENV|BASH_ENV|NODE_OPTIONS|PYTHON(PATH|STARTUP|HOME)|PERL5(LIB|OPT)|RUBYOPT|(LD|DYLD)_.*)$/;

const input = z.strictObject({
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
  okCodes: z.array(z.int().min(0).max(255)).min(1).default([0]).describe('The exit codes that are a success'),
});
type Input = z.infer<typeof input>;

const howToAllow = 'Add it to `commands.allow` in the policy, or take another step kind.';

function invocationOf({ input: given, tail }: StepContext<Input>): Invocation {
  return {
    argv: given.argv,
    onLine: (line) => tail(shown(line, 1_000)),
    ...(given.cwd === undefined ? {} : { cwd: given.cwd }),
    ...(given.env === undefined ? {} : { env: given.env }),
    ...(given.stdin === undefined ? {} : { stdin: given.stdin }),
  };
}

function lastLines(text: string, count: number): string[] {
  const lines = text.slice(-16_384).split(/[\r\n]+/);
  return lines
    .map((line) => shown(line, 300))
    .filter((line) => line !== '')
    .slice(-count);
}

/** Why the output is not what was expected, in words; undefined when it is, or nothing was. */
function unexpected({ expect }: Input, { code, stdout, stderr }: Exit): string | undefined {
  if (expect === undefined) return undefined;
  try {
    return holds(expect, { code, stdout, stderr }) ? undefined : `this does not hold: ${shown(expect)}`;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return `the expectation could not be evaluated: ${shown(why)}`;
  }
}

function judged({ input: given }: StepContext<Input>, exit: Exit, duration: number): StepResult {
  const name = shown(basename(given.argv[0]), 60);
  const took = formatDuration(duration);
  const output = { code: exit.code, stdout: exit.stdout.slice(-4_096) };
  const isRightCode = exit.code !== null && given.okCodes.includes(exit.code);
  const wrong = isRightCode ? unexpected(given, exit) : undefined;
  if (isRightCode && wrong === undefined) {
    const [last] = lastLines(exit.stdout, 1);
    return {
      status: 'succeeded',
      summary: last === undefined ? `${name} in ${took}` : `${shown(last, 120)} (${name}, ${took})`,
      output,
    };
  }
  const ended = exit.code === null ? `was ended by ${exit.signal}` : `ended with exit code ${exit.code}`;
  const how = wrong === undefined ? ended : `${ended}, and ${wrong}`;
  const detail = [...lastLines(exit.stdout, 60), ...lastLines(exit.stderr, 60)].join('\n');
  return {
    status: 'failed',
    summary: `${name} ${how} after ${took}`,
    detail: detail === '' ? 'It printed nothing.' : detail,
    output,
    retryable: true,
  };
}

/** Runs a program that the policy allows. It is ended with all that it started when the step is interrupted. */
export const command: StepKind<Input> = {
  uses: 'command',
  describe: 'Runs a program by its argument list; the policy has to allow it.',
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
  async run(context, signal) {
    signal.throwIfAborted();
    const { argv } = context.input;
    if (!context.world.commandAllowed(argv)) {
      const summary = `The policy doesn't allow ${shown(argv.join(' '), 120)}`;
      return { status: 'failed', summary, detail: howToAllow, retryable: false };
    }
    const started = context.now();
    try {
      const exit = await context.world.processes.run(invocationOf(context), signal);
      return judged(context, exit, context.now() - started);
    } catch (error) {
      if (!(error instanceof NotStarted)) throw error;
      return { status: 'failed', summary: shown(error.message), retryable: false };
    }
  },
};

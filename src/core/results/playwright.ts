import { z } from 'zod';
import { type Failure, failureOf, mostTold, type Read } from './results.ts';

const count = z.int().min(0);
const errorSchema = z.object({ message: z.string().default('') });

const specSchema = z.object({
  title: z.string(),
  tests: z.array(
    z.object({
      status: z.enum(['expected', 'unexpected', 'flaky', 'skipped']),
      results: z.array(z.object({ error: errorSchema.optional() })),
    }),
  ),
});

const suiteSchema = z.object({
  title: z.string(),
  specs: z.array(specSchema),
  suites: z.array(z.unknown()).default([]),
});

const reportSchema = z.object({
  suites: z.array(z.unknown()),
  errors: z.array(errorSchema),
  stats: z.object({ expected: count, unexpected: count, flaky: count, skipped: count }),
});

type Test = { spec: string; place: string } & z.infer<typeof specSchema>['tests'][number];

const deepest = 50;

/** The tests of a suite and of those in it. */
function testsIn(suite: unknown, above: readonly string[] = []): Test[] {
  if (above.length >= deepest) throw new RangeError(`suites more than ${deepest} deep`);
  const { title, specs, suites } = suiteSchema.parse(suite);
  const path = [...above, title];
  const own = specs.flatMap((spec) =>
    spec.tests.map((test) => ({ ...test, spec: spec.title, place: path.join(' › ') })),
  );
  return [...own, ...suites.flatMap((inner) => testsIn(inner, path))];
}

function failureOfTest({ spec, place, results }: Test): Failure {
  const last = results.findLast(({ error }) => error !== undefined);
  return failureOf(spec, place, last?.error?.message ?? '');
}

/** What Playwright's JSON reporter writes. Errors outside of tests count as failures; what passed at a retry is flaky. */
export function readPlaywright(json: unknown): Read {
  const { suites, errors, stats } = reportSchema.parse(json);
  const tests = suites.flatMap((suite) => testsIn(suite));
  const found = (status: Test['status']) => tests.filter((test) => test.status === status);
  for (const status of ['expected', 'unexpected', 'flaky', 'skipped'] as const) {
    const shows = found(status).length;
    if (shows !== stats[status])
      return { unusable: `it contradicts itself: it says ${stats[status]} ${status} and shows ${shows}` };
  }
  const failures = [
    ...errors.map(({ message }) => failureOf('outside of the tests', '', message)),
    ...found('unexpected').map(failureOfTest),
  ];
  return {
    results: {
      of: 'tests',
      passed: stats.expected + stats.flaky,
      failed: failures.length,
      skipped: stats.skipped,
      flaky: stats.flaky,
      failures: failures.slice(0, mostTold),
    },
  };
}

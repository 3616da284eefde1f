import { z } from 'zod';
import { failureOf, mostTold, type Read } from './results.ts';

const count = z.int().min(0);

const reportSchema = z.object({
  success: z.boolean(),
  numPassedTests: count,
  numFailedTests: count,
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().default(''),
      assertionResults: z.array(
        z.object({
          title: z.string(),
          ancestorTitles: z.array(z.string()).default([]),
          status: z.enum(['passed', 'failed', 'skipped', 'pending', 'todo', 'disabled']),
          failureMessages: z.array(z.string()).nullish(),
        }),
      ),
    }),
  ),
});

/** What vitest's JSON reporter writes. A file that could not be run counts as a failed test. */
export function readVitest(json: unknown): Read {
  const { success, numPassedTests, numFailedTests, testResults } = reportSchema.parse(json);
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  const passed = tests.filter(({ status }) => status === 'passed').length;
  const failed = tests.filter(({ status }) => status === 'failed');
  const broken = testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  );
  if (passed !== numPassedTests || failed.length !== numFailedTests)
    return { unusable: 'it contradicts itself: its counts are not those of its tests' };
  const all = failed.length + broken.length;
  if (success !== (all === 0))
    return { unusable: `it contradicts itself: success is ${success}, failed are ${all}` };
  const failures = [
    ...failed.map((test) =>
      failureOf(test.title, test.ancestorTitles.join(' › '), test.failureMessages?.[0] ?? ''),
    ),
    ...broken.map(({ name, message }) => failureOf(name.split('/').at(-1) ?? name, '', message)),
  ].slice(0, mostTold);
  const skipped = tests.length - passed - failed.length;
  return { results: { of: 'tests', passed, failed: all, skipped, flaky: 0, failures } };
}

import { shown } from '../../core/step/shown.ts';
import type { WorkflowJob, WorkflowRun } from '../../ports/github.ts';

const right = new Set(['success', 'skipped', 'neutral']);

function isFailed({ conclusion }: { conclusion: string | null }): boolean {
  return conclusion !== null && !right.has(conclusion);
}

/** "build failed at Run unit tests", for the first that failed. */
export function firstFailure(jobs: readonly WorkflowJob[]): string | undefined {
  const job = jobs.find(isFailed);
  if (job === undefined) return undefined;
  const step = job.steps.find(isFailed);
  const how = job.conclusion === 'failure' ? 'failed' : `ended as ${job.conclusion}`;
  return shown(step === undefined ? `${job.name} ${how}` : `${job.name} ${how} at ${step.name}`);
}

/** "3 of 5 jobs done; now test (Run unit tests)". */
export function progress({ status }: WorkflowRun, jobs: readonly WorkflowJob[]): string {
  if (jobs.length === 0) return status.replaceAll('_', ' ');
  const ended = jobs.filter((job) => job.status === 'completed').length;
  const at = jobs.find((job) => job.status === 'in_progress');
  const step = at?.steps.find((one) => one.status === 'in_progress');
  const now = at === undefined ? '' : `; now ${at.name}${step === undefined ? '' : ` (${step.name})`}`;
  return shown(`${ended} of ${jobs.length} jobs done${now}`);
}

/** A line for each job. */
export function jobLines(jobs: readonly WorkflowJob[]): string[] {
  return jobs.map(({ name, status, conclusion, steps }) => {
    const step = steps.find((one) => one.status === 'in_progress');
    const state = conclusion ?? status.replaceAll('_', ' ');
    return shown(`${name}: ${state}${step === undefined ? '' : `, ${step.name}`}`);
  });
}

/** "ci.yaml run 812 passed: 5 jobs · https://…". */
export function ended(what: string, run: WorkflowRun, jobs: readonly WorkflowJob[]): string {
  const count = `${jobs.length} ${jobs.length === 1 ? 'job' : 'jobs'}`;
  if (run.conclusion === 'success') return `${what} run ${run.number} passed: ${count} · ${run.url}`;
  const why = firstFailure(jobs) ?? `it ended as ${run.conclusion}`;
  return `${what} run ${run.number} did not pass: ${why} · ${run.url}`;
}

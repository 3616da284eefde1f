import { z } from 'zod';
import type { WorkflowJob, WorkflowRun, Workflows } from '../../ports/github.ts';
import { ServiceError } from '../../ports/service.ts';
import type { GitHubClient } from './client.ts';

const instant = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));
const runSchema = z
  .object({
    id: z.int(),
    run_number: z.int(),
    display_title: z.string().default(''),
    head_branch: z.string().nullable(),
    actor: z.object({ login: z.string() }).nullish(),
    status: z.string(),
    conclusion: z.string().nullable(),
    html_url: z.string(),
    created_at: instant,
  })
  .transform(
    (run): WorkflowRun => ({
      id: run.id,
      number: run.run_number,
      title: run.display_title,
      branch: run.head_branch,
      actor: run.actor?.login ?? null,
      status: run.status,
      conclusion: run.conclusion,
      url: run.html_url,
      createdAt: run.created_at,
    }),
  );
const outcome = { name: z.string(), status: z.string(), conclusion: z.string().nullable() };
const jobSchema = z
  .object({
    id: z.int(),
    ...outcome,
    html_url: z.string().nullable(),
    steps: z.array(z.object(outcome)).default([]),
  })
  .transform(({ html_url, ...job }): WorkflowJob => ({ ...job, url: html_url }));

const runsSchema = z.object({ workflow_runs: z.array(runSchema) });
const jobsSchema = z.object({ jobs: z.array(jobSchema) });
const dispatchedSchema = z.object({ workflow_run_id: z.int() });
const accountSchema = z.object({ login: z.string() });

const actions = '/repos/{owner}/{repo}/actions';

/**
 * Workflows over GitHub's REST API.
 * Rule: https://docs.github.com/en/rest/actions/workflows#create-a-workflow-dispatch-event
 */
export function workflowsOf({ call, redirection, lastOf }: GitHubClient): Workflows {
  const dispatched = (wanted: object, signal: AbortSignal) =>
    call(`POST ${actions}/workflows/{workflow_id}/dispatches`, { ...wanted }, signal);

  /** An older GitHub Enterprise Server refuses to tell the run: nothing was started then, and it is asked without. */
  const withoutDetails = (wanted: object, signal: AbortSignal) => (error: unknown) => {
    const isOlder = error instanceof ServiceError && error.reason === 'refused';
    if (isOlder && error.message.includes('return_run_details')) return dispatched(wanted, signal);
    throw error;
  };

  return {
    async dispatch({ workflow, ref, inputs }, signal) {
      const wanted = { workflow_id: workflow, ref, inputs };
      const answer = await dispatched({ ...wanted, return_run_details: true }, signal).catch(
        withoutDetails(wanted, signal),
      );
      if (answer.status !== 200) return undefined;
      const details = (() => {
        try {
          return answer.read(dispatchedSchema);
        } catch {
          return undefined;
        }
      })();
      return details?.workflow_run_id;
    },
    async runs(workflow, since, signal) {
      const created = `>=${new Date(since).toISOString().replace(/\.\d+Z$/, 'Z')}`;
      const parameters = { workflow_id: workflow, event: 'workflow_dispatch', created, per_page: 100 };
      const answer = await call(`GET ${actions}/workflows/{workflow_id}/runs`, parameters, signal);
      return answer.read(runsSchema).workflow_runs.sort((a, b) => b.createdAt - a.createdAt);
    },
    async run(id, signal) {
      const run = await call(`GET ${actions}/runs/{run_id}`, { run_id: id }, signal);
      const parameters = { run_id: id, filter: 'latest', per_page: 100 };
      const jobs = await call(`GET ${actions}/runs/{run_id}/jobs`, parameters, signal);
      return { run: run.read(runSchema), jobs: jobs.read(jobsSchema).jobs };
    },
    /** Rule: https://docs.github.com/en/rest/actions/workflow-jobs#download-job-logs-for-a-workflow-run */
    async log(job, most, signal) {
      const route = `GET ${actions}/jobs/{job_id}/logs`;
      const url = await redirection(route, { job_id: job }, [404, 410], signal);
      if (url === undefined) return undefined;
      const { bytes, cut } = await lastOf(url, most, signal);
      return { text: new TextDecoder().decode(bytes), cut };
    },
    async cancel(id, signal) {
      await call(`POST ${actions}/runs/{run_id}/cancel`, { run_id: id }, signal, [409]);
    },
    async account(signal) {
      const answer = await call('GET /user', {}, signal, [401, 403, 404]);
      return answer.status === 200 ? answer.read(accountSchema).login : undefined;
    },
  };
}

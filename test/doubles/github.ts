import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { z } from 'zod';
import { json, type Seen, serve } from '../support/http-server.ts';
import { faultsOf } from './zone.ts';

interface Job {
  id: number;
  name: string;
  status: string;
  conclusion: string | null;
  html_url: string | null;
  steps: { name: string; status: string; conclusion: string | null; number: number }[];
}

interface Run {
  id: number;
  run_number: number;
  display_title: string;
  head_branch: string;
  event: string;
  actor: { login: string };
  status: string;
  conclusion: string | null;
  html_url: string;
  created_at: string;
}

const dispatchSchema = z.strictObject({
  ref: z.string(),
  inputs: z.record(z.string(), z.string()).default({}),
  return_run_details: z.boolean().default(false),
});
const fileSchema = z.strictObject({
  message: z.string().min(1),
  content: z.base64(),
  sha: z.string().optional(),
  branch: z.string(),
});
const refSchema = z.strictObject({ ref: z.string().regex(/^refs\/heads\/./), sha: z.string().length(40) });
const pullSchema = z.strictObject({
  head: z.string(),
  base: z.string(),
  title: z.string().min(1),
  body: z.string(),
});

const shaOf = (text: string) => createHash('sha1').update(text).digest('hex');

function refuse(
  response: ServerResponse,
  status: number,
  headers: object = {},
  message = `status ${status}`,
) {
  const body = { message, documentation_url: 'https://docs.github.com/rest', status: String(status) };
  json(response, body, status, headers as Record<string, string>);
}

export interface GitHubDoubleOptions {
  repository: string;
  token: string;
  now(): number;
  /** The inputs that `ci.yaml` declares; its run-name shows `cutover` where that is one of them. */
  inputs: readonly string[];
}

/**
 * A strict double of GitHub's REST API for one repository: workflow runs, contents, refs and pull requests. It refuses
 * undeclared inputs, unknown refs and fields, a file's change without the blob that it was read from, and a second
 * pull request of a branch.
 */
export async function githubDouble({ repository, token, now, inputs }: GitHubDoubleOptions) {
  const runs: (Run & { hidden: boolean; jobs: Job[] })[] = [];
  const branches = new Map<string, Map<string, string>>([['main', new Map()]]);
  const pulls: { number: number; head: string; base: string; title: string; body: string }[] = [];
  const faults = faultsOf(refuse);
  const page = `https://github.example/${repository}`;
  const base = `/repos/${repository}`;
  let older = false;
  let listing = true;
  const logs = new Map<number, string>();
  /** Where logs lie: another host, which refuses whoever brings credentials of GitHub. */
  const blobs = await serve(({ path, headers }, response) => {
    const text = logs.get(Number(/^\/logs\/(\d+)\?sig=once$/.exec(path)?.[1]));
    if (headers.authorization !== undefined || text === undefined)
      return void response.writeHead(403).end('<Error><Code>InvalidAuthenticationInfo</Code></Error>');
    return void response.writeHead(200, { 'content-type': 'text/plain' }).end(`\uFEFF${text}`);
  });

  function dispatch(workflow: string, body: string, response: ServerResponse) {
    if (workflow !== 'ci.yaml') return refuse(response, 404, {}, 'Not Found');
    const value: unknown = JSON.parse(body);
    const parsed = dispatchSchema.safeParse(value);
    if (!parsed.success) return refuse(response, 422, {}, z.prettifyError(parsed.error));
    const { ref, inputs: given, return_run_details: detailed } = parsed.data;
    if (older && detailed)
      return refuse(response, 422, {}, 'Invalid request. "return_run_details" is not a permitted key.');
    if (!branches.has(ref)) return refuse(response, 422, {}, `No ref found for: ${ref}`);
    const unknown = Object.keys(given).filter((name) => !inputs.includes(name));
    if (unknown.length > 0)
      return refuse(response, 422, {}, `Unexpected inputs provided: ${JSON.stringify(unknown)}`);
    const run = start(given.cutover === undefined ? 'CI' : `CI for ${given.cutover}`, 'cutover-bot', ref);
    if (faults.lost(response)) return undefined;
    if (!detailed) return response.writeHead(204).end();
    const run_url = `https://api.github.example${base}/actions/runs/${run.id}`;
    return json(response, { workflow_run_id: run.id, run_url, html_url: run.html_url });
  }

  function start(title: string, login: string, ref = 'main') {
    const id = 9_000 + runs.length;
    const run = {
      id,
      run_number: 800 + runs.length,
      display_title: title,
      head_branch: ref,
      event: 'workflow_dispatch',
      actor: { login },
      status: 'queued',
      conclusion: null as string | null,
      html_url: `${page}/actions/runs/${id}`,
      created_at: new Date(now()).toISOString().replace(/\.\d+Z$/, 'Z'),
      hidden: !listing,
      jobs: [] as Job[],
    };
    runs.push(run);
    return run;
  }

  function list(query: URLSearchParams, response: ServerResponse) {
    const created = /^>=(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)$/.exec(query.get('created') ?? '')?.[1];
    if (query.get('event') !== 'workflow_dispatch' || created === undefined) return refuse(response, 422);
    const found = runs.filter((run) => !run.hidden && run.created_at >= created);
    return json(response, { total_count: found.length, workflow_runs: found });
  }

  function ofRun(id: number, rest: string, method: string, response: ServerResponse) {
    const run = runs.find((one) => one.id === id);
    if (run === undefined) return refuse(response, 404, {}, 'Not Found');
    if (method === 'GET' && rest === '') return json(response, run);
    if (method === 'GET' && rest === '/jobs')
      return json(response, { total_count: run.jobs.length, jobs: run.jobs });
    if (method !== 'POST' || rest !== '/cancel') return refuse(response, 404, {}, 'Not Found');
    if (run.status === 'completed')
      return refuse(response, 409, {}, 'Cannot cancel a workflow run that is completed.');
    Object.assign(run, { status: 'completed', conclusion: 'cancelled' });
    return json(response, {}, 202);
  }

  /** A log lies elsewhere, and only of a job that has ended. */
  function logOf(id: number, response: ServerResponse) {
    if (!logs.has(id)) return refuse(response, 404, {}, 'Not Found');
    return response.writeHead(302, { location: `${blobs.url}/logs/${id}?sig=once` }).end();
  }

  function contents({ method, body }: Seen, path: string, ref: string, response: ServerResponse) {
    if (method === 'GET') {
      const text = branches.get(ref)?.get(path);
      if (text === undefined) return refuse(response, 404, {}, 'Not Found');
      const content = Buffer.from(text).toString('base64').replace(/.{60}/g, '$&\n');
      return json(response, { type: 'file', encoding: 'base64', path, sha: shaOf(text), content });
    }
    const parsed = fileSchema.safeParse(JSON.parse(body));
    if (!parsed.success) return refuse(response, 422, {}, z.prettifyError(parsed.error));
    const { branch, sha, content } = parsed.data;
    const files = branches.get(branch);
    if (files === undefined) return refuse(response, 404, {}, `Branch ${branch} not found`);
    const old = files.get(path);
    if (old !== undefined && sha === undefined)
      return refuse(response, 422, {}, `Invalid request. "sha" wasn't supplied.`);
    if (old !== undefined && sha !== shaOf(old))
      return refuse(response, 409, {}, `${path} does not match ${sha}`);
    files.set(path, Buffer.from(content, 'base64').toString());
    return faults.lost(response) || json(response, { content: { path } }, old === undefined ? 201 : 200);
  }

  function refs({ method, body }: Seen, name: string | undefined, response: ServerResponse) {
    if (method === 'GET') {
      const files = branches.get(name?.replace(/^heads\//, '') ?? '');
      if (files === undefined) return refuse(response, 404, {}, 'Not Found');
      return json(response, { ref: `refs/${name}`, object: { type: 'commit', sha: shaOf('main') } });
    }
    const parsed = refSchema.safeParse(JSON.parse(body));
    if (!parsed.success || parsed.data.sha !== shaOf('main')) return refuse(response, 422);
    const branch = parsed.data.ref.replace('refs/heads/', '');
    if (branches.has(branch)) return refuse(response, 422, {}, 'Reference already exists');
    branches.set(branch, new Map(branches.get('main')));
    return json(response, { ref: parsed.data.ref }, 201);
  }

  const shownPull = (pull: (typeof pulls)[number]) => ({
    ...pull,
    state: 'open',
    html_url: `${page}/pull/${pull.number}`,
  });

  function pullRequests({ method, body }: Seen, query: URLSearchParams, response: ServerResponse) {
    if (method === 'GET') {
      const head = query.get('head') ?? '';
      if (!head.startsWith(`${repository.split('/')[0]}:`)) return json(response, pulls.map(shownPull));
      return json(response, pulls.filter((pull) => head.endsWith(`:${pull.head}`)).map(shownPull));
    }
    const parsed = pullSchema.safeParse(JSON.parse(body));
    if (!parsed.success) return refuse(response, 422, {}, z.prettifyError(parsed.error));
    if (pulls.some(({ head }) => head === parsed.data.head))
      return refuse(response, 422, {}, 'A pull request already exists');
    const pull = { number: pulls.length + 1, ...parsed.data };
    pulls.push(pull);
    return faults.lost(response) || json(response, shownPull(pull), 201);
  }

  const server = await serve((seen, response) => {
    const { method, headers } = seen;
    const url = new URL(seen.path, 'http://x');
    if (faults.before(method, response)) return;
    if (headers.authorization !== `Bearer ${token}`) return void refuse(response, 401, {}, 'Bad credentials');
    if (headers['x-github-api-version'] !== '2022-11-28' || headers['user-agent'] === undefined)
      return void refuse(response, 400, {}, 'Request forbidden by administrative rules.');
    if (url.pathname === '/user') return void json(response, { login: 'cutover-bot' });
    const path = url.pathname.startsWith(base) ? url.pathname.slice(base.length) : '';
    const workflow = /^\/actions\/workflows\/([^/]+)\/(dispatches|runs)$/.exec(path);
    const run = /^\/actions\/runs\/(\d+)(\/\w+)?$/.exec(path);
    const ref = /^\/git\/(?:ref\/(heads\/.+)|refs)$/.exec(path);
    const file = /^\/contents\/(.+)$/.exec(path);
    if (workflow?.[2] === 'dispatches' && method === 'POST')
      return void dispatch(workflow[1] ?? '', seen.body, response);
    if (workflow?.[2] === 'runs' && method === 'GET') return void list(url.searchParams, response);
    const log = /^\/actions\/jobs\/(\d+)\/logs$/.exec(path);
    if (log && method === 'GET') return void logOf(Number(log[1]), response);
    if (run) return void ofRun(Number(run[1]), run[2] ?? '', method, response);
    if (ref) return void refs(seen, ref[1], response);
    if (file) return void contents(seen, file[1] ?? '', url.searchParams.get('ref') ?? 'main', response);
    if (path === '/pulls') return void pullRequests(seen, url.searchParams, response);
    return void refuse(response, 404, {}, 'Not Found');
  });

  return {
    ...server,
    ...faults.failing,
    runs,
    branches,
    pulls,
    /** What a job wrote, from now on. */
    writeLog(job: number, text: string) {
      logs.set(job, text);
    },
    /** What was asked of the host that keeps the logs. */
    blobs: blobs.seen,
    async stop() {
      await Promise.all([server.stop(), blobs.stop()]);
    },
    /** As a GitHub Enterprise Server that tells no run. */
    beOlder() {
      older = true;
    },
    /** From now on dispatched runs are there but not listed; `true`: all are listed again. */
    list(all: boolean) {
      listing = all;
      if (all) for (const run of runs) run.hidden = false;
    },
    /** Somebody else's dispatch. */
    start,
    /** Brings a run on. */
    progress(id: number, change: Partial<Pick<Run, 'status' | 'conclusion'>>, jobs?: Job[]) {
      const run = runs.find((one) => one.id === id);
      const numbered = jobs?.map((job, index) => ({ ...job, id: id * 10 + index }));
      if (run) Object.assign(run, change, numbered === undefined ? {} : { jobs: numbered });
    },
  };
}

/** A job as GitHub shows it. */
export function jobOf(
  name: string,
  status: string,
  conclusion: string | null,
  steps: [string, string, string | null][] = [],
): Job {
  return {
    id: 0,
    name,
    status,
    conclusion,
    html_url: null,
    steps: steps.map(([step, state, end], index) => ({
      name: step,
      status: state,
      conclusion: end,
      number: index + 1,
    })),
  };
}

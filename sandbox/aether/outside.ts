import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { sha256 } from '../../src/core/json.ts';
import { type Answer, type Call, listen, type Route, serve } from '../service/http.ts';

/** The repository of the code, and of the image. */
export const repository = 'aether/platform';

/** Milliseconds that a workflow's run takes here. */
const runTime = 1_500;
/** Milliseconds between two calls into a service that are traced, and how long each takes. */
const traced = { every: 100, duration: 84 };

const missing: Answer = { status: 404, body: { message: 'Not Found' } };

/** An image registry that holds these tags, each an image of its own. */
function registryRoutes(tags: readonly string[]): Route[] {
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const bodies = new Map(
    tags.flatMap((tag) => {
      const body = JSON.stringify({ schemaVersion: 2, mediaType, annotations: { tag }, layers: [] });
      return [[tag, body] as const, [sha256(body), body] as const];
    }),
  );
  const manifest = (reference: string | undefined): Answer => {
    const body = bodies.get(reference ?? '');
    if (body === undefined) return { status: 404, body: { errors: [{ code: 'MANIFEST_UNKNOWN' }] } };
    return {
      status: 200,
      body,
      headers: { 'content-type': mediaType, 'docker-content-digest': sha256(body) },
    };
  };
  const path = `/v2/${repository}/manifests/:reference`;
  return [{ method: 'GET', path, handle: ({ params }) => manifest(params.reference) }];
}

/** GitHub, as far as one workflow is dispatched and followed: each run passes after a moment. */
function githubRoutes(now: () => number): Route[] {
  const begun: number[] = [];
  const base = `/repos/${repository}/actions`;
  const state = (at: number) =>
    now() - at < runTime
      ? { status: 'in_progress', conclusion: null }
      : { status: 'completed', conclusion: 'success' };
  const of = (id: string | undefined, answer: (at: number, index: number) => Answer): Answer => {
    const at = begun[Number(id) - 1];
    return at === undefined ? missing : answer(at, Number(id));
  };
  const run = (at: number, id: number): Answer => ({
    status: 200,
    body: {
      ...{ id, run_number: id, display_title: 'CI', head_branch: 'main', ...state(at) },
      html_url: `https://github.example/${repository}/actions/runs/${id}`,
      created_at: new Date(at).toISOString(),
    },
  });
  const jobs = (at: number, id: number): Answer => ({
    status: 200,
    body: { jobs: [{ id, name: 'targeted', ...state(at), html_url: null, steps: [] }] },
  });
  const log = (at: number): Answer => ({
    status: 200,
    body: `${new Date(at).toISOString()} 812 passed\n`,
  });
  /** A log lies elsewhere, where nobody has to sign in. */
  const whereLogIs = ({ headers, params }: Call): Answer => ({
    status: 302,
    body: '',
    headers: { location: `http://${headers.host}/logs/${params.id}` },
  });
  const dispatch = (): Answer => ({ status: 200, body: { workflow_run_id: begun.push(now()) } });
  return [
    { method: 'POST', path: `${base}/workflows/ci.yaml/dispatches`, handle: dispatch },
    { method: 'GET', path: `${base}/runs/:id`, handle: ({ params }) => of(params.id, run) },
    { method: 'GET', path: `${base}/runs/:id/jobs`, handle: ({ params }) => of(params.id, jobs) },
    { method: 'GET', path: `${base}/jobs/:id/logs`, handle: whereLogIs },
    { method: 'GET', path: '/logs/:id', handle: ({ params }) => of(params.id, log) },
  ];
}

/** Tempo, whose every service was called ten times a second without an error. */
function search(query: URLSearchParams): Answer {
  const [start, end, limit] = ['start', 'end', 'limit'].map((name) => Number(query.get(name)));
  if (start === undefined || end === undefined || limit === undefined || !(start < end))
    return { status: 400, body: 'invalid start, end or limit' };
  const count = Math.min(limit, Math.floor(((end - start) * 1_000) / traced.every));
  const traces = Array.from({ length: count }, (_, index) => ({
    traceID: index.toString(16).padStart(32, '0'),
    spanSets: [
      {
        spans: [
          {
            startTimeUnixNano: `${start * 1_000 + index * traced.every}000000`,
            durationNanos: `${traced.duration}000000`,
          },
        ],
      },
    ],
  }));
  return { status: 200, body: { traces } };
}

/**
 * Stand-ins for what the playbook calls outside the cluster, on one port: the image registry, GitHub, Tempo, and the
 * page with the API contract. They answer as a good day does; the tests have strict doubles.
 */
export async function startOutside(tags: readonly string[], now: () => number = Date.now) {
  const contract: Answer = { status: 200, body: { openapi: '3.1.0', paths: {} } };
  const server = serve([
    ...registryRoutes(tags),
    ...githubRoutes(now),
    { method: 'GET', path: '/api/search', handle: ({ query }) => search(query) },
    { method: 'GET', path: '/openapi.json', handle: () => contract },
  ]);
  await listen(server, 0);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

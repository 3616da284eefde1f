import { z } from 'zod';
import { securityHeaders } from '../service/http.ts';
import { check, report } from './tally.ts';

const url = z.url({ protocol: /^http$/ });
const settings = z.object({ ROUTER: url, SUPERVISOR: url }).safeParse(process.env);
if (!settings.success) {
  console.error('Set ROUTER and SUPERVISOR to the addresses of the sandbox, such as http://127.0.0.1:7100.');
  process.exit(2);
}
const { ROUTER: router, SUPERVISOR: supervisor } = settings.data;

const hostsSchema = z.strictObject({ api: z.string(), app: z.string() });
const deploymentSchema = z.object({ version: z.string(), ready: z.boolean(), port: z.int() });
const deploymentsSchema = z.record(z.string(), deploymentSchema.nullable());
const listSchema = z.object({ items: z.array(z.object({ id: z.string() })).min(1) });

const hosts = hostsSchema.parse(await json(`${router}/_router/hosts`));
const deployments = deploymentsSchema.parse(await json(`${supervisor}/deployments`));

for (const [host, colour] of Object.entries(hosts)) {
  check(`host ${host} goes to ${colour}, which is deployed and ready`, deployments[colour]?.ready === true);
}
for (const [colour, deployment] of Object.entries(deployments)) {
  if (deployment !== null) await checkPlatform(colour, deployment);
}
for (const path of ['/orders', '/positions', '/prices']) {
  check(`clients can read ${path}`, listSchema.safeParse(await json(`${router}${path}`)).success);
}
const { headers } = await fetch(`${router}/orders`);
for (const name of Object.keys(securityHeaders)) check(`clients get the header ${name}`, headers.has(name));
report();

async function checkPlatform(
  colour: string,
  { port, version }: z.infer<typeof deploymentSchema>,
): Promise<void> {
  const base = `http://127.0.0.1:${port}`;
  const health = z
    .object({ status: z.string(), version: z.string() })
    .safeParse(await json(`${base}/healthz`));
  check(`${colour} says that it is healthy`, health.data?.status === 'ok');
  check(`${colour} runs ${version} as deployed`, health.data?.version === version);
  const metrics = await fetch(`${base}/metrics`);
  check(`${colour} shows its metrics`, metrics.ok && (await metrics.text()).includes('http_requests_total'));
}

async function json(from: string): Promise<unknown> {
  const answer = await fetch(from, { signal: AbortSignal.timeout(2_000) });
  return answer.json();
}

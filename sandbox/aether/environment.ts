import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { liveHosts } from './ground.ts';

const examples = join(import.meta.dirname, '../../deploy/examples');
const example = async (file: string) => parse(await readFile(join(examples, file), 'utf8'));

const environmentsSchema = z.object({
  staging: z.object({
    vars: z.looseObject({ hosts: z.record(z.string(), z.json()), image: z.record(z.string(), z.json()) }),
  }),
});
const policySchema = z.looseObject({ people: z.record(z.string(), z.looseObject({ name: z.string() })) });

export interface Places {
  connections: Record<string, object>;
  urls: Record<'router' | 'blue' | 'green' | 'pages', string>;
  /** Where the audit report is written, from the working folder. */
  auditReport: string;
  /** What this place has otherwise than the example. */
  vars?: object;
}

/** The environment `staging` of `deploy/examples`, with this place's addresses, and with cycles of seconds. */
export async function aetherEnvironments({ connections, urls, auditReport, vars = {} }: Places) {
  const { router, blue, green, pages } = urls;
  const { staging } = environmentsSchema.parse(await example('environments.yaml'));
  const service = (url: string) => ({ platform: { health: `${url}/healthz`, metrics: `${url}/metrics` } });
  const here = {
    ...staging.vars,
    hosts: { ...staging.vars.hosts, live: liveHosts },
    live: router,
    platforms: { blue, green },
    metrics: { blue: `${blue}/metrics`, green: `${green}/metrics` },
    contracts: { blue: `${pages}/openapi.json`, green: `${pages}/openapi.json` },
    services: { blue: service(blue), green: service(green) },
    scalingCycle: '4s',
    twoScalingCycles: '8s',
    ciInterval: '1s',
    auditReport,
  };
  return { staging: { vars: { ...here, ...vars }, connections, channels: [] } };
}

/** The policy of `deploy/examples`, whose people sign in at the console with a token of their own. */
export async function aetherPolicy(tokenOf: (person: string) => string) {
  const policy = policySchema.parse(await example('policy.yaml'));
  const people = Object.entries(policy.people).map(([id, { name }]) => {
    const digest = createHash('sha256').update(tokenOf(id)).digest('hex');
    return [id, { name, console: `sha256:${digest}` }];
  });
  return {
    ...policy,
    people: Object.fromEntries(people),
    channels: { 'console:rollouts': { environment: 'staging', playbook: 'aether-blue-green' } },
  };
}

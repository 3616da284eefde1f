import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import type { SapphireProject } from './google.ts';
import { queries } from './metrics.ts';
import {
  addresses,
  certificates,
  hosts,
  proxy,
  region,
  repositoryOf,
  secrets,
  services,
  zone,
} from './names.ts';

const examples = join(import.meta.dirname, '../../deploy/examples/sapphire');
const example = async (file: string) => parse(await readFile(join(examples, file), 'utf8'));

const environmentsSchema = z.record(z.string(), z.object({ vars: z.record(z.string(), z.json()) }));
const policySchema = z.looseObject({
  people: z.record(z.string(), z.looseObject({ name: z.string() })),
  commands: z.object({ allow: z.array(z.array(z.string())) }),
});

export interface SapphirePlace {
  /** Artefacts are kept there. */
  folder: string;
  projects: Readonly<Record<string, SapphireProject>>;
  /** Where the bot asks each project’s APIs. */
  apis: Readonly<Record<string, string>>;
  registry: string;
  /** What the exchange answers only to addresses on its allow-list. */
  exchange: string;
  /** Where tests run, and with which programs. */
  checkout: string;
  programs: Record<string, string>;
}

/** The environments of `deploy/examples/sapphire`, with this place's addresses, and with cycles of seconds. */
export async function sapphireEnvironments(place: SapphirePlace): Promise<object> {
  const given = environmentsSchema.parse(await example('environments.yaml'));
  return Object.fromEntries(
    Object.entries(place.projects).map(([name, project]) => {
      const vars = { ...given[name]?.vars, ...varsOf(place, project) };
      return [name, { channels: [], connections: connectionsOf(place, project, name), vars }];
    }),
  );
}

function connectionsOf(
  { folder, registry, apis }: SapphirePlace,
  { project, prometheus }: SapphireProject,
  name: string,
) {
  const endpoint = apis[name];
  return {
    google: { kind: 'google', project, region, endpoint },
    dns: { kind: 'google-dns', project, zone: 'sapphire', endpoint: `${endpoint}/dns/v1/` },
    registry: { kind: 'oci', registry },
    prometheus: { kind: 'prometheus', url: prometheus },
    archive: { kind: 'folder', path: join(folder, 'artifacts', name) },
    public: { kind: 'folder', path: join(folder, 'public', name) },
  };
}

function varsOf(
  { checkout, exchange, programs }: SapphirePlace,
  { project, url, nameServer }: SapphireProject,
) {
  const at = (service: string, path: string) => `${url}/lb/${service}/${path}`;
  const pages = (service: string) => ({ health: at(service, 'healthz'), metrics: at(service, 'metrics') });
  return {
    project,
    checkout,
    programs,
    images: { trader: repositoryOf(services.trader), wallet: repositoryOf(services.wallet) },
    look: '1s',
    cycle: '2s',
    zone,
    delegation: { nameServers: [`ns1.${zone}`], ask: [nameServer] },
    nameServers: [nameServer],
    address: addresses.balancer,
    records: hosts.map((name) => ({ name, values: [addresses.balancer], ttl: '1s' })),
    proxy,
    certificates: [certificates.launch, certificates.before],
    secrets,
    tagged: {
      trader: at(`next---${services.trader}`, 'healthz'),
      wallet: at(`next---${services.wallet}`, 'healthz'),
    },
    services: { trader: pages(services.trader), wallet: pages(services.wallet) },
    hosts,
    live: {
      trader: at(services.trader, 'healthz'),
      orchestrator: at(services.wallet, 'healthz'),
      feed: at(services.trader, 'feed').replace(/^http/, 'ws'),
    },
    asterProbe: exchange,
    queries,
    // A machine that is busy with other things is no reason to roll back here.
    limits: { errors: 1, p95: 3_000, aster4xx: 0.2, aster5xx: 0.1 },
    alertTopic: `projects/${project}/topics/cutover-alerts`,
  };
}

/** The policy of `deploy/examples/sapphire`, whose people sign in at the console with a token of their own. */
export async function sapphirePolicy(
  { projects, programs }: Pick<SapphirePlace, 'projects' | 'programs'>,
  tokenOf: (person: string) => string,
): Promise<object> {
  const policy = policySchema.parse(await example('policy.yaml'));
  const people = Object.entries(policy.people).map(([id, { name }]) => {
    const digest = createHash('sha256').update(tokenOf(id)).digest('hex');
    return [id, { name, console: `sha256:${digest}` }];
  });
  const [environment] = Object.keys(projects);
  const here = Object.values(programs);
  const allow = policy.commands.allow.map(([program = '', ...args]) => [
    here.find((path) => path.endsWith(`/${program}`)) ?? program,
    ...args,
  ]);
  return {
    ...policy,
    people: Object.fromEntries(people),
    commands: { allow },
    channels: { 'console:rollouts': { environment, playbook: 'sapphire-cloud-run' } },
  };
}

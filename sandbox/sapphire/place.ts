import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isScalar, parseDocument, stringify, visit } from 'yaml';
import { makeCheckout } from './checkout.ts';
import { sapphireEnvironments, sapphirePolicy } from './environment.ts';
import { type SapphireProject, startProject } from './google.ts';
import { type Exchange, type Registry, startExchange, startRegistry } from './outside.ts';
import { digestsIn, type Standing, standingIn } from './standing.ts';

const playbook = new URL('../../playbooks/sapphire-cloud-run.yaml', import.meta.url);

export interface PlaceOptions {
  /** Where all data is kept. */
  folder: string;
  /** Where the programs that test write their reports: below the working folder of the bot. */
  checkout: string;
  /** The first one is that of the channel. */
  environments: readonly string[];
  /** How long hypercare lasts. */
  window: string;
  consoleToken: string;
  tokenOf(person: string): string;
  /** Name servers (`host:port`) that answer for an environment's zone; absent: the double of its project does. */
  nameServers?: Readonly<Record<string, string>>;
  /** Puts something between the bot and Google: takes the address of its APIs, answers the one to use. */
  through?(google: string): Promise<string>;
}

/** All that the Sapphire playbook acts on, with a bot's settings for it. */
export interface SapphireGround {
  settings: Record<string, string>;
  projects: Readonly<Record<string, SapphireProject>>;
  registry: Registry;
  exchange: Exchange;
  standing(environment: string): Promise<Standing>;
  /** The digests of the images that the newest revisions run. */
  digests(environment: string): Promise<string[]>;
  /** New revisions of the trader fail this share of their requests there. */
  spoil(environment: string, errors: number): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a project of Google Cloud for each environment, and writes what a bot reads at its start. */
export async function openSapphire(options: PlaceOptions): Promise<SapphireGround> {
  const { folder, checkout, environments, consoleToken, nameServers = {} } = options;
  const { through = async (google) => google } = options;
  const [registry, exchange] = await Promise.all([startRegistry(), startExchange()]);
  const folderOf = (environment: string) => join(folder, environment);
  const started = await Promise.all(
    environments.map(
      async (name) =>
        [name, await startProject(folderOf(name), `sapphire-${name}`, nameServers[name])] as const,
    ),
  );
  const projects = Object.fromEntries(started);
  const answering = Object.values(projects).map(({ project, url }) => [project, url]);
  const programs = await makeCheckout(checkout, Object.fromEntries(answering));
  const apis = Object.fromEntries(
    await Promise.all(started.map(async ([name, { url }]) => [name, await through(url)] as const)),
  );
  const outside = { registry: registry.url, exchange: exchange.url };
  const place = { folder, projects, apis, ...outside, checkout, programs };
  const playbooks = join(folder, 'playbooks');
  await mkdir(playbooks, { recursive: true });
  await writeFile(join(playbooks, 'sapphire-cloud-run.yaml'), await quickPlaybook(options.window));
  await writeFile(join(folder, 'environments.yaml'), stringify(await sapphireEnvironments(place)));
  await writeFile(join(folder, 'policy.yaml'), stringify(await sapphirePolicy(place, options.tokenOf)));
  return {
    projects,
    registry,
    exchange,
    settings: {
      PLAYBOOKS_DIR: playbooks,
      ENVIRONMENTS_FILE: join(folder, 'environments.yaml'),
      POLICY_FILE: join(folder, 'policy.yaml'),
      DATA_DIR: join(folder, 'data'),
      CONSOLE_TOKEN: consoleToken,
      PORT: '0',
      SANDBOX: '0',
    },
    standing: (environment) => standingIn(folderOf(environment), `sapphire-${environment}`),
    digests: (environment) => digestsIn(folderOf(environment)),
    spoil: async (environment, errors) => projects[environment]?.spoil(errors),
    async stop() {
      await Promise.all([registry, exchange, ...Object.values(projects)].map((part) => part.stop()));
    },
  };
}

/** The playbook itself, but for the length of its hypercare, and for its waits of a minute between two tries. */
async function quickPlaybook(window: string): Promise<string> {
  const document = parseDocument(await readFile(playbook, 'utf8'));
  document.setIn(['hypercare', 'window'], window);
  visit(document, {
    Pair(_, { key, value }) {
      if (isScalar(key) && key.value === 'delay' && isScalar(value) && value.value === '1m')
        value.value = '1s';
    },
  });
  return String(document);
}

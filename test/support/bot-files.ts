import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDocument, stringify } from 'yaml';
import { sandboxEnvironments, sandboxPolicy } from '../../sandbox/environment.ts';
import { type Sandbox, startSandbox } from '../../sandbox/start.ts';
import { root } from './bot-process.ts';

/** What of the sandbox's playbook takes longer than a test should. */
const quicker = (window: string): [readonly string[], string][] => [
  [['hypercare', 'window'], window],
  [['hypercare', 'watch', 'with', 'interval'], '1s'],
];

export const consoleToken = 'the-shared-token-of-the-console';

/** The token that a person of the test signs in with. */
export const tokenOf = (person: string) => `the-own-token-of-${person}`;

export interface FilesOptions {
  sandbox: Sandbox & { dataDir: string };
  /** The Slack accounts of people, by their id. */
  slack?: Record<string, string>;
  /** The Telegram accounts of people, by their id. */
  telegram?: Record<string, number>;
  /** Roles that have other members than in the sandbox's own policy. */
  roles?: Record<string, string[]>;
  /** Where the rollouts of the sandbox are followed. */
  channels?: string[];
  /** How long the sandbox's rollouts are watched; absent: longer than a test. */
  window?: string;
  /** More playbooks: file name to content. */
  playbooks?: Record<string, object>;
}

/** Writes playbooks, environments and policy of a sandbox that stands beside the bot; answers the bot's settings. */
export async function botFiles(dir: string, options: FilesOptions): Promise<Record<string, string>> {
  const playbooks = join(dir, 'playbooks');
  await mkdir(playbooks, { recursive: true });
  await writeFile(join(playbooks, 'sandbox.yaml'), await quickPlaybook(options.window ?? '10m'));
  for (const [name, content] of Object.entries(options.playbooks ?? {}))
    await writeFile(join(playbooks, name), stringify(content));
  await writeFile(join(dir, 'environments.yaml'), stringify(environments(options)));
  await writeFile(join(dir, 'policy.yaml'), stringify(policy(options)));
  return {
    PLAYBOOKS_DIR: playbooks,
    ENVIRONMENTS_FILE: join(dir, 'environments.yaml'),
    POLICY_FILE: join(dir, 'policy.yaml'),
    DATA_DIR: join(dir, 'data'),
    CONSOLE_TOKEN: consoleToken,
    PORT: '0',
    SANDBOX: '0',
  };
}

async function quickPlaybook(window: string): Promise<string> {
  const document = parseDocument(await readFile(join(root, 'playbooks/sandbox.yaml'), 'utf8'));
  for (const [path, value] of quicker(window)) document.setIn(path, value);
  quickSoak(document);
  return String(document);
}

function quickSoak(document: ReturnType<typeof parseDocument>): void {
  const phases: { steps: { id: string }[] }[] = document.toJS().phases;
  const phase = phases.findIndex(({ steps }) => steps.some(({ id }) => id === 'soak'));
  const step = phases[phase]?.steps.findIndex(({ id }) => id === 'soak') ?? -1;
  document.setIn(['phases', phase, 'steps', step, 'with', 'interval'], '1s');
}

/** The alerter of this sandbox tells nobody: alerts of these bots come from an Alertmanager that the process names. */
function environments({ sandbox, channels = [] }: FilesOptions) {
  const { sandbox: environment } = sandboxEnvironments(sandbox, sandbox.dataDir);
  const { alertmanager: _, ...connections } = environment.connections;
  return { sandbox: { ...environment, connections, channels } };
}

function policy({ slack = {}, telegram = {}, channels = [], roles = {} }: FilesOptions) {
  const people = Object.entries(sandboxPolicy.people).map(([id, { name }]) => {
    const digest = createHash('sha256').update(tokenOf(id)).digest('hex');
    const [inSlack, inTelegram] = [slack[id], telegram[id]];
    const accounts = {
      ...(inSlack ? { slack: [inSlack] } : {}),
      ...(inTelegram ? { telegram: [inTelegram] } : {}),
    };
    return [id, { name, console: `sha256:${digest}`, ...accounts }];
  });
  const [room] = Object.values(sandboxPolicy.channels);
  const rooms = Object.fromEntries(channels.map((channel) => [channel, room]));
  return {
    ...sandboxPolicy,
    people: Object.fromEntries(people),
    roles: { ...sandboxPolicy.roles, ...roles },
    channels: { ...sandboxPolicy.channels, ...rooms },
    commands: { allow: [...sandboxPolicy.commands.allow, ['node', '-e', '**']] },
  };
}

/** A sandbox beside the bot, with its usual load. */
export async function sandboxBeside(dir: string): Promise<Sandbox & { dataDir: string }> {
  const dataDir = join(dir, 'sandbox');
  return { ...(await startSandbox({ dataDir, basePort: 0 })), dataDir };
}

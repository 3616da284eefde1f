import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reservePorts } from '../../sandbox/ports.ts';
import { connectPatiently } from '../../src/adapters/redis/connect.ts';
import type { EmbeddedRedis } from '../../src/adapters/redis/embedded.ts';
import { type SlackDouble, startSlackDouble } from '../doubles/slack/start.ts';
import { endBotProcesses, launch, root } from '../support/bot-process.ts';
import { processes } from '../support/process-tree.ts';
import { redisForTest } from '../support/redis.ts';

let dir: string;
let taken: { server: Server; port: number };
let redis: EmbeddedRedis;
let locked: EmbeddedRedis;
let slack: SlackDouble;
let sandboxPort: number;
let faultyLine: number;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'cutover-boot-'));
  await writeFile(join(dir, 'environments.yaml'), 'staging: {}\n');
  await writeFile(join(dir, 'policy.yaml'), 'people: {}\n');
  await writeFile(join(dir, 'torn.yaml'), 'timezone: Mars/Phobos\n');
  await mkdir(join(dir, 'bad'));
  const good = await readFile(join(root, 'playbooks/sandbox.yaml'), 'utf8');
  await writeFile(join(dir, 'bad/one.yaml'), good.replace('\ndescription:', '\ndescripton:'));
  faultyLine = good.split('\n').findIndex((line) => line.startsWith('description:')) + 1;
  taken = await portTaken();
  [redis, locked, slack] = await Promise.all([redisForTest(), redisForTest(), startSlackDouble()]);
  await setPassword(locked.url);
  sandboxPort = (await reservePorts(0)).router;
});
afterAll(async () => {
  await endBotProcesses();
  await slack.stop();
  await Promise.all([redis.stop(), locked.stop()]);
  taken.server.close();
  await rm(dir, { recursive: true, force: true });
});

async function portTaken() {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return { server, port: typeof address === 'object' && address ? address.port : 0 };
}

async function setPassword(url: string): Promise<void> {
  const connection = connectPatiently(url);
  await connection.config('SET', 'requirepass', 'let-me-in');
  connection.disconnect();
}

/** What a bot with chat and files of its own needs; everything is good. */
const own = () => ({
  DATA_DIR: join(dir, 'data'),
  PLAYBOOKS_DIR: join(root, 'playbooks'),
  ENVIRONMENTS_FILE: join(dir, 'environments.yaml'),
  POLICY_FILE: join(dir, 'policy.yaml'),
  REDIS_URL: redis.url,
  PORT: '0',
  SANDBOX: '0',
});
/** What a newcomer's bot needs. */
const newcomer = () => ({
  DATA_DIR: join(dir, 'data'),
  PORT: '0',
  SANDBOX: '1',
  SANDBOX_PORT: `${sandboxPort}`,
});
const chat = () => ({
  SLACK_BOT_TOKEN: slack.workspace.botToken,
  SLACK_APP_TOKEN: slack.workspace.appToken,
  SLACK_API_URL: slack.apiUrl,
});

async function refused(env: Record<string, string>) {
  const bot = launch({ env });
  const { code } = await bot.gone;
  return { code, said: bot.stderr(), lines: bot.stderr().trimEnd().split('\n') };
}

const begin = 'Cutover does not start: ';

const table: [string, () => Record<string, string>, () => string][] = [
  [
    'a wrong value',
    () => ({ ...own(), ROLE: 'boss' }),
    () => 'ROLE is "boss", but it must be one of all, gateway, worker.',
  ],
  [
    'a listener without its token',
    () => ({ ...own(), HOST: '0.0.0.0' }),
    () =>
      'CONSOLE_TOKEN is missing: HOST=0.0.0.0 listens beyond this machine. Make one with: openssl rand -hex 32',
  ],
  [
    'a sandbox beside others',
    () => ({ ...own(), ROLE: 'gateway', SANDBOX: '1' }),
    () =>
      'SANDBOX=1 does not fit ROLE=gateway: the sandbox lives in one process with everything else. Remove one of them.',
  ],
  [
    'a policy that is not there',
    () => ({ ...own(), POLICY_FILE: join(dir, 'none.yaml') }),
    () =>
      `${dir}/none.yaml can't be read. It says who may do what: write one, or set POLICY_FILE to where it is.`,
  ],
  [
    'a fault in the policy',
    () => ({ ...own(), POLICY_FILE: join(dir, 'torn.yaml') }),
    () => `${dir}/torn.yaml:1:1 timezone: an IANA time zone such as Europe/Berlin`,
  ],
  [
    'environments that are not there',
    () => ({ ...own(), ENVIRONMENTS_FILE: join(dir, 'none.yaml') }),
    () => `${dir}/none.yaml:1:1 can't be read: there is no such file or folder`,
  ],
  [
    'a fault in a playbook',
    () => ({ ...own(), PLAYBOOKS_DIR: join(dir, 'bad') }),
    () => `${dir}/bad/one.yaml:${faultyLine}:1 unknown key "descripton"`,
  ],
  [
    'a port in use',
    () => ({ ...own(), PORT: `${taken.port}` }),
    () =>
      `Port ${taken.port} on 127.0.0.1 is in use by another program. End that program, or set PORT to another one.`,
  ],
  [
    'an address of another machine',
    () => ({ ...own(), HOST: '192.0.2.1', CONSOLE_TOKEN: 'a-token-that-is-long-enough' }),
    () => '192.0.2.1 is no address of this machine. Correct HOST.',
  ],
  [
    "a sandbox's port in use",
    () => ({ ...newcomer(), SANDBOX_PORT: `${taken.port}` }),
    () =>
      `Port ${taken.port} (the sandbox's router) is in use by another program. End that program, or set SANDBOX_PORT to the first of five free ports.`,
  ],
  [
    'a Redis that is not there',
    () => ({ ...own(), REDIS_URL: 'redis://:secret-word@127.0.0.1:1' }),
    () => "Redis at 127.0.0.1:1 can't be reached (nothing listens there). Start it, or correct REDIS_URL.",
  ],
  [
    'a Redis that wants a password',
    () => ({ ...own(), REDIS_URL: locked.url }),
    () =>
      `Redis at 127.0.0.1:${locked.port} refuses the password of REDIS_URL. Set it as redis://:<password>@127.0.0.1:${locked.port}.`,
  ],
  [
    'a bot token that Slack refuses',
    () => ({ ...own(), ...chat(), SLACK_BOT_TOKEN: 'xoxb-wrong' }),
    () => 'Slack refused auth.test: invalid_auth. Check SLACK_BOT_TOKEN.',
  ],
  [
    'an app token that Slack refuses',
    () => ({ ...own(), ...chat(), SLACK_APP_TOKEN: 'xapp-wrong' }),
    () => 'Slack refused apps.connections.open: invalid_auth. Check SLACK_APP_TOKEN.',
  ],
];

describe('a bot that can not start', () => {
  it.each(table)('says why and what to do: %s', async (_, env, first) => {
    const { code, said, lines } = await refused(env());
    expect(lines[0]).toBe(begin + first());
    expect(code).toBe(1);
    expect(said).not.toMatch(/\n\s+at |^\{/m);
    expect(said).not.toMatch(/secret-word|xoxb-wrong|xapp-wrong/);
  });

  it('tells every fault at once', async () => {
    const { code, lines } = await refused({
      ...own(),
      ...chat(),
      SLACK_BOT_TOKEN: 'xoxb-wrong',
      POLICY_FILE: join(dir, 'none.yaml'),
      PORT: `${taken.port}`,
      REDIS_URL: 'redis://127.0.0.1:1',
    });
    expect(lines).toEqual([
      `${begin}4 faults.`,
      `  - ${dir}/none.yaml can't be read. It says who may do what: write one, or set POLICY_FILE to where it is.`,
      "  - Redis at 127.0.0.1:1 can't be reached (nothing listens there). Start it, or correct REDIS_URL.",
      `  - Port ${taken.port} on 127.0.0.1 is in use by another program. End that program, or set PORT to another one.`,
      '  - Slack refused auth.test: invalid_auth. Check SLACK_BOT_TOKEN.',
    ]);
    expect(code).toBe(1);
  });

  it('keeps the details in the log at debug', async () => {
    const { lines } = await refused({ ...own(), REDIS_URL: 'redis://127.0.0.1:1', LOG_LEVEL: 'debug' });
    const [logged, said] = lines;
    expect(JSON.parse(logged ?? '')).toMatchObject({ level: 'debug', msg: 'Cutover does not start' });
    expect(logged).toContain('ECONNREFUSED');
    expect(said).toMatch(/^Cutover does not start: Redis/);
  });

  it('leaves nothing of what it had started', async () => {
    const { code, lines } = await refused({ ...newcomer(), PORT: `${taken.port}` });
    expect(lines).toHaveLength(1);
    expect(code).toBe(1);
    const left = (await processes()).filter(({ command }) => command.includes(join(dir, 'data')));
    expect(left).toEqual([]);
  });
});

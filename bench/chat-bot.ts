import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { stringify } from 'yaml';
import { freePort } from '../src/adapters/redis/embedded/port.ts';
import { startBotProcess } from '../test/support/bot-process.ts';
import { serve } from '../test/support/http-server.ts';
import { token } from './alert-client.ts';
import { type Access, crowdRooms, pressedRooms } from './press-orders.ts';

export const crowd = 100;
const pressed = 4;
const consoleToken = 'the-token-of-the-console';

/** The bot with both platforms, and 100 rollouts that run in it beside a few whose cards are pressed. */
export async function startChatBot(dir: string, redisUrl: string, { slack, telegram }: Access) {
  const slow = await serve((_request, response) => {
    setTimeout(() => response.end('{}'), 1_000 + Math.random() * 1_000);
  });
  const port = await freePort();
  const bot = await startBotProcess({
    env: {
      ...(await files(dir, slow.url)),
      REDIS_URL: redisUrl,
      PORT: String(port),
      LOG_LEVEL: 'error',
      SANDBOX: '0',
      CONSOLE_TOKEN: consoleToken,
      ALERT_WEBHOOK_TOKEN: token,
      SLACK_API_URL: slack.ours.apiUrl,
      SLACK_BOT_TOKEN: slack.ours.botToken,
      SLACK_APP_TOKEN: slack.ours.appToken,
      SLACK_SIGNING_SECRET: slack.ours.signingSecret,
      TELEGRAM_API_ROOT: telegram.ours.apiRoot,
      TELEGRAM_BOT_TOKEN: telegram.ours.token,
    },
  });
  const start = (playbook: string, environment: string) =>
    say(bot.url, `start ${playbook} env=${environment}`);
  const startPressed = async () => {
    for (let n = 0; n < pressed; n += 1) await start('pressed', `pressed-${n}`);
  };
  return {
    pid: bot.pid,
    url: bot.url,
    /** Where Slack delivers by HTTP. */
    slackUrl: `${bot.url}/slack/events`,
    start,
    startPressed,
    /** Starts the rollouts whose cards are pressed, and those that run. */
    async fill() {
      await startPressed();
      for (let n = 0; n < crowd; n += 10)
        await Promise.all(Array.from({ length: 10 }, (_, each) => start('crowd', `crowd-${n + each}`)));
    },
    /** How many rollouts of the crowd are running. */
    async running(): Promise<number> {
      const rollouts = (await read(bot.url, '/api/rollouts?limit=500')) as {
        playbook: string;
        status: string;
      }[];
      return rollouts.filter(({ playbook, status }) => playbook === 'crowd' && status === 'running').length;
    },
    read: (path: string) => read(bot.url, path),
    async stop() {
      bot.kill('SIGTERM');
      await Promise.race([bot.gone, pause(15_000)]);
      bot.kill('SIGKILL');
      await bot.gone;
      const said = bot.stderr().trim();
      if (said !== '') console.error(`the bot said:\n${said.slice(0, 2_000)}`);
      await slow.stop();
    },
  };
}

const headers = { authorization: `Bearer ${consoleToken}-of-alice`, 'content-type': 'application/json' };

/** Answers the id that the reply names first. */
async function say(url: string, text: string): Promise<string> {
  const body = JSON.stringify({ channel: 'rollouts', text });
  const response = await fetch(`${url}/console/commands`, { method: 'POST', headers, body });
  const reply = (await response.json()) as { ok?: boolean };
  if (!reply.ok) throw new Error(`${text}: ${JSON.stringify(reply)}`);
  return /(?:pressed|crowd|watched)[a-z-]*-\d+/.exec(JSON.stringify(reply))?.[0] ?? '';
}

async function read(url: string, path: string): Promise<unknown> {
  const response = await fetch(`${url}${path}`, { headers });
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  return response.json();
}

async function files(dir: string, slow: string): Promise<Record<string, string>> {
  const playbooks = join(dir, 'playbooks');
  await mkdir(playbooks, { recursive: true });
  const environments = environmentsOf(slow);
  const write = (name: string, content: object) =>
    writeFile(join(dir, name), stringify(content, { aliasDuplicateObjects: false }));
  for (const [name, playbook] of Object.entries(playbooksOf(Object.keys(environments))))
    await write(`playbooks/${name}.yaml`, playbook);
  await write('environments.yaml', environments);
  await write('policy.yaml', policyOf(Object.keys(environments)));
  return {
    PLAYBOOKS_DIR: playbooks,
    ENVIRONMENTS_FILE: join(dir, 'environments.yaml'),
    POLICY_FILE: join(dir, 'policy.yaml'),
    DATA_DIR: join(dir, 'data'),
  };
}

function environmentsOf(
  slow: string,
): Record<string, { vars: object; connections: object; channels: string[] }> {
  const environment = (channels: string[]) => ({ vars: { slow }, connections: {}, channels });
  const shown = environment([`slack:${pressedRooms.slack}`, `telegram:${pressedRooms.telegram}`]);
  const names = Array.from({ length: pressed }, (_, n) => [`pressed-${n}`, shown] as const);
  const crowded = Array.from({ length: crowd }, (_, n) => {
    const room = crowdRooms[n % crowdRooms.length];
    return [`crowd-${n}`, environment([`slack:${room?.slack}`, `telegram:${room?.telegram}`])] as const;
  });
  return Object.fromEntries([...names, ...crowded, ['watched-straight', shown], ['watched-through', shown]]);
}

function playbooksOf(environments: readonly string[]): Record<string, object> {
  const named = (name: string) => environments.filter((each) => each.startsWith(name));
  const playbook = (name: string, steps: object[], rest: object = {}) => ({
    apiVersion: 'cutover/v1',
    name,
    environments: named(name),
    phases: [{ name: 'all', steps }],
    ...rest,
  });
  const checks = Array.from({ length: 150 }, (_, n) => ({
    id: `s${n}`,
    uses: 'http.check',
    with: { url: `\${{ env.slow }}/${n}` },
  }));
  return {
    pressed: playbook('pressed', [{ id: 'wait', uses: 'wait', with: { for: '1h' } }]),
    crowd: playbook('crowd', checks),
    watched: playbook('watched', [{ id: 'check', uses: 'http.check', with: { url: '${{ env.slow }}/' } }], {
      hypercare: { window: '1h', labels: { environment: '${{ environment }}' } },
    }),
  };
}

function policyOf(environments: readonly string[]): object {
  const digest = createHash('sha256').update(`${consoleToken}-of-alice`).digest('hex');
  const rights = ['start', 'operate', 'rollback', 'approve'].map((right) => [right, ['engineer']]);
  return {
    people: {
      alice: { name: 'Alice', console: `sha256:${digest}`, slack: ['T1/U1'], telegram: [11] },
      bob: { name: 'Bob', slack: ['T1/U2'], telegram: [12] },
      carol: { name: 'Carol', slack: ['T1/U3'], telegram: [13] },
    },
    roles: { engineer: ['alice', 'bob', 'carol'] },
    environments: Object.fromEntries(environments.map((name) => [name, Object.fromEntries(rights)])),
  };
}

import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Config } from '../../src/config/config.ts';
import { readConfig } from '../../src/config/read.ts';
import { variables } from '../../src/config/variables.ts';

const long = 'correct-horse-battery-staple';

function configOf(env: Record<string, string>): Config {
  const result = readConfig(env);
  if ('faults' in result) throw new Error(result.faults.join('\n'));
  return result.config;
}

function faultsOf(env: Record<string, string>): string[] {
  const result = readConfig(env);
  return 'faults' in result ? result.faults : [];
}

test('with nothing set: all roles, an embedded Redis, the sandbox, and this machine alone', () => {
  expect(configOf({})).toEqual({
    role: 'all',
    logLevel: 'info',
    shutdownGrace: 20_000,
    dataDir: './data',
    files: {
      playbooks: './playbooks',
      environments: './environments.yaml',
      policy: './policy.yaml',
    },
    web: { port: 3000, host: '127.0.0.1', loopback: true },
    cloud: {
      googleEndpoints: {},
      linode: { apiUrl: 'https://api.linode.com/v4' },
      github: { apiUrl: 'https://api.github.com' },
      s3: { region: 'us-east-1' },
    },
    sandbox: { on: true, port: 7100, channels: [] },
    secrets: [],
  });
});

test('everything set', () => {
  const config = configOf({
    ROLE: 'gateway',
    REDIS_URL: 'rediss://user:p%40ssword@redis.example:6380/1',
    SECRETS_DIR: '/run/secrets',
    HOST: '0.0.0.0',
    PORT: '0',
    CONSOLE_TOKEN: long,
    PUBLIC_URL: 'https://cutover.example',
    SHUTDOWN_GRACE: '1m30s',
    SLACK_BOT_TOKEN: 'xoxb-1-2-3',
    SLACK_SIGNING_SECRET: 'signing-secret',
    TELEGRAM_BOT_TOKEN: '123:abc',
    TELEGRAM_WEBHOOK_URL: 'https://cutover.example/telegram',
    TELEGRAM_WEBHOOK_SECRET: 'a-webhook-secret-1',
    ALERT_WEBHOOK_TOKEN: `${long}-2`,
    AWS_ACCESS_KEY_ID: 'an-access-key',
    AWS_SECRET_ACCESS_KEY: 'its-secret-half',
    CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN: 'http://127.0.0.1:8080/',
  });
  expect(config).toMatchObject({
    redisUrl: 'rediss://user:p%40ssword@redis.example:6380/1',
    files: { secrets: '/run/secrets' },
    web: { port: 0, loopback: false, consoleToken: long, publicUrl: 'https://cutover.example' },
    shutdownGrace: 90_000,
    slack: { botToken: 'xoxb-1-2-3', signingSecret: 'signing-secret', apiUrl: 'https://slack.com/api/' },
    telegram: { webhook: { url: 'https://cutover.example/telegram', secret: 'a-webhook-secret-1' } },
    alerts: { token: `${long}-2` },
    cloud: {
      googleEndpoints: { run: 'http://127.0.0.1:8080/' },
      s3: { key: { id: 'an-access-key', secret: 'its-secret-half' } },
    },
    sandbox: { on: false },
  });
  expect([...config.secrets].sort()).toEqual(
    [
      'p%40ssword',
      'p@ssword',
      long,
      'xoxb-1-2-3',
      'signing-secret',
      '123:abc',
      'a-webhook-secret-1',
      `${long}-2`,
      'an-access-key',
      'its-secret-half',
    ].sort(),
  );
});

test.each<[Record<string, string>, boolean]>([
  [{}, true],
  [{ SLACK_BOT_TOKEN: 'xoxb-1', SLACK_APP_TOKEN: 'xapp-1' }, false],
  [{ TELEGRAM_BOT_TOKEN: '1:a' }, false],
  [{ KUBECONFIG: '/kube/config' }, false],
  [{ GOOGLE_APPLICATION_CREDENTIALS: '/google.json' }, false],
  [{ ROLE: 'worker', REDIS_URL: 'redis://127.0.0.1' }, false],
  [{ ROLE: 'worker', REDIS_URL: 'redis://127.0.0.1' }, false],
  [{ KUBECONFIG: '/kube/config', SANDBOX: '1' }, true],
  [{ KUBECONFIG: ' ', SANDBOX: '' }, true],
  [{ SANDBOX: '0' }, false],
])('sandbox: %j -> %j', (env, on) => {
  expect(configOf(env).sandbox.on).toBe(on);
});

test('a worker holds no token of a chat', () => {
  const chats = { SLACK_BOT_TOKEN: 'xoxb-1', SLACK_APP_TOKEN: 'xapp-1', TELEGRAM_BOT_TOKEN: '1:a' };
  const worker = configOf({ ...chats, ROLE: 'worker', REDIS_URL: 'redis://127.0.0.1' });
  expect([worker.slack, worker.telegram, worker.alerts]).toEqual([undefined, undefined, undefined]);
});

test.each<[Record<string, string>, string[]]>([
  [{ PORT: '70000' }, ['PORT is "70000", but it must be a port number from 0 (any free one) to 65535.']],
  [
    { PORT: 'tcp://10.0.0.1' },
    ['PORT is "tcp://10.0.0.1", but it must be a port number from 0 (any free one) to 65535.'],
  ],
  [{ ROLE: 'boss' }, ['ROLE is "boss", but it must be one of all, gateway, worker.']],
  [{ SANDBOX: 'maybe' }, ['SANDBOX is "maybe", but it must be 1 or 0.']],
  [
    { SHUTDOWN_GRACE: 'soon' },
    ['SHUTDOWN_GRACE is "soon", but it must be a duration such as 30s, 15m or 24h.'],
  ],
  [{ REDIS_URL: 'localhost:6379' }, ['REDIS_URL must be an address that begins with redis:// or rediss://.']],
  [
    { PUBLIC_URL: 'javascript:alert(1)' },
    ['PUBLIC_URL is "javascript:alert(1)", but it must be an address that begins with http:// or https://.'],
  ],
  [
    { ROLE: 'worker' },
    [
      "REDIS_URL is missing: ROLE=worker shares one Redis with the other processes, so it can't be an embedded one.",
    ],
  ],
  [
    { HOST: '0.0.0.0' },
    [
      'CONSOLE_TOKEN is missing: HOST=0.0.0.0 listens beyond this machine. Make one with: openssl rand -hex 32',
    ],
  ],
  [
    { HOST: '127.0.0.1.example' },
    [
      'CONSOLE_TOKEN is missing: HOST=127.0.0.1.example listens beyond this machine. Make one with: openssl rand -hex 32',
    ],
  ],
  [{ HOST: '::1' }, []],
  [{ HOST: '0.0.0.0', ROLE: 'worker', REDIS_URL: 'redis://127.0.0.1' }, []],
  [
    { ROLE: 'worker', REDIS_URL: 'redis://127.0.0.1', SANDBOX: '1' },
    [
      'SANDBOX=1 does not fit ROLE=worker: the sandbox lives in one process with everything else. Remove one of them.',
    ],
  ],
  [
    { CONSOLE_TOKEN: 'short' },
    ['CONSOLE_TOKEN must have at least 16 characters; make one with: openssl rand -hex 32.'],
  ],
  [
    { SLACK_BOT_TOKEN: 'xoxb-1' },
    [
      'SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP) is missing: SLACK_BOT_TOKEN alone can post, but hears nothing.',
    ],
  ],
  [{ SLACK_BOT_TOKEN: 'xoxb-1', SLACK_APP_TOKEN: 'xapp-1', SLACK_SIGNING_SECRET: 's' }, []],
  [{ SLACK_APP_TOKEN: 'xapp-1' }, ['SLACK_BOT_TOKEN is missing: SLACK_APP_TOKEN is of no use without it.']],
  [
    { SLACK_SIGNING_SECRET: 's' },
    ['SLACK_BOT_TOKEN is missing: SLACK_SIGNING_SECRET is of no use without it.'],
  ],
  [
    { SLACK_BOT_TOKEN: 'xapp-1', SLACK_APP_TOKEN: 'xoxb-1' },
    [
      "SLACK_BOT_TOKEN must begin with xoxb- (a bot's token).",
      'SLACK_APP_TOKEN must begin with xapp- (an app-level token).',
    ],
  ],
  [
    { TELEGRAM_WEBHOOK_URL: 'https://x.example' },
    [
      'TELEGRAM_WEBHOOK_SECRET is missing: without it anybody could call TELEGRAM_WEBHOOK_URL.',
      'TELEGRAM_BOT_TOKEN is missing: TELEGRAM_WEBHOOK_URL is of no use without it.',
    ],
  ],
  [
    { AWS_ACCESS_KEY_ID: 'x' },
    ['AWS_SECRET_ACCESS_KEY is missing: AWS_ACCESS_KEY_ID is one half of a pair.'],
  ],
  [{ SLACK_BOT_TOKE: 'xoxb-1' }, ['SLACK_BOT_TOKE is no setting of Cutover. Did you mean SLACK_BOT_TOKEN?']],
  [
    { SLACK_WEATHER_FORECAST: '1' },
    ['SLACK_WEATHER_FORECAST is no setting of Cutover. Remove it; .env.example lists what can be set.'],
  ],
  [
    { PLAYBOOK_DIR: 'x', POLICY_FILES: 'y' },
    [
      'PLAYBOOK_DIR is no setting of Cutover. Did you mean PLAYBOOKS_DIR?',
      'POLICY_FILES is no setting of Cutover. Did you mean POLICY_FILE?',
    ],
  ],
])('faults of %j', (env, faults) => {
  expect(faultsOf(env)).toEqual(faults);
});

test("other programs' variables, and the service links of Kubernetes, are let be", () => {
  const env = {
    GITHUB_SHA: 'x',
    AWS_PROFILE: 'x',
    REDIS_PORT: 'tcp://10.0.0.1:6379',
    REDIS_PORT_6379_TCP_ADDR: '10.0.0.1',
    ALERTMANAGER_SERVICE_HOST: '10.0.0.2',
    ALERTMANAGER_SERVICE_PORT_HTTP: '9093',
    SECRET_ASTER_KEY: 'x',
  };
  expect(faultsOf(env)).toEqual([]);
});

test('faults of every kind come at once', () => {
  const env = {
    PORT: 'x',
    ROLE: 'gateway',
    HOST: '0.0.0.0',
    SLACK_APP_TOKEN: 'nonsense',
    SLACK_BOT_TOKE: 'x',
  };
  expect(faultsOf(env).map((fault) => fault.split(' ')[0])).toEqual([
    'SLACK_BOT_TOKE',
    'PORT',
    'SLACK_APP_TOKEN',
    'REDIS_URL',
    'CONSOLE_TOKEN',
    'SLACK_BOT_TOKEN',
  ]);
});

test('whatever is set, reading never throws, and no fault shows the value of a secret', () => {
  const names = Object.keys(variables);
  const value = fc.string({ minLength: 8, unit: 'grapheme' }).map((text) => `%E0${text}~`);
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...names), value), (env) => {
      const faults = faultsOf(env).join('\n');
      const shown = Object.entries(variables).filter(
        ([name, variable]) => variable.secret && env[name] && faults.includes(env[name]),
      );
      const twins = new Set(
        Object.entries(env)
          .filter(([name]) => !isSecret(name))
          .map(([, text]) => text),
      );
      expect(shown.filter(([name]) => !twins.has(env[name] ?? ''))).toEqual([]);
    }),
  );
});

function isSecret(name: string): boolean {
  return Object.entries(variables).some(([known, variable]) => known === name && variable.secret);
}

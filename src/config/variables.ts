import { z } from 'zod';
import {
  address,
  beginning,
  chatRooms,
  choice,
  duration,
  onOff,
  optional,
  ownToken,
  port,
  text,
  type Variable,
  withDefault,
} from './variable.ts';

const web = address('http', 'https');

function googleApi(name: string): Variable<string, undefined> {
  return optional({
    group: 'Clusters and clouds',
    about: `Another address for Google's ${name} API, as gcloud reads it.`,
    read: web,
  });
}

/** Every variable that Cutover reads. `.env.example` and the documentation are compared with this list by a test. */
export const variables = {
  ROLE: withDefault('all', {
    group: 'Process',
    about:
      'What this process does: all; gateway (chat, console and webhooks, no cluster rights); worker (steps; it takes no chat tokens).',
    read: choice(['all', 'gateway', 'worker']),
  }),
  LOG_LEVEL: withDefault('info', {
    group: 'Process',
    about: 'How much is logged, as JSON lines: fatal, error, warn, info, debug, trace or silent.',
    read: choice(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']),
  }),
  SHUTDOWN_GRACE: withDefault('20s', {
    group: 'Process',
    about:
      'How long a stop waits for running steps to come to a safe point. What is not done is resumed later.',
    read: duration,
  }),

  REDIS_URL: optional({
    group: 'Redis and files',
    about:
      'Redis 7 with an append-only file and noeviction. Unset: an embedded Redis with its data under DATA_DIR.',
    read: address('redis', 'rediss'),
    secret: true,
    required: 'when ROLE is gateway or worker',
  }),
  DATA_DIR: withDefault('./data', {
    group: 'Redis and files',
    about: 'The folder of the embedded Redis, the sandbox and its artefacts.',
    read: text,
  }),
  PLAYBOOKS_DIR: withDefault('./playbooks', {
    group: 'Redis and files',
    about: 'The folder of the playbooks.',
    read: text,
  }),
  ENVIRONMENTS_FILE: withDefault('./environments.yaml', {
    group: 'Redis and files',
    about: 'The environments: their variables, connections and channels.',
    read: text,
  }),
  POLICY_FILE: withDefault('./policy.yaml', {
    group: 'Redis and files',
    about: 'People, roles, rights, channels, frozen windows and allowed commands.',
    read: text,
  }),
  SECRETS_DIR: optional({
    group: 'Redis and files',
    about:
      'A folder with one file for each secret that playbooks name (secrets.NAME), as Docker and Kubernetes mount them. Beside it, SECRET_NAME in the process environment counts.',
    read: text,
  }),

  PORT: withDefault('3000', {
    group: 'Web server and console',
    about: 'The port of the console, the API, the webhooks and the health checks. 0 takes a free one.',
    read: port,
  }),
  HOST: withDefault('127.0.0.1', {
    group: 'Web server and console',
    about: 'The address to listen on. Anything but this machine alone needs CONSOLE_TOKEN.',
    read: text,
  }),
  PUBLIC_URL: optional({
    group: 'Web server and console',
    about: 'The address under which people reach the console; links in chat begin with it.',
    read: web,
  }),
  CONSOLE_TOKEN: optional({
    group: 'Web server and console',
    about: 'The token for reading the console and the API. Make one with: openssl rand -hex 32',
    read: ownToken,
    secret: true,
    required: 'when HOST is not this machine alone',
  }),

  SLACK_BOT_TOKEN: optional({
    group: 'Slack',
    about: "The bot's token, from the app's page OAuth & Permissions.",
    read: beginning('xoxb-', "a bot's token"),
    secret: true,
    required: 'when SLACK_APP_TOKEN or SLACK_SIGNING_SECRET is set',
  }),
  SLACK_APP_TOKEN: optional({
    group: 'Slack',
    about: 'The app-level token with connections:write, for Socket Mode (no public address needed).',
    read: beginning('xapp-', 'an app-level token'),
    secret: true,
    required: 'with SLACK_BOT_TOKEN, unless SLACK_SIGNING_SECRET is set',
  }),
  SLACK_SIGNING_SECRET: optional({
    group: 'Slack',
    about: "The signing secret, from the app's page Basic Information, for requests over HTTP.",
    read: text,
    secret: true,
    required: 'with SLACK_BOT_TOKEN, unless SLACK_APP_TOKEN is set',
  }),
  SLACK_API_URL: withDefault('https://slack.com/api/', {
    group: 'Slack',
    about: "The address of Slack's Web API.",
    read: web,
  }),

  TELEGRAM_BOT_TOKEN: optional({
    group: 'Telegram',
    about: "The bot's token, from BotFather.",
    read: z.string().regex(/^\d+:\S+$/, "must be a bot's token: digits, a colon, and the rest"),
    secret: true,
    required: 'when TELEGRAM_WEBHOOK_URL is set',
  }),
  TELEGRAM_API_ROOT: withDefault('https://api.telegram.org', {
    group: 'Telegram',
    about: "The address of Telegram's Bot API.",
    read: web,
  }),
  TELEGRAM_WEBHOOK_URL: optional({
    group: 'Telegram',
    about: 'The public address that Telegram calls. Unset: long polling.',
    read: web,
  }),
  TELEGRAM_WEBHOOK_SECRET: optional({
    group: 'Telegram',
    about: 'What Telegram sends with each call to prove that it is Telegram.',
    read: z.string().regex(/^[\w-]{16,256}$/, 'must be 16 to 256 letters, digits, _ or -'),
    secret: true,
    required: 'when TELEGRAM_WEBHOOK_URL is set',
  }),

  ALERT_WEBHOOK_TOKEN: optional({
    group: 'Alerts',
    about:
      'The bearer token of alert webhooks. Unset: no alerts are accepted. Make one with: openssl rand -hex 32',
    read: ownToken,
    secret: true,
  }),
  ALERT_PUSH_AUDIENCE: optional({
    group: 'Alerts',
    about: 'The audience of the push subscription of Pub/Sub that brings alerts of Google Cloud Monitoring.',
    read: text,
    required: 'with ALERT_PUSH_ACCOUNT',
  }),
  ALERT_PUSH_ACCOUNT: optional({
    group: 'Alerts',
    about: 'The e-mail address of the service account by which that subscription signs.',
    read: z.string().regex(/^[^@\s]+@[^@\s]+$/, 'must be an e-mail address'),
    required: 'with ALERT_PUSH_AUDIENCE',
  }),
  ALERTMANAGER_URL: optional({
    group: 'Alerts',
    about: 'The Alertmanager that silences are made in.',
    read: web,
  }),

  KUBECONFIG: optional({
    group: 'Clusters and clouds',
    about: 'The kubeconfig of the clusters, as kubectl reads it.',
    read: text,
  }),
  GOOGLE_APPLICATION_CREDENTIALS: optional({
    group: 'Clusters and clouds',
    about: "The file of Google's application default credentials.",
    read: text,
  }),
  CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN: googleApi('Cloud Run'),
  CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE: googleApi('Compute Engine'),
  CLOUDSDK_API_ENDPOINT_OVERRIDES_DNS: googleApi('Cloud DNS'),
  CLOUDSDK_API_ENDPOINT_OVERRIDES_MONITORING: googleApi('Cloud Monitoring'),
  CLOUDSDK_API_ENDPOINT_OVERRIDES_LOGGING: googleApi('Cloud Logging'),
  CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER: googleApi('Secret Manager'),
  CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE: googleApi('Cloud Storage'),
  LINODE_TOKEN: optional({
    group: 'Clusters and clouds',
    about: "The token for Linode's DNS, with domains:read_write.",
    read: text,
    secret: true,
  }),
  LINODE_API_URL: withDefault('https://api.linode.com/v4', {
    group: 'Clusters and clouds',
    about: "The address of Linode's API.",
    read: web,
  }),
  GITHUB_TOKEN: optional({
    group: 'Clusters and clouds',
    about: 'The token for starting and following GitHub workflows.',
    read: text,
    secret: true,
  }),
  GITHUB_API_URL: withDefault('https://api.github.com', {
    group: 'Clusters and clouds',
    about: "The address of GitHub's API.",
    read: web,
  }),
  AWS_ACCESS_KEY_ID: optional({
    group: 'Clusters and clouds',
    about: 'The key of the S3-compatible bucket for artefacts.',
    read: text,
    secret: true,
    required: 'with AWS_SECRET_ACCESS_KEY',
  }),
  AWS_SECRET_ACCESS_KEY: optional({
    group: 'Clusters and clouds',
    about: 'The secret half of that key.',
    read: text,
    secret: true,
    required: 'with AWS_ACCESS_KEY_ID',
  }),
  AWS_SESSION_TOKEN: optional({
    group: 'Clusters and clouds',
    about: 'The session of a temporary key.',
    read: text,
    secret: true,
  }),
  AWS_REGION: withDefault('us-east-1', {
    group: 'Clusters and clouds',
    about: 'The region of the bucket.',
    read: text,
  }),
  S3_ENDPOINT: optional({
    group: 'Clusters and clouds',
    about: "The address of the S3-compatible store. Unset: Amazon's.",
    read: web,
  }),

  SANDBOX: optional({
    group: 'Sandbox',
    about: '1 or 0. Unset: on when neither a chat platform nor a cluster is set up here, and ROLE is all.',
    read: onOff,
  }),
  SANDBOX_PORT: withDefault('7100', {
    group: 'Sandbox',
    about: 'The first of five ports in a row: router, supervisor, blue, green, alerter.',
    read: port,
  }),
  SANDBOX_CHANNELS: withDefault('', {
    group: 'Sandbox',
    about:
      'Where rollouts of the sandbox and of npm run demo are followed too, with commas between: slack:C0123, telegram:-100123.',
    read: chatRooms,
  }),
} as const;

export type VariableName = keyof typeof variables;

type ValueOf<V> =
  V extends Variable<infer T, infer Default> ? (Default extends string ? T : T | undefined) : never;

/** The parsed value of each variable. */
export type Values = { [Name in VariableName]: ValueOf<(typeof variables)[Name]> };

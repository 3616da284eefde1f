import { type Cloud, type Config, present } from './config.ts';
import { isLoopback } from './rules.ts';
import type { Values } from './variables.ts';

/** Puts parsed values, which hold the rules between them, into the form that the program uses. */
export function assemble(values: Values, secrets: readonly string[]): Config {
  return {
    ...present({ redisUrl: values.REDIS_URL, alertmanagerUrl: values.ALERTMANAGER_URL }),
    ...(values.ROLE === 'worker' ? {} : doors(values)),
    role: values.ROLE,
    logLevel: values.LOG_LEVEL,
    shutdownGrace: values.SHUTDOWN_GRACE,
    dataDir: values.DATA_DIR,
    files: present({
      playbooks: values.PLAYBOOKS_DIR,
      environments: values.ENVIRONMENTS_FILE,
      policy: values.POLICY_FILE,
      secrets: values.SECRETS_DIR,
    }),
    web: present({
      port: values.PORT,
      host: values.HOST,
      loopback: isLoopback(values.HOST),
      publicUrl: values.PUBLIC_URL,
      consoleToken: values.CONSOLE_TOKEN,
    }),
    cloud: cloud(values),
    sandbox: {
      on: values.SANDBOX ?? nothingIsSetUp(values),
      port: values.SANDBOX_PORT,
      channels: values.SANDBOX_CHANNELS,
    },
    secrets,
  };
}

function nothingIsSetUp(values: Values): boolean {
  const chat = values.SLACK_BOT_TOKEN ?? values.TELEGRAM_BOT_TOKEN;
  const cluster = values.KUBECONFIG ?? values.GOOGLE_APPLICATION_CREDENTIALS;
  return values.ROLE === 'all' && chat === undefined && cluster === undefined;
}

/** What a worker never holds. */
function doors(values: Values) {
  return present({ slack: slack(values), telegram: telegram(values), alerts: alerts(values) });
}

function slack(values: Values): Config['slack'] {
  if (!values.SLACK_BOT_TOKEN) return undefined;
  return present({
    botToken: values.SLACK_BOT_TOKEN,
    appToken: values.SLACK_APP_TOKEN,
    signingSecret: values.SLACK_SIGNING_SECRET,
    apiUrl: values.SLACK_API_URL,
  });
}

function telegram(values: Values): Config['telegram'] {
  if (!values.TELEGRAM_BOT_TOKEN) return undefined;
  const { TELEGRAM_WEBHOOK_URL: url, TELEGRAM_WEBHOOK_SECRET: secret } = values;
  const webhook = url && secret ? { url, secret } : undefined;
  return present({ botToken: values.TELEGRAM_BOT_TOKEN, apiRoot: values.TELEGRAM_API_ROOT, webhook });
}

function alerts(values: Values): Config['alerts'] {
  const { ALERT_WEBHOOK_TOKEN: token, ALERT_PUSH_AUDIENCE: audience, ALERT_PUSH_ACCOUNT: account } = values;
  const push = audience && account ? { audience, account } : undefined;
  return token || push ? present({ token, push }) : undefined;
}

function cloud(values: Values): Cloud {
  return {
    ...present({
      kubeconfig: values.KUBECONFIG,
      googleCredentials: values.GOOGLE_APPLICATION_CREDENTIALS,
    }),
    googleEndpoints: googleEndpoints(values),
    linode: present({ token: values.LINODE_TOKEN, apiUrl: values.LINODE_API_URL }),
    github: present({ token: values.GITHUB_TOKEN, apiUrl: values.GITHUB_API_URL }),
    s3: present({ endpoint: values.S3_ENDPOINT, region: values.AWS_REGION, key: s3Key(values) }),
  };
}

function s3Key(values: Values): Cloud['s3']['key'] {
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: session } = values;
  return id && secret ? present({ id, secret, session }) : undefined;
}

function googleEndpoints(values: Values): Record<string, string> {
  const prefix = 'CLOUDSDK_API_ENDPOINT_OVERRIDES_';
  const set = Object.entries(values).filter(
    ([name, value]) => name.startsWith(prefix) && value !== undefined,
  );
  return Object.fromEntries(
    set.map(([name, value]) => [name.slice(prefix.length).toLowerCase(), String(value)]),
  );
}

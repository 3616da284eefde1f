import type { VariableName } from './variables.ts';

/** Which variables are set, and what the text is (checked before or not). */
type Raw = Readonly<Partial<Record<VariableName, string>>>;

/** This machine alone. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}

/** What must hold between variables. Each rule answers with the fault in one sentence, or undefined. */
const rules: readonly ((raw: Raw) => string | undefined)[] = [
  ({ ROLE, REDIS_URL }) =>
    ROLE !== undefined && ['gateway', 'worker'].includes(ROLE) && !REDIS_URL
      ? `REDIS_URL is missing: ROLE=${ROLE} shares one Redis with the other processes, so it can't be an embedded one.`
      : undefined,
  ({ ROLE, SANDBOX }) =>
    ROLE !== undefined && ['gateway', 'worker'].includes(ROLE) && ['1', 'true', 'on'].includes(SANDBOX ?? '')
      ? `SANDBOX=${SANDBOX} does not fit ROLE=${ROLE}: the sandbox lives in one process with everything else. Remove one of them.`
      : undefined,
  ({ ROLE, HOST, CONSOLE_TOKEN }) =>
    HOST && !isLoopback(HOST) && !CONSOLE_TOKEN && ROLE !== 'worker'
      ? `CONSOLE_TOKEN is missing: HOST=${HOST} listens beyond this machine. Make one with: openssl rand -hex 32`
      : undefined,
  ({ SLACK_BOT_TOKEN, SLACK_APP_TOKEN, SLACK_SIGNING_SECRET }) =>
    SLACK_BOT_TOKEN && !SLACK_APP_TOKEN && !SLACK_SIGNING_SECRET
      ? 'SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP) is missing: SLACK_BOT_TOKEN alone can post, but hears nothing.'
      : undefined,
  ({ SLACK_BOT_TOKEN, SLACK_APP_TOKEN, SLACK_SIGNING_SECRET }) => {
    const half = SLACK_APP_TOKEN
      ? 'SLACK_APP_TOKEN'
      : SLACK_SIGNING_SECRET
        ? 'SLACK_SIGNING_SECRET'
        : undefined;
    return half && !SLACK_BOT_TOKEN
      ? `SLACK_BOT_TOKEN is missing: ${half} is of no use without it.`
      : undefined;
  },
  ({ TELEGRAM_WEBHOOK_URL, TELEGRAM_WEBHOOK_SECRET }) =>
    TELEGRAM_WEBHOOK_URL && !TELEGRAM_WEBHOOK_SECRET
      ? 'TELEGRAM_WEBHOOK_SECRET is missing: without it anybody could call TELEGRAM_WEBHOOK_URL.'
      : undefined,
  ({ TELEGRAM_BOT_TOKEN, TELEGRAM_WEBHOOK_URL }) =>
    TELEGRAM_WEBHOOK_URL && !TELEGRAM_BOT_TOKEN
      ? 'TELEGRAM_BOT_TOKEN is missing: TELEGRAM_WEBHOOK_URL is of no use without it.'
      : undefined,
  (raw) => {
    const [room = ''] =
      (raw.SANDBOX_CHANNELS ?? '')
        .match(/slack:|telegram:/g)
        ?.filter((platform) => (platform === 'slack:' ? !raw.SLACK_BOT_TOKEN : !raw.TELEGRAM_BOT_TOKEN)) ??
      [];
    const token = room === 'slack:' ? 'SLACK_BOT_TOKEN' : 'TELEGRAM_BOT_TOKEN';
    return room === '' ? undefined : `${token} is missing: SANDBOX_CHANNELS names a channel there.`;
  },
  ({ ALERT_PUSH_AUDIENCE, ALERT_PUSH_ACCOUNT }) => {
    if (Boolean(ALERT_PUSH_AUDIENCE) === Boolean(ALERT_PUSH_ACCOUNT)) return undefined;
    const [missing, given] = ALERT_PUSH_AUDIENCE
      ? ['ALERT_PUSH_ACCOUNT', 'ALERT_PUSH_AUDIENCE']
      : ['ALERT_PUSH_AUDIENCE', 'ALERT_PUSH_ACCOUNT'];
    return `${missing} is missing: ${given} alone doesn't say whose pushes to take.`;
  },
  ({ AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY }) => {
    if (Boolean(AWS_ACCESS_KEY_ID) === Boolean(AWS_SECRET_ACCESS_KEY)) return undefined;
    const [missing, given] = AWS_ACCESS_KEY_ID
      ? ['AWS_SECRET_ACCESS_KEY', 'AWS_ACCESS_KEY_ID']
      : ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'];
    return `${missing} is missing: ${given} is one half of a pair.`;
  },
];

export function faultsBetween(raw: Raw): string[] {
  return rules.map((rule) => rule(raw)).filter((fault) => fault !== undefined);
}

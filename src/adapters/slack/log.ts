import { type Logger, LogLevel } from '@slack/bolt';

/** What the Slack adapter logs through: pino's own shape. */
export interface Log {
  debug(data: object, message: string): void;
  info(data: object, message: string): void;
  warn(data: object, message: string): void;
  error(data: object, message: string): void;
}

/** Slack's libraries log through ours. Their debug lines hold whole payloads, so they are dropped. */
export function slackLogger(log: Log): Logger {
  const said = (parts: unknown[]) => ({ slack: parts.map(String).join(' ').slice(0, 1_000) });
  return {
    debug: () => {},
    info: (...parts: unknown[]) => log.debug(said(parts), 'Slack library'),
    warn: (...parts: unknown[]) => log.warn(said(parts), 'Slack library warning'),
    error: (...parts: unknown[]) => log.error(said(parts), 'Slack library error'),
    setLevel: () => {},
    getLevel: () => LogLevel.INFO,
    setName: () => {},
  };
}

import { randomBytes } from 'node:crypto';
import { createLog } from '../../adapters/log.ts';
import { startApp } from '../../compose/app.ts';
import type { Config } from '../../config/config.ts';
import { openRoom, type Tokens } from './room.ts';

export interface RunningParts {
  config: Config;
  tokens?: Tokens;
  /** The settings that secrets are read from. */
  env?: Record<string, string>;
  say(message: string): void;
}

/** Starts a bot in this process, and opens its room; `faults` are what it logs as an error, in its own words. */
export async function startRunning({ config, tokens, env = {}, say }: RunningParts) {
  const faults: string[] = [];
  const secrets = new Set(config.secrets);
  const destination = { write: (line: string) => void faults.push(line.trim()) };
  const log = createLog({ level: 'error', secrets, destination });
  const app = await startApp({ config, log, secrets, env, onProgress: say });
  const { url } = app;
  if (url !== undefined) return { app, faults, room: openRoom(url, 'rollouts', tokens) };
  await app.stop(0);
  throw new Error('The bot came up without its console.');
}

/** Nobody but the demo signs in, so each token is made anew. */
export function newTokens(): Tokens {
  const secret = randomBytes(32).toString('hex');
  return { shared: `${secret}-console`, of: (person) => `${secret}-${person}` };
}

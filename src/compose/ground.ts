import { join } from 'node:path';
import { startEmbeddedRedis } from '../adapters/redis/embedded.ts';
import { reachRedis } from '../adapters/redis/reach.ts';
import { checkSlack } from '../adapters/slack/check.ts';
import { checkTelegram } from '../adapters/telegram/check.ts';
import { checkPlace } from '../adapters/web/listen.ts';
import { stepKinds } from '../steps/registry.ts';
import type { AppParts, Started } from './app.ts';
import { type Catalogue, loadCatalogue } from './catalogue.ts';
import { type RunningSandbox, startSandboxFor } from './sandbox.ts';
import { together } from './together.ts';

/** What the bot stands on, up and checked. */
export interface Ground {
  redisUrl: string;
  sandbox: RunningSandbox | undefined;
  catalogue: Catalogue;
}

/** Files are checked also when the sandbox that they belong to did not start. */
const nowhere = { environments: {} };

/**
 * Starts or reaches what the bot stands on, and checks at the same time whatever could make it refuse to start:
 * files, Redis, ports, tokens. Throws an `AggregateError` of every fault at once, each a sentence for a person.
 */
export async function prepareGround(
  parts: AppParts,
  started: Started,
  onSandboxDeath: () => void,
): Promise<Ground> {
  const { config } = parts;
  const sandbox = startSandbox(parts, started, onSandboxDeath);
  const files = sandbox.catch(() => nowhere).then((place) => loadCatalogue(config, stepKinds, place));
  const [catalogue, redisUrl, running] = await together([
    files,
    openRedis(parts, started),
    sandbox,
    checkPlace(config.web),
    checkChats(parts),
  ]);
  return { redisUrl, sandbox: running, catalogue };
}

async function openRedis({ config, log, onProgress }: AppParts, started: Started): Promise<string> {
  if (config.redisUrl !== undefined) {
    for (const remark of await reachRedis(config.redisUrl, onProgress)) log.warn(remark);
    return config.redisUrl;
  }
  const redis = await startEmbeddedRedis({
    dir: join(config.dataDir, 'redis'),
    ...(onProgress ? { onProgress } : {}),
  });
  started.push(redis);
  return redis.url;
}

async function startSandbox(
  { config, log }: AppParts,
  started: Started,
  onDeath: () => void,
): Promise<RunningSandbox | undefined> {
  if (!config.sandbox.on) return undefined;
  const sandbox = await startSandboxFor(config, (how) => {
    log.error({ how }, sandboxDied);
    onDeath();
  });
  started.push(sandbox);
  return sandbox;
}

const sandboxDied =
  'The sandbox has ended by itself: its colours answer no more, and rollouts on it fail or wait. ' +
  'Stop the bot and start it again; what was under way is then gone on with.';

/** A worker has nothing to do with chats. */
async function checkChats({ config, log }: AppParts): Promise<void> {
  if (config.role === 'worker') return;
  await together([
    config.slack ? checkSlack({ ...config.slack, log }) : Promise.resolve(),
    config.telegram ? checkTelegram({ ...config.telegram, log }) : Promise.resolve(),
  ]);
}

import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { identityOf, lives, type ProcessIdentity } from './identity.ts';

const identitySchema = z.object({ pid: z.int().positive(), born: z.string() });

const claimSchema = z.object({
  /** The process that started Redis. */
  owner: identitySchema,
  since: z.iso.datetime(),
  /** Absent while Redis is being started. */
  redis: identitySchema.extend({ port: z.int() }).optional(),
});
type Claim = z.infer<typeof claimSchema>;

/** The right to use a data folder. */
export interface FolderClaim {
  /** Says which server uses the folder now. */
  held(server: { pid: number; port: number }): Promise<void>;
  release(): Promise<void>;
}

/** How long another live holder is waited for: it may be on its way out. */
const courtesy = 1_000;
/** How long a server whose owner is gone may take to end; then it is told to. */
const farewell = 5_000;

/**
 * Claims a data folder for this process: one live server a folder. A claim whose processes are gone is no
 * hindrance, and a server whose owner has just died is waited for. Throws, naming the holder, where a live one holds it.
 */
export async function claimFolder(dir: string): Promise<FolderClaim> {
  const file = join(dir, 'redis.claim.json');
  const owner = (await identityOf(process.pid)) ?? { pid: process.pid, born: 'unknown' };
  const mine: Claim = { owner, since: new Date().toISOString() };
  for (const began = performance.now(); !(await createWhole(file, mine)); ) {
    await makeWay(file, dir, performance.now() - began);
  }
  return {
    async held({ pid, port }) {
      const identity = await identityOf(pid);
      if (identity) await replaceWhole(file, { ...mine, redis: { ...identity, port } });
    },
    async release() {
      const now = await readClaim(file);
      if (now && same(now.owner, owner)) await rm(file, { force: true });
    },
  };
}

/** The server that lives on a data folder now; undefined where there is none. */
export async function serverOf(dir: string): Promise<{ port: number } | undefined> {
  const claim = await readClaim(join(dir, 'redis.claim.json'));
  return claim?.redis && (await lives(claim.redis)) ? { port: claim.redis.port } : undefined;
}

async function makeWay(file: string, dir: string, waited: number): Promise<void> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return;
  const claim = parseClaim(text);
  const ownerLives = claim !== undefined && (await lives(claim.owner));
  const redisLives = claim?.redis !== undefined && (await lives(claim.redis));
  if (claim && ownerLives && (redisLives || !claim.redis)) {
    if (claim.owner.pid === process.pid || waited > courtesy) throw inUse(dir, claim);
    return await delay(20);
  }
  if (claim?.redis && redisLives) return await awaitEnd(claim.redis, waited);
  await removeStale(file, text);
}

/** Another start may have put its own claim there since: then that one goes back. */
async function removeStale(file: string, judged: string): Promise<void> {
  const aside = `${file}.${process.pid}.stale`;
  const moved = await rename(file, aside).then(
    () => true,
    () => false,
  );
  if (!moved) return;
  if ((await readFile(aside, 'utf8')) !== judged) await link(aside, file).catch(() => undefined);
  await rm(aside, { force: true });
}

async function awaitEnd(redis: ProcessIdentity, waited: number): Promise<void> {
  if (waited > farewell && (await lives(redis))) process.kill(redis.pid, 'SIGTERM');
  await delay(waited > farewell ? 200 : 10);
}

function inUse(dir: string, { owner, redis, since }: Claim): Error {
  const server = redis
    ? `its Redis is process ${redis.pid} on port ${redis.port}`
    : 'its Redis is being started';
  return new Error(
    `The data folder ${dir} is in use by process ${owner.pid} since ${since} (${server}). ` +
      'Stop that process first, or set DATA_DIR to another folder.',
  );
}

async function createWhole(file: string, claim: Claim): Promise<boolean> {
  const whole = `${file}.${process.pid}.new`;
  await writeFile(whole, JSON.stringify(claim));
  try {
    await link(whole, file);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(whole, { force: true });
  }
}

async function replaceWhole(file: string, claim: Claim): Promise<void> {
  const whole = `${file}.${process.pid}.new`;
  await writeFile(whole, JSON.stringify(claim));
  await rename(whole, file);
}

async function readClaim(file: string): Promise<Claim | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : parseClaim(text);
}

function parseClaim(text: string): Claim | undefined {
  try {
    return claimSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function same(a: ProcessIdentity, b: ProcessIdentity): boolean {
  return a.pid === b.pid && a.born === b.born;
}

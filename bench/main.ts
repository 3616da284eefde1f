import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedRedis } from '../src/adapters/redis/embedded.ts';
import { ack } from './ack.ts';
import { alerts } from './alerts.ts';
import { durableStep } from './durable-step.ts';
import { type Figure, table } from './figure.ts';
import { linearGrowth, liveRollouts } from './growth.ts';
import { lifetimes } from './lifetimes.ts';
import { rollbackPress } from './rollback.ts';
import { storm } from './storm.ts';

const benches: Readonly<Record<string, () => Promise<Figure[]>>> = {
  durableStep: () => onFreshRedis(durableStep),
  rollbackPress: () => onFreshRedis(rollbackPress),
  linearGrowth: () => onFreshRedis(linearGrowth),
  liveRollouts: () => onFreshRedis(liveRollouts),
  ack: () => onFreshRedis(ack),
  alerts: () => onFreshRedis(alerts),
  storm: () => onFreshRedis(storm),
  lifetimes,
};

/**
 * Runs the benches, each on a fresh Redis with `appendfsync always`, and writes the table into the README.
 * With names as arguments, only those, and the README stays as it is.
 */
async function main(): Promise<void> {
  const wanted = process.argv.slice(2);
  const figures: Figure[] = [];
  for (const [name, bench] of Object.entries(benches)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    process.stderr.write(`${name} …\n`);
    figures.push(...(await bench()));
  }
  const text = `${table(figures)}\n\n${conditions()}`;
  process.stdout.write(`${text}\n`);
  if (wanted.length === 0) await intoReadme(text);
  process.exit(figures.every(({ holds }) => holds) ? 0 : 1);
}

async function onFreshRedis(bench: (url: string) => Promise<Figure[]>): Promise<Figure[]> {
  const dir = await mkdtemp(join(tmpdir(), 'cutover-bench-'));
  const redis = await startEmbeddedRedis({ dir, appendfsync: 'always' });
  try {
    return await bench(redis.url);
  } finally {
    await redis.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

function conditions(): string {
  const day = new Date().toISOString().slice(0, 10);
  return `Medians of interleaved runs on ${day}, ${cpus().length} cores, Node ${process.versions.node}, Redis with \`appendfsync always\`; made by \`npm run bench\`.`;
}

async function intoReadme(text: string): Promise<void> {
  const file = new URL('../README.md', import.meta.url);
  const readme = await readFile(file, 'utf8').catch(() => '');
  const [start, end] = ['<!-- bench -->', '<!-- /bench -->'];
  if (!readme.includes(start)) return;
  const [before, rest] = [readme.slice(0, readme.indexOf(start)), readme.slice(readme.indexOf(end))];
  await writeFile(file, `${before}${start}\n${text}\n${rest}`);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { leaseTime } from '../../src/compose/store.ts';
import { alive, processes, type Seen, treeOf } from '../support/process-tree.ts';
import { until } from '../support/until.ts';

/** A program that ignores whatever it can, with a child that does too; each says its number. */
const stubborn = `
  for (const name of ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGPIPE']) process.on(name, () => {});
  process.stdout.on('error', () => {});
  if (!process.env.CHILD) require('node:child_process').spawn(
    process.execPath, ['-e', process.env.SOURCE], { stdio: 'inherit', env: { ...process.env, CHILD: '1' } });
  console.log('up ' + process.pid);
  setInterval(() => console.log('still here'), 50);
`;
const withChild = `process.env.SOURCE = ${JSON.stringify(stubborn)}; ${stubborn}`;

/** A bot that runs a program, and every process under it once so many are up. */
async function botWith(source: string, up: number) {
  const bot = spawn(process.execPath, [join(import.meta.dirname, 'killed-bot.ts'), source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  bot.stdout.on('data', (chunk) => {
    said += chunk;
  });
  await until('the program to be up', () => said.match(/^up \d+$/gm)?.length === up);
  const pids = [...said.matchAll(/^up (\d+)$/gm)].map(([, pid]) => Number(pid));
  const tree = await treeOf(bot.pid ?? 0);
  return { bot, said: () => said, below: tree.filter(({ pid }) => pid !== bot.pid), pids };
}

async function gone(seen: readonly Seen[]): Promise<number> {
  const from = performance.now();
  await until('all of them to be gone', async () => (await alive(seen)).length === 0, 5);
  return performance.now() - from;
}

test('a program ends, with all that it started, soon after its bot was killed: before anybody may run it again', async () => {
  const { bot, below, pids } = await botWith(withChild, 2);
  expect(below.map(({ pid }) => pid)).toEqual(expect.arrayContaining(pids));
  expect(below).toHaveLength(3);
  bot.kill('SIGKILL');
  await once(bot, 'close');
  expect(await gone(below)).toBeLessThan((leaseTime * 2) / 3);
});

test('a program that is willing to end gets the time for it', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'cutover-tidy-'));
  const file = JSON.stringify(join(dir, 'tidied'));
  const tidy = `
    process.on('SIGTERM', () => setTimeout(() => {
      require('node:fs').writeFileSync(${file}, 'yes');
      process.exit();
    }, 300));
    console.log('up ' + process.pid);
    setInterval(() => {}, 1000);`;
  const { bot, below } = await botWith(tidy, 1);
  bot.kill('SIGKILL');
  await gone(below);
  expect(await readFile(join(dir, 'tidied'), 'utf8')).toBe('yes');
  await rm(dir, { recursive: true });
});

test('a bot that goes right after it started a program leaves nothing behind', async () => {
  const source = "console.log('up ' + process.pid); setInterval(() => {}, 1000)";
  for (const wait of [0, 30, 60, 90]) {
    const bot = spawn(process.execPath, [join(import.meta.dirname, 'killed-bot.ts'), source]);
    const supervisor = await until('the supervisor', async () =>
      (await treeOf(bot.pid ?? 0)).find(({ command }) => command.includes('supervisor.ts')),
    );
    await new Promise((resolve) => setTimeout(resolve, wait));
    const tree = await treeOf(supervisor.pid);
    bot.kill('SIGKILL');
    await once(bot, 'close');
    await gone([supervisor, ...tree]);
    const left = (await processes()).filter(({ command }) => command.includes(source));
    expect(left).toEqual([]);
  }
});

test('killing the supervisor ends the program too, and is told as its end', async () => {
  const { bot, said, below, pids } = await botWith(withChild, 2);
  const supervisor = below.find(({ pid }) => !pids.includes(pid));
  process.kill(supervisor?.pid ?? 0, 'SIGKILL');
  await once(bot, 'close');
  expect(said()).toMatch(/ended \{"code":null,"signal":"SIGKILL"/);
  expect(await alive(below)).toEqual([]);
});

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { plainScreen } from '../../src/adapters/terminal/screen.ts';
import { startBot } from '../../src/cli/demo/bot.ts';
import { allHold, createChecklist, findingsInWords } from '../../src/cli/demo/checklist.ts';
import { playDemo } from '../../src/cli/demo/play.ts';
import type { Act } from '../../src/cli/demo/stage.ts';

vi.setConfig({ testTimeout: 60_000 });

let dir: string;
let printed: string[];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'cutover-play-'));
  vi.stubEnv('TMPDIR', dir);
  printed = [];
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(dir, { recursive: true, force: true });
});

function play(acts: readonly Act[], options: { signal?: AbortSignal; limit?: number } = {}) {
  const screen = plainScreen({ write: (text: string) => printed.push(text.trimEnd()) }, (_, text) => text);
  const demo = { introduction: 'A demo', start: startBot, acts };
  return playDemo({ demo, screen, signal: new AbortController().signal, ...options });
}

/** What is left of a demo: its data, and the processes that were started on it. */
async function leftovers(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const commands = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return [...(await readdir(dir)), ...commands.filter((command) => command.includes(dir))];
}

test('a wrong expectation and a press that is not there make it fail, and nothing is left', async () => {
  const wrong: Act = {
    title: 'Expecting too much',
    async play({ checks, witness }) {
      checks.equal('Clients are served by green', await witness.servedBy(), { api: 'green', app: 'green' });
      checks.equal('Writes are open on blue', await witness.frozen('blue'), false);
    },
  };
  const stuck: Act = {
    title: 'Pressing too early',
    play: async (stage) => void (await stage.press('bob', 'Approve')),
  };
  const never: Act = { title: 'Never played', play: () => Promise.reject(new Error('it was played')) };
  expect(await play([wrong, stuck, never])).toBe(false);
  expect(printed.filter((line) => line.startsWith('✗'))).toEqual([
    '✗ Clients are served by green: expected {"api":"green","app":"green"}, found {"api":"blue","app":"blue"}',
    '✗ Pressing too early: There is no thread in the room.',
  ]);
  expect(printed).toContain('✓ Writes are open on blue');
  expect(printed).toContain('3 of 5 as expected.');
  expect(printed.join('\n')).not.toContain('Never played');
  expect(await leftovers()).toEqual([]);
});

test('an expectation that is never met ends with the time', async () => {
  const waiting: Act = {
    title: 'Waiting for ever',
    play: async (stage) => void (await stage.until('a miracle', 60, () => Promise.resolve(undefined))),
  };
  expect(await play([waiting], { limit: 5_000 })).toBe(false);
  expect(printed.filter((line) => line.startsWith('✗'))).toEqual([
    '✗ Waiting for ever: it was stopped',
    expect.stringMatching(/^✗ It took less than 5 s: \d+ s$/),
  ]);
  expect(await leftovers()).toEqual([]);
});

test('a stop in the middle stops everything', async () => {
  const stopping = new AbortController();
  const act: Act = {
    title: 'Stopped',
    async play(stage) {
      await stage.type('alice', 'start green');
      await stage.until('the thread', 30, () => stage.thread());
      stopping.abort();
      await stage.until('nothing', 10, () => Promise.resolve(undefined));
    },
  };
  expect(await play([act], { signal: stopping.signal })).toBe(false);
  expect(printed.at(-1)).toBe('Stopped; nothing is left running.');
  expect(await leftovers()).toEqual([]);
});

test('a checklist holds when everything on it does, and says what was found instead', () => {
  const checks = createChecklist();
  expect(allHold(checks.findings)).toBe(false);
  checks.equal('two lists', [1, { a: 2 }], [1, { a: 2 }]);
  checks.holds('a condition', true, 'unused');
  expect(allHold(checks.findings)).toBe(true);
  checks.equal('a word', 'blue', 'green');
  expect(allHold(checks.findings)).toBe(false);
  expect(findingsInWords(checks.findings)).toEqual([
    '✓ two lists',
    '✓ a condition',
    '✗ a word: expected "green", found "blue"',
    '2 of 3 as expected.',
  ]);
});

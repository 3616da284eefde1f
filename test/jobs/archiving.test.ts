import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { artifactStore } from '../../src/adapters/artifacts/stores.ts';
import { sha256 } from '../../src/core/json.ts';
import { archiveDue, archiveOf } from '../../src/core/report/archive.ts';
import { reportOf } from '../../src/core/report/report.ts';
import type { Fact } from '../../src/core/rollout/event.ts';
import { type Connection, planDigest } from '../../src/core/rollout/plan.ts';
import { type ArchivingParts, createArchiving } from '../../src/jobs/archiving.ts';
import type { Turns } from '../../src/ports/memory.ts';
import type { ArtifactStore } from '../../src/ports/world.ts';
import { alice, noon, planOf } from '../rollout/journal.ts';
import { type MemoryRollouts, memoryRollouts } from '../support/memory-rollouts.ts';
import { until } from '../support/until.ts';

const minute = 60_000;
const id = 'test-1';
let dir: string;
let time: number;
let rollouts: MemoryRollouts;
let held: Set<string>;
let errors: unknown[];
let store: (connection: Connection) => ArtifactStore;

const clock = { now: () => time };
const turns: Turns = {
  async take(name) {
    if (held.has(name)) return undefined;
    held.add(name);
    return { extend: async () => true, release: async () => void held.delete(name) };
  },
};
const away: ArtifactStore = {
  put: () => Promise.reject(new Error('the bucket does not answer')),
  get: () => Promise.reject(new Error('the bucket does not answer')),
};
const ended: Fact[] = [
  { type: 'rollout.succeeded', data: {} },
  { type: 'rollout.released', data: {} },
];
const backThere: Fact[] = [
  { type: 'rollback.requested', data: { reason: 'errors' } },
  { type: 'rollback.finished', data: {} },
  { type: 'rollout.released', data: {} },
];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'cutover-archiving-'));
  [time, held, errors] = [noon, new Set(), []];
  rollouts = memoryRollouts(clock);
  store = (connection) => artifactStore(connection, { fetch, env: {} });
});
afterEach(() => rm(dir, { recursive: true }));

/** A rollout of a playbook that has no report step, up to these facts. */
function begun(
  facts: readonly Fact[],
  connections: Record<string, Connection> = { archive: folder() },
): void {
  const plan = planOf({ phases: [{ name: 'only', steps: [{ id: 'a', uses: 'note' }] }] });
  const own = { ...plan, environment: { ...plan.environment, connections } };
  rollouts.put(
    id,
    [
      { type: 'rollout.planned', data: { id, plan: own, digest: planDigest(own), channels: [] } },
      { type: 'rollout.started', data: {} },
      ...facts,
    ],
    alice,
  );
}

const folder = () => ({ kind: 'folder', path: dir });

function worker(change: Partial<ArchivingParts> = {}) {
  return createArchiving({
    rollouts,
    turns,
    clock,
    world: { artifacts: (connection) => store(connection), drawSvg: async () => '<svg></svg>' },
    timezone: () => 'Europe/Berlin',
    async pause(milliseconds) {
      time += milliseconds;
      await new Promise((resolve) => setImmediate(resolve));
    },
    onError: (error) => errors.push(error),
    ...change,
  });
}

const isDue = async () => {
  const rollout = await rollouts.find(id);
  return rollout !== undefined && archiveDue(rollout.plan, rollout.state) !== undefined;
};

/** Lets workers see the rollout as it stands, and waits until nothing is due. */
async function seen(...workers: ReturnType<typeof worker>[]): Promise<void> {
  const rollout = await rollouts.find(id);
  for (const each of workers) if (rollout) each.note(rollout);
  await until('nothing to be due', async () => !(await isDue()));
}

const told = async () =>
  (await rollouts.events(id)).flatMap((event) =>
    event.type === 'report.archived' || event.type === 'report.failed' ? [event] : [],
  );

describe('the report of a rollout that has ended', () => {
  it.each([
    ['succeeded', ended],
    ['was rolled back', backThere],
  ])('is stored once when it %s, and the journal names the files with their hashes', async (_, facts) => {
    begun(facts);
    const text = reportOf(await rollouts.events(id), { timezone: 'Europe/Berlin' }) ?? '';
    await seen(worker(), worker());
    await seen(worker());
    const kept = join(dir, id, 'final');
    expect((await readdir(kept)).sort()).toEqual(['audit.md', 'report.html', 'report.md']);
    expect(await readFile(join(kept, 'report.md'), 'utf8')).toBe(text);
    const [event, ...others] = await told();
    expect(others).toEqual([]);
    expect(event).toMatchObject({
      type: 'report.archived',
      data: { events: 2 + facts.length, files: [{ name: 'report.md', sha256: sha256(text) }, {}, {}] },
    });
    expect(errors).toEqual([]);
  });

  it('waits for the end, and needs an environment that keeps artefacts', async () => {
    begun([]);
    await seen(worker());
    rollouts.put(id, ended);
    expect(await readdir(dir)).toEqual([]);
    await seen(worker());
    expect(await readdir(dir)).toEqual([id]);
  });

  it('is stored by the next worker when one stopped in between, as the same files', async () => {
    begun(ended);
    const whole = store;
    let puts = 0;
    store = (connection) => ({
      ...whole(connection),
      put(...given) {
        puts += 1;
        return puts === 2 ? Promise.reject(new Error('killed')) : whole(connection).put(...given);
      },
    });
    const stopped = worker({
      pause: (_, signal) => new Promise((_resolve, reject) => signal.addEventListener('abort', reject)),
    });
    const rollout = await rollouts.find(id);
    if (rollout) stopped.note(rollout);
    await until('the second file to fail', () => puts === 2 && held.size === 0);
    await stopped.stop();
    expect(await told()).toEqual([]);
    await seen(worker());
    expect(await told()).toMatchObject([{ type: 'report.archived' }]);
  });

  it('is given up when the store stays away for a quarter of an hour, and the journal says so', async () => {
    begun(ended);
    store = () => away;
    await seen(worker());
    expect(await told()).toMatchObject([
      { type: 'report.failed', data: { why: 'the bucket does not answer' } },
    ]);
    expect(time - noon).toBeGreaterThanOrEqual(15 * minute);
    expect(errors.length).toBeGreaterThan(10);
  });

  it('is left alone when the rollout ended long before', async () => {
    begun(ended);
    time += 8 * 24 * 60 * minute;
    const rollout = await rollouts.find(id);
    const idle = worker();
    if (rollout) idle.note(rollout);
    await idle.stop();
    expect([await told(), await readdir(dir), await isDue()]).toEqual([[], [], true]);
  });
});

describe('where it is stored', () => {
  const [s3, gcs] = [
    { kind: 's3', bucket: 'one-bucket' },
    { kind: 'gcs', bucket: 'two-bucket' },
  ];

  it.each([
    ['the only one that keeps artefacts', { prom: { kind: 'prometheus', url: 'http://p' }, s3 }, s3],
    ['the one named reports among several', { s3, reports: gcs }, gcs],
    ['nowhere among several', { s3, gcs }, undefined],
    ['nowhere without any', { prom: { kind: 'prometheus', url: 'http://p' } }, undefined],
  ])('%s', (_, connections, wanted) => {
    expect(archiveOf(connections)).toEqual(wanted);
  });
});

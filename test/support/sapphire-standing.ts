import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type GoogleState, googleStateSchema } from '../../sandbox/google/state.ts';
import { readLedgers } from '../../sandbox/ledger.ts';
import { nameIn } from './google-writes.ts';
import { until } from './until.ts';

/** What each project gives anew, and what tells of time alone. */
const given = new Set([
  ...['uid', 'id', 'etag', 'fingerprint', 'requestId', 'name', 'operation', 'due'],
  ...['createTime', 'updateTime', 'creationTime', 'creationTimestamp', 'insertTime', 'startTime'],
  ...['lastTransitionTime', 'creationRecord', 'mutationRecord', 'mutateTime'],
]);

/** The attempts of steps, the numbers of what Google named, and the registry’s port: each is called the same. */
function plainText(text: string): string {
  return text
    .replace(/^(sapphire-\d+\/[a-z-]+)\/\d+$/, '$1/n')
    .replace(/\/\d{6,}$/, '/N')
    .replace(/^127\.0\.0\.1:\d+\//, 'registry/');
}

/** A value without what is given anew. */
function plain(value: unknown): unknown {
  if (typeof value === 'string') return plainText(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([name]) => !given.has(name));
  return Object.fromEntries(kept.map(([name, one]) => [name, plain(one)]));
}

/** Things by a name of Google's own choice: how many there are and what they are, in one order. */
function list(things: object): unknown[] {
  return Object.values(things)
    .map(plain)
    .sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
}

/** What the double keeps, once nothing that it accepted is still to be done: records go back without being waited for. */
function settledIn(folder: string): Promise<GoogleState> {
  return until(
    `all that was accepted in ${folder} to be done`,
    async () => {
      const { value } = JSON.parse(await readFile(join(folder, 'state.json'), 'utf8'));
      const state = googleStateSchema.parse(value);
      const changes = Object.values(state.dns.zones).flatMap((zone) => zone.changes);
      const operations = [...Object.values(state.run.operations), ...Object.values(state.compute.operations)];
      return [...changes, ...operations].every(({ done }) => done) && state;
    },
    60,
  );
}

/** A project whole, as the double keeps it: each revision, operation, policy, record and setting; Google issues its certificates. */
export async function wholeOf(folder: string): Promise<object> {
  const { run, compute, dns, operations } = await settledIn(folder);
  const made = Object.fromEntries(
    Object.entries(operations).map(([kind, things]) => [kind, kind === 'buckets' ? things : list(things)]),
  );
  return {
    services: plain(run.services),
    revisions: plain(run.revisions),
    operations: [...list(run.operations), ...list(compute.operations)],
    proxies: plain(compute.proxies),
    zones: plain(dns.zones),
    ...made,
  };
}

/** How often each call of a step was taken up by the double: it changed something there. */
export async function takenUp(folder: string): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (const entry of await readLedgers(folder)) {
    if (entry.kind !== 'effect' || entry.step === null) continue;
    const name = nameIn(entry);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

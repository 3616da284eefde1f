import { type LedgerEntry, readLedgers } from '../../sandbox/ledger.ts';
import type { Sandbox } from '../../sandbox/start.ts';
import { consoleChat } from '../../src/adapters/console/chat.ts';
import type { ConsoleMessage } from '../../src/adapters/console/message.ts';
import { keys } from '../../src/adapters/redis/keys.ts';
import type { Store } from '../../src/compose/store.ts';
import { archiveDue } from '../../src/core/report/archive.ts';
import { statusOf } from '../../src/core/rollout/status.ts';
import { verifyJournal } from '../../src/core/rollout/verify.ts';
import { systemClock } from '../../src/ports/clock.ts';
import type { Rollout } from '../../src/ports/rollouts.ts';
import { call, until } from '../sandbox/support.ts';

/** What a rollout leaves behind, without what differs from run to run: equal for a disturbed and an undisturbed one. */
export interface Evidence {
  status: string;
  /** `verified`, or what is wrong with the journal. */
  journal: string;
  /** Each step as `<id> <status> <attempts>`. */
  steps: string[];
  /** What the loop asked people, and what it doubted. */
  asked: string[];
  /** Each effect in the sandbox's ledgers, in order. */
  effects: string[];
  migrations: number;
  /** How often its report was archived. */
  reports: number;
  hosts: unknown;
  safeModes: unknown[];
  /** What each message of the thread speaks of, in the order in which they stand there. */
  thread: string[];
}

/** Where to look. */
export interface Scene {
  store: Store;
  sandbox: Pick<Sandbox, 'urls'> & { dataDir: string };
}

const room = 'rollouts';

/** Gathers the evidence of a rollout once it is at rest and its thread up to date. */
export async function evidenceOf(place: Scene, id: string): Promise<Evidence> {
  const { store, sandbox } = place;
  const isSettled = await settled(place, id);
  const rollout = await store.patientRollouts.find(id);
  if (!rollout) throw new Error(`there is no rollout ${id}`);
  const verdict = verifyJournal(await store.patient.lrange(keys.journal(id), 0, -1));
  const { urls } = sandbox;
  const ask = async (url: string) => (await call('GET', url)).body;
  const migrations = await ask(`${urls.supervisor}/migrations/orders-${id}`);
  return {
    status: statusOf(rollout.plan, rollout.state),
    journal: 'fault' in verdict ? verdict.fault : 'verified',
    steps: Object.entries(rollout.state.steps).map(
      ([step, { status, attempts }]) => `${step} ${status} ${attempts}`,
    ),
    asked: await askedIn(store, id),
    effects: (await ledgerOf(place, id)).filter(({ kind }) => kind === 'effect').map(nameOf),
    migrations: Number(migrations.runs),
    reports: await archivedIn(store, id),
    hosts: await ask(`${urls.router}/_router/hosts`),
    safeModes: [
      await ask(`${urls.blue}/safe-mode`),
      await ask(`${urls.green}/safe-mode`).catch(() => 'no green'),
    ],
    thread: isSettled ? await threadOf(place, rollout) : ['the rollout does not come to rest'],
  };
}

/** All mutating calls and effects of a rollout. */
export async function ledgerOf({ sandbox }: Scene, id: string): Promise<LedgerEntry[]> {
  return (await readLedgers(sandbox.dataDir)).filter(({ rollout }) => rollout === id);
}

function nameOf({ service, method, path, step }: LedgerEntry): string {
  return `${service} ${method} ${path} by ${step}`;
}

async function archivedIn(store: Store, id: string): Promise<number> {
  const events = await store.patientRollouts.events(id);
  return events.filter(({ type }) => type === 'report.archived').length;
}

async function askedIn(store: Store, id: string): Promise<string[]> {
  const events = await store.patientRollouts.events(id);
  const asked = events.flatMap((event) => {
    if (event.type === 'step.doubted') return [`doubt about ${event.data.step}`];
    if (event.type !== 'step.waiting' || event.data.waiting.for === 'time') return [];
    return [`${event.data.waiting.for} at ${event.data.step}`];
  });
  return [...new Set(asked)];
}

/** A duty of the launch is due so much later; nothing else is, in a test. */
const later = 3_600_000;

/** Whether something is still to be posted, to be archived, to be looked at, or in somebody's hands. */
export async function isUnsettled({ store }: Scene, id: string): Promise<boolean> {
  const behind = (await store.threads.behind()).some(({ rollout }) => rollout === id);
  const due = await store.patient.zscore(keys.due, id);
  const isDue = due !== null && Number(due) < systemClock.now() + later;
  const rollout = await store.patientRollouts.find(id);
  const isReported = !rollout || archiveDue(rollout.plan, rollout.state) === undefined;
  return behind || isDue || !isReported || (await store.patient.exists(keys.lease(id))) === 1;
}

async function settled(scene: Scene, id: string): Promise<boolean> {
  const unsettled = () => isUnsettled(scene, id);
  return until(unsettled, (is) => !is, 20_000).then(
    () => true,
    () => false,
  );
}

/** The thread as it stands in the room. A message that is doubled, missing or unknown stands out by its words. */
async function threadOf(place: Scene, { state }: Rollout): Promise<string[]> {
  const { store } = place;
  const standing = await store.threads.read({ rollout: state.id, channel: `console:${room}` });
  const speaksOf = new Map([...standing].map(([key, { ref }]) => [ref?.id ?? '', key]));
  const milestones = new Map(
    state.milestones.map(({ seq, type, subject = '' }) => [`m${seq}`, `${type} ${subject}`]),
  );
  const name = ({ id }: ConsoleMessage): string => {
    const key = speaksOf.get(id) ?? `unknown message ${id}`;
    return milestones.get(key) ?? key;
  };
  return (await messagesOf(place, state.id)).map(name);
}

/** Every message of a rollout's threads, also of one that nobody knows of. */
async function messagesOf({ store }: Scene, id: string): Promise<ConsoleMessage[]> {
  const chat = consoleChat({ redis: store.prompt, clock: systemClock });
  const all = await chat.messages(room, 3);
  const speaks = ({ card }: ConsoleMessage) => new RegExp(`\\b${id}\\b`).test(JSON.stringify(card.title));
  const roots = new Set(
    all.filter((message) => !message.thread && speaks(message)).map((message) => message.id),
  );
  return all.filter((message) => roots.has(message.thread ?? message.id));
}

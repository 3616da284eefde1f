import type { Redis } from 'ioredis';
import {
  type EnvironmentEvent,
  type EnvironmentFact,
  environmentEventSchema,
} from '../../core/environment/event.ts';
import { type EnvironmentState, foldEnvironment } from '../../core/environment/state.ts';
import { supersede, supersessionBy } from '../../core/environment/supersede.ts';
import type { Actor } from '../../core/rollout/actor.ts';
import { chain, genesis } from '../../core/rollout/chain.ts';
import { type Fact, type RolloutEvent, rolloutEventSchema } from '../../core/rollout/event.ts';
import { fold } from '../../core/rollout/fold.ts';
import { type Clock, iso } from '../../ports/clock.ts';
import type { Rollout } from '../../ports/rollouts.ts';
import { keys } from './keys.ts';
import type { Reader } from './reader.ts';
import { snapshotIfDue } from './reader.ts';
import type { Scripts } from './scripts.ts';

/** What to append, decided on exactly these states. */
export interface Append {
  actor: Actor;
  rollout?: { id: string; before: Rollout | undefined; facts: readonly Fact[] };
  environment?: { before: EnvironmentState; facts: readonly EnvironmentFact[] };
  /** The fence; absent for what people decide. */
  token?: string;
}

export type Appended =
  | { outcome: 'ok'; rollout: Rollout | undefined; environment: EnvironmentState | undefined }
  | { outcome: 'moved' | 'fenced' };

/** The one way in which anything is written into journals. A claim tells the rollout that it supersedes, in the same step. */
export function createAppender(redis: Redis, scripts: Scripts, reader: Reader, clock: Clock) {
  let breaks = 0;
  redis.on('close', () => {
    breaks += 1;
  });
  return async (what: Append): Promise<Appended> => {
    const at = clock.now();
    const written = build(what, await supersessions(reader, what.environment), iso(at));
    const unbroken = breaks;
    const answer = await scripts.append(scriptKeys(what, written), scriptArguments(what, written, at));
    const resent = breaks > unbroken;
    if (answer !== 'ok' && !(resent && (await isAlreadyThere(redis, written))))
      return { outcome: answer === 'fenced' ? 'fenced' : 'moved' };
    const kept = await keepResult(redis, reader, written);
    return { outcome: 'ok', rollout: what.rollout && kept.rollouts[0], environment: kept.environment };
  };
}

type RolloutWrite = NonNullable<Append['rollout']>;

/** What goes into each journal; the rollout that the append is about comes first. */
interface Written {
  rollouts: { id: string; before: Rollout | undefined; events: RolloutEvent[] }[];
  environment?: { before: EnvironmentState; events: EnvironmentEvent[] };
}

/** The rollout that a claim in these facts supersedes, with what it is told. */
async function supersessions(reader: Reader, environment: Append['environment']): Promise<RolloutWrite[]> {
  const supersession = environment && supersessionBy(environment.before, environment.facts);
  const before = supersession && (await reader.rollout(supersession.older));
  if (!before) return [];
  const facts = supersede(before.state, supersession);
  return facts.length === 0 ? [] : [{ id: supersession.older, before, facts }];
}

function build(
  { actor, rollout, environment }: Append,
  superseded: readonly RolloutWrite[],
  at: string,
): Written {
  const eventsOf = ({ before, facts }: RolloutWrite) =>
    chain(before?.state ?? { seq: 0, head: genesis }, facts, actor, at).map((event) =>
      rolloutEventSchema.parse(event),
    );
  const rollouts = [...(rollout ? [rollout] : []), ...superseded].map((write) => {
    return { id: write.id, before: write.before, events: eventsOf(write) };
  });
  if (!environment) return { rollouts };
  const { before, facts } = environment;
  const events = chain(before, facts, actor, at).map((event) => environmentEventSchema.parse(event));
  return { rollouts, environment: { before, events } };
}

function scriptKeys({ rollout }: Append, { rollouts, environment }: Written): string[] {
  const fixed = [keys.lease(rollout?.id ?? ''), keys.due, keys.unshown, keys.rollouts, keys.active];
  return [
    ...fixed,
    ...rollouts.map(({ id }) => keys.journal(id)),
    ...(environment ? [keys.environment(environment.before.name)] : []),
  ];
}

function scriptArguments(
  { token }: Append,
  { rollouts, environment }: Written,
  at: number,
): (string | number)[] {
  const lines = (expected: number, events: readonly object[]) => [
    expected,
    events.length,
    ...events.map((event) => JSON.stringify(event)),
  ];
  const journals = rollouts.flatMap(({ id, before, events }) => {
    const threads = threadsOf(id, before, events);
    const created = before === undefined ? at : '';
    return [id, created, threads.length, ...threads, ...lines(before?.state.seq ?? 0, events)];
  });
  const place = environment ? ['', '', 0, ...lines(environment.before.seq, environment.events)] : [];
  return [token ?? '', at, keys.changes, ...journals, ...place];
}

/** The threads that have something new to show; one that begins with these events is among them. */
function threadsOf(id: string, before: Rollout | undefined, events: readonly RolloutEvent[]): string[] {
  const begun = events.flatMap((event) => {
    if (event.type === 'rollout.planned') return event.data.channels;
    return event.type === 'rollout.followed' ? [event.data.channel] : [];
  });
  const channels = [...(before?.state.channels ?? []), ...begun];
  return channels.map(({ platform, id: channel }) => threadName(id, `${platform}:${channel}`));
}

/** How `keys.unshown` names a thread. */
export function threadName(id: string, channel: string): string {
  return `${id} ${channel}`;
}

/**
 * A connection that broke may have delivered its last command, and sends it again: then our own events stand there.
 * Not asked otherwise: two equal presses within a millisecond are equal events, and only one of them counts.
 */
async function isAlreadyThere(redis: Redis, { rollouts: [rollout], environment }: Written): Promise<boolean> {
  const [key, expected, first] = rollout
    ? [keys.journal(rollout.id), rollout.before?.state.seq ?? 0, rollout.events[0]]
    : [
        keys.environment(environment?.before.name ?? ''),
        environment?.before.seq ?? 0,
        environment?.events[0],
      ];
  if (!first) return false;
  const line = await redis.lindex(key, expected);
  return line !== null && (JSON.parse(line) as { hash?: string }).hash === first.hash;
}

async function keepResult(redis: Redis, reader: Reader, { rollouts, environment: place }: Written) {
  const environment = place?.events.reduce(foldEnvironment, place.before);
  if (environment) reader.keepEnvironment(environment);
  const folded: (Rollout | undefined)[] = [];
  for (const { before, events } of rollouts) {
    const rollout = fold(before, events);
    folded.push(rollout);
    if (!rollout) continue;
    reader.keep(rollout);
    await snapshotIfDue(redis, before?.state.seq ?? 0, rollout.state);
  }
  return { rollouts: folded, environment };
}

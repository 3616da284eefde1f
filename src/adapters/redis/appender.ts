import type { Redis } from 'ioredis';
import {
  type EnvironmentEvent,
  type EnvironmentFact,
  environmentEventSchema,
} from '../../core/environment/event.ts';
import { type EnvironmentState, foldEnvironment } from '../../core/environment/state.ts';
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

/** The one way in which anything is written into journals. */
export function createAppender(redis: Redis, scripts: Scripts, reader: Reader, clock: Clock) {
  return async (what: Append): Promise<Appended> => {
    const at = clock.now();
    const written = build(what, iso(at));
    const answer = await scripts.append(scriptKeys(what), scriptArguments(what, written, at));
    if (answer !== 'ok' && !(await isAlreadyThere(redis, what, written)))
      return { outcome: answer === 'fenced' ? 'fenced' : 'moved' };
    return { outcome: 'ok', ...(await keepResult(redis, reader, what, written)) };
  };
}

interface Written {
  rollout: RolloutEvent[];
  environment: EnvironmentEvent[];
}

function build({ actor, rollout, environment }: Append, at: string): Written {
  const end = rollout?.before?.state ?? { seq: 0, head: genesis };
  return {
    rollout: chain(end, rollout?.facts ?? [], actor, at).map((event) => rolloutEventSchema.parse(event)),
    environment: environment
      ? chain(environment.before, environment.facts, actor, at).map((event) =>
          environmentEventSchema.parse(event),
        )
      : [],
  };
}

function scriptKeys({ rollout, environment }: Append): string[] {
  const fixed = [keys.lease(rollout?.id ?? ''), keys.due, keys.unshown, keys.rollouts, keys.active];
  const journals = [
    ...(rollout ? [keys.journal(rollout.id)] : []),
    ...(environment ? [keys.environment(environment.before.name)] : []),
  ];
  return [...fixed, ...journals];
}

function scriptArguments(
  { rollout, environment, token }: Append,
  written: Written,
  at: number,
): (string | number)[] {
  const threads = rollout ? threadsOf(rollout.id, rollout.before, written.rollout) : [];
  const created = rollout && rollout.before === undefined ? at : '';
  const lines = (expected: number, events: readonly object[]) => [
    expected,
    events.length,
    ...events.map((event) => JSON.stringify(event)),
  ];
  return [
    token ?? '',
    rollout?.id ?? '',
    at,
    created,
    keys.changes,
    threads.length,
    ...threads,
    ...(rollout ? lines(rollout.before?.state.seq ?? 0, written.rollout) : []),
    ...(environment ? lines(environment.before.seq, written.environment) : []),
  ];
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

/** A connection that broke may have delivered its last command, and sends it again: then our own events stand there. */
async function isAlreadyThere(
  redis: Redis,
  { rollout, environment }: Append,
  written: Written,
): Promise<boolean> {
  const [key, expected, first] = rollout
    ? [keys.journal(rollout.id), rollout.before?.state.seq ?? 0, written.rollout[0]]
    : [
        keys.environment(environment?.before.name ?? ''),
        environment?.before.seq ?? 0,
        written.environment[0],
      ];
  if (!first) return false;
  const line = await redis.lindex(key, expected);
  return line !== null && (JSON.parse(line) as { hash?: string }).hash === first.hash;
}

async function keepResult(redis: Redis, reader: Reader, what: Append, written: Written) {
  const environment =
    what.environment && written.environment.reduce(foldEnvironment, what.environment.before);
  if (environment) reader.keepEnvironment(environment);
  if (!what.rollout) return { rollout: undefined, environment };
  const rollout = fold(what.rollout.before, written.rollout);
  if (rollout) {
    reader.keep(rollout);
    await snapshotIfDue(redis, what.rollout.before?.state.seq ?? 0, rollout.state);
  }
  return { rollout, environment };
}

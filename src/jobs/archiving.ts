import { sha256 } from '../core/json.ts';
import { milliseconds } from '../core/playbook/duration.ts';
import { archiveDue } from '../core/report/archive.ts';
import { type ReportFile, reportFiles } from '../core/report/files.ts';
import { theBot } from '../core/rollout/actor.ts';
import type { Fact, FactData } from '../core/rollout/event.ts';
import type { Connection } from '../core/rollout/plan.ts';
import type { Clock } from '../ports/clock.ts';
import type { Turns } from '../ports/memory.ts';
import type { Rollout, Rollouts } from '../ports/rollouts.ts';
import type { World } from '../ports/world.ts';

export interface ArchivingParts {
  rollouts: Pick<Rollouts, 'find' | 'events' | 'list' | 'record'>;
  turns: Turns;
  clock: Clock;
  world: Pick<World, 'artifacts' | 'drawSvg'>;
  timezone(): string;
  /** Resolves after so many milliseconds; rejects when the signal aborts. */
  pause(time: number, signal: AbortSignal): Promise<unknown>;
  onError(error: unknown): void;
}

/** Stores the report of each rollout that has ended, where its environment keeps artefacts. */
export interface Archiving {
  /** A rollout as it stands now: its report is begun when it is due and not at work. */
  note(rollout: Rollout): void;
  /** Begins nothing new, ends what is at work, and resolves when it has ended. */
  stop(): Promise<void>;
}

/** Several at a time would do no harm: a worker that was killed in its turn is not waited for longer than this. */
const turnTime = milliseconds('5s');
const attemptTime = milliseconds('1m');
/** A store that is away is tried for so long after the end before the journal says that it failed. */
const patience = milliseconds('15m');
const between = milliseconds('15s');
/** What ended before that is left as it is: nobody waits for its report. */
const longAgo = milliseconds('7d');

/**
 * The same files for the same events, stored under the same names: several workers, and ones that stop at any point,
 * do no harm. The journal names what was stored once, and is not asked again.
 */
export function createArchiving(parts: ArchivingParts): Archiving {
  const atWork = new Map<string, Promise<void>>();
  const control = new AbortController();
  return {
    note({ plan, state }) {
      if (control.signal.aborted || atWork.has(state.id) || !archiveDue(plan, state)) return;
      if (sinceEnd({ state }, parts.clock) > longAgo) return;
      const work = carry(parts, state.id, control.signal)
        .catch((error: unknown) => {
          if (!control.signal.aborted) parts.onError(error);
        })
        .finally(() => atWork.delete(state.id));
      atWork.set(state.id, work);
    },
    async stop() {
      control.abort(new Error('the worker stops'));
      await Promise.all(atWork.values());
    },
  };
}

function sinceEnd({ state }: Pick<Rollout, 'state'>, clock: Clock): number {
  return clock.now() - Date.parse(state.endedAt ?? state.plannedAt);
}

/** Tries until the journal says what became of it. */
async function carry(parts: ArchivingParts, id: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    const rollout = await parts.rollouts.find(id);
    const connection = rollout && archiveDue(rollout.plan, rollout.state);
    if (!rollout || !connection) return;
    const turn = await parts.turns.take(`report ${id}`, turnTime);
    if (turn === undefined) {
      await parts.pause(turnTime, signal);
      continue;
    }
    try {
      const fact = await attempt(parts, rollout, connection, signal);
      if (fact) return await settle(parts, id, fact);
    } finally {
      await turn.release();
    }
    await parts.pause(between, signal);
  }
}

async function settle({ rollouts }: ArchivingParts, id: string, fact: Fact): Promise<void> {
  await rollouts.record(id, theBot, ({ plan, state }) => ({ facts: archiveDue(plan, state) ? [fact] : [] }));
}

/** What came of it; undefined when it is to be tried again. */
async function attempt(
  parts: ArchivingParts,
  rollout: Rollout,
  connection: Connection,
  signal: AbortSignal,
): Promise<Fact | undefined> {
  const { id } = rollout.state;
  const events = await parts.rollouts.events(id);
  const earlier = await parts.rollouts.list({ environment: rollout.plan.environment.name, limit: 50 });
  const scope = { timezone: parts.timezone(), earlier };
  const made = await reportFiles(events, parts.world.drawSvg, scope);
  try {
    const files = await store(parts, { id, connection }, made, signal);
    return { type: 'report.archived', data: { files, events: events.length } };
  } catch (error) {
    signal.throwIfAborted();
    parts.onError(error);
    if (sinceEnd(rollout, parts.clock) < patience) return undefined;
    return { type: 'report.failed', data: { why: error instanceof Error ? error.message : String(error) } };
  }
}

/** The rollout is over: nobody holds its lease. */
const afterwards = 0;

async function store(
  { world }: ArchivingParts,
  { id, connection }: { id: string; connection: Connection },
  made: readonly ReportFile[],
  signal: AbortSignal,
): Promise<FactData<'report.archived'>['files']> {
  const archive = world.artifacts(connection, { rollout: id, step: 'report', epoch: afterwards });
  const limit = AbortSignal.any([signal, AbortSignal.timeout(attemptTime)]);
  const files: FactData<'report.archived'>['files'] = [];
  for (const { name, contentType, text } of made) {
    const body = new TextEncoder().encode(text);
    const { uri } = await archive.put(`${id}/final/${name}`, body, contentType, limit);
    files.push({ name, uri, sha256: sha256(text) });
  }
  return files;
}

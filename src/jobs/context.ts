import { canonicalJson, type Json } from '../core/json.ts';
import { secretNames, withSecrets } from '../core/playbook/expression.ts';
import type { Fact } from '../core/rollout/event.ts';
import { pinning } from '../core/rollout/pin.ts';
import type { Plan } from '../core/rollout/plan.ts';
import { stepsOf } from '../core/rollout/steps.ts';
import type { Clock, NewNonce } from '../ports/clock.ts';
import type { LabelledThings } from '../ports/google.ts';
import { LeaseLost, type Tails } from '../ports/journals.ts';
import type { Rollouts } from '../ports/rollouts.ts';
import type { StepContext, StepKind } from '../ports/step.ts';
import type { World } from '../ports/world.ts';
import type { Session } from './session.ts';
import { createTail } from './tail.ts';

export interface ContextParts {
  journals: Tails;
  rollouts: Pick<Rollouts, 'events' | 'list'>;
  world: World;
  clock: Clock;
  /** The policy's time zone, by its IANA name. */
  timezone(): string;
  newNonce: NewNonce;
  /** The value of a named secret; undefined when there is none. */
  secret(name: string): Promise<string | undefined>;
  /** Takes every known secret out of a fact before it is written. */
  redact(fact: Fact): Fact;
}

/** A step's context until a signal aborts: from then on it reaches neither the world nor the journal. */
export type Within = (signal: AbortSignal) => StepContext<unknown>;

/** Milliseconds that a stopped step has to end what would go on by itself; less than it is waited for. */
const longestTakeBack = 4_000;

/** All that a step sees of its rollout and of the world. Throws when the input does not fit or a secret is missing. */
export async function contextFor(
  parts: ContextParts,
  session: Session,
  kind: StepKind,
  id: string,
): Promise<Within> {
  const { plan, state } = session.rollout();
  const placed = stepsOf(plan).get(id);
  const current = state.steps[id];
  if (!placed || !current) throw new Error(`the plan has no step ${id}`);
  const input = kind.input.parse(await revealed(parts, (current.input ?? {}) as Json));
  return (signal) => ({
    input,
    environment: { name: plan.environment.name, connections: plan.environment.connections },
    world: heldWorld(parts.world, session, signal),
    rollout: { ...describe(plan, state.startedBy?.id), id: session.id, digest: state.digest },
    step: { id, name: placed.step.name ?? id, attempt: current.attempts },
    epoch: session.epoch(),
    kept: current.kept,
    answers: current.answers,
    captured: session.rollout().state.steps[id]?.before,
    capturing: 'capture' in placed.step && placed.step.capture === 'before',
    capture: (read) => capture(parts, session, id, signal, read),
    pin: (reference, digest) => pin(session, signal, reference, digest),
    async takeBack(act) {
      if (signal.reason instanceof LeaseLost) return;
      const last = AbortSignal.timeout(longestTakeBack);
      await act(heldWorld(parts.world, session, last), last);
    },
    redact: redactedText(parts, id),
    tail: redactedTail(parts, session.id, id),
    now: () => parts.clock.now(),
    timezone: parts.timezone(),
    newNonce: parts.newNonce,
    journal: () => parts.rollouts.events(session.id),
    earlier: (environment = plan.environment.name) => parts.rollouts.list({ environment, limit: 50 }),
  });
}

function describe(plan: Plan, startedBy: string | undefined) {
  return {
    playbook: plan.playbook.name,
    target: plan.target,
    startedBy: startedBy ?? 'cutover',
    quorum: plan.environment.quorum,
  };
}

async function revealed(parts: ContextParts, input: Json): Promise<Json> {
  const values = new Map<string, string>();
  for (const name of secretNames(input)) {
    const value = await parts.secret(name);
    if (value === undefined)
      throw new Error(`the secret ${name} is not set on this worker; see SECRETS_DIR in .env.example`);
    values.set(name, value);
  }
  return withSecrets(input, (name) => values.get(name) ?? '');
}

/** A text is redacted as facts are. */
function redactedText({ redact }: ContextParts, step: string) {
  return (text: string): string => {
    const fact = redact({ type: 'step.failed', data: { step, summary: text } });
    return fact.type === 'step.failed' ? fact.data.summary : '';
  };
}

/** Output is shown to people as it comes. */
function redactedTail(parts: ContextParts, rollout: string, step: string) {
  const keep = createTail(parts.journals, rollout, step);
  const redact = redactedText(parts, step);
  return (line: string): void => keep(redact(line));
}

/** Nothing reaches the world unless the lease is surely held, and the step is still wanted. */
function heldWorld(world: World, session: Session, signal: AbortSignal): World {
  const whenHeld =
    <A extends unknown[], R>(act: (...given: A) => Promise<R>) =>
    async (...given: A): Promise<R> => {
      await session.held();
      signal.throwIfAborted();
      return act(...given);
    };
  return {
    ...world,
    fetch: whenHeld(world.fetch),
    processes: { run: whenHeld(world.processes.run) },
    files: { ...world.files, rewrite: whenHeld(world.files.rewrite) },
    helm: (connection) => ({ run: whenHeld(world.helm(connection).run) }),
    artifacts: (connection, caller) => {
      const store = world.artifacts(connection, caller);
      return { ...store, put: whenHeld(store.put) };
    },
    kubernetes(connection, caller) {
      const cluster = world.kubernetes(connection, caller);
      const { create, apply, patch, remove } = cluster;
      return {
        ...cluster,
        create: whenHeld(create),
        apply: whenHeld(apply),
        patch: whenHeld(patch),
        remove: whenHeld(remove),
      };
    },
    google: (connection, caller) => {
      const cloud = world.google(connection, caller);
      const { run, balancing, monitoring, logs, metrics } = cloud;
      const held = <Thing>(things: LabelledThings<Thing>): LabelledThings<Thing> => ({
        ...things,
        create: whenHeld(things.create),
        update: whenHeld(things.update),
      });
      return {
        ...cloud,
        run: { ...run, update: whenHeld(run.update) },
        balancing: { ...balancing, attach: whenHeld(balancing.attach) },
        monitoring: {
          uptimeChecks: held(monitoring.uptimeChecks),
          logAlerts: held(monitoring.logAlerts),
          thresholds: held(monitoring.thresholds),
          channels: held(monitoring.channels),
        },
        metrics: { ...metrics, put: whenHeld(metrics.put) },
        logs: { ...logs, change: whenHeld(logs.change) },
      };
    },
    github: (connection, caller) => {
      const { workflows, propose } = world.github(connection, caller);
      const { dispatch, cancel } = workflows;
      return {
        workflows: { ...workflows, dispatch: whenHeld(dispatch), cancel: whenHeld(cancel) },
        propose: whenHeld(propose),
      };
    },
    zones: (connection, caller) => {
      const zones = world.zones(connection, caller);
      return { ...zones, change: whenHeld(zones.change) };
    },
  };
}

const unkeepable =
  'What stands there holds a secret, which the journal may not keep, so it could not be restored from it';

/** The first capture stands for good: a later attempt must not take its own effect for what was there before. */
async function capture(
  parts: ContextParts,
  session: Session,
  step: string,
  signal: AbortSignal,
  read: () => Promise<Json>,
): Promise<Json> {
  const known = session.rollout().state.steps[step]?.before;
  if (known !== undefined) return known;
  const fact: Fact = { type: 'step.captured', data: { step, before: await read() } };
  signal.throwIfAborted();
  if (canonicalJson(parts.redact(fact)) !== canonicalJson(fact)) throw new Error(unkeepable);
  await session.record(({ state }) => ({ facts: state.steps[step]?.before === undefined ? [fact] : [] }));
  return session.rollout().state.steps[step]?.before ?? null;
}

/** The first digest stands for good: a tag that moved later is told from it. */
async function pin(
  session: Session,
  signal: AbortSignal,
  reference: string,
  digest: string,
): Promise<string> {
  signal.throwIfAborted();
  await session.record(({ plan }) => ({ facts: pinning(plan, reference, digest) }));
  return session.rollout().plan.digests?.[reference] ?? digest;
}

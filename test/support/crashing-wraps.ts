import type { Fact } from '../../src/core/rollout/event.ts';
import { statusOf } from '../../src/core/rollout/status.ts';
import type { Alerts } from '../../src/ports/alerts.ts';
import type { ChatPort } from '../../src/ports/chat.ts';
import type { Journals } from '../../src/ports/journals.ts';
import type { Rollout, Rollouts } from '../../src/ports/rollouts.ts';
import type { World } from '../../src/ports/world.ts';
import type { Points } from './crashing-points.ts';

/** Every write of the loop into a journal is a point, and so is every time that it gives a lease back. */
export function journalsWith(points: Points, journals: Journals): Journals {
  return {
    ...journals,
    append(lease, rollout, facts, options) {
      const [first = 'nothing', ...rest] = facts.map((fact) => `append ${nameOf(fact)}`);
      return points.pass([first, ...rest], () => journals.append(lease, rollout, facts, options));
    },
    rest: (lease, rollout, until) =>
      points.pass([`rest ${standing(rollout)}`], () => journals.rest(lease, rollout, until)),
  };
}

function nameOf({ type, data }: Fact): string {
  return 'step' in data ? `${type} ${data.step}` : type;
}

/** What a rollout rests at: the steps that wait, or its status. */
function standing({ plan, state }: Rollout): string {
  const waiting = Object.entries(state.steps).flatMap(([id, { status }]) =>
    status === 'waiting' ? [id] : [],
  );
  return waiting.length > 0 ? waiting.join(', ') : statusOf(plan, state);
}

/** Every command of a person that is recorded is a point. */
export function rolloutsWith(points: Points, rollouts: Rollouts): Rollouts {
  return {
    ...rollouts,
    create: (short, actor, planned, decide) =>
      points.pass(['command start'], () => rollouts.create(short, actor, planned, decide)),
    record: (id, actor, decide, after) =>
      points.pass([`command of ${actor.id}`], () => rollouts.record(id, actor, decide, after)),
  };
}

/** Every fact that the bot records beside the loop is a point: of alerts, silences and reports. */
export function deskWith(points: Points, rollouts: Rollouts): Rollouts {
  return {
    ...rollouts,
    async record(id, actor, decide, after) {
      const before = await rollouts.find(id);
      const environment = before && (await rollouts.environment(before.plan.environment.name));
      const since = after === undefined ? [] : await rollouts.events(id, after);
      const decided = before && environment && decide(before, environment, since);
      const facts = decided && 'facts' in decided ? decided.facts : [];
      const [first, ...rest] = facts.map(({ type }) => `record ${type}`);
      if (first === undefined) return rollouts.record(id, actor, decide, after);
      return points.pass([first, ...rest], () => rollouts.record(id, actor, decide, after));
    },
  };
}

/** Every delivery that is stored is a point, and so is every note that a group was looked at. */
export function alertsWith(points: Points, alerts: Alerts): Alerts {
  return {
    ...alerts,
    accept: (tellings) =>
      points.pass([`alerts ${tellings[0]?.status} stored`], () => alerts.accept(tellings)),
    seen: (id, version) => points.pass(['alerts seen'], () => alerts.seen(id, version)),
  };
}

/** Everything that may change the world is a point: requests, programs, artefacts. */
export function worldWith<W extends World>(points: Points, world: W): W {
  return {
    ...world,
    fetch(input: Parameters<typeof fetch>[0], init: RequestInit = {}) {
      const { method = 'GET' } = init;
      if (method === 'GET' || method === 'HEAD') return world.fetch(input, init);
      const step = new Headers(init.headers).get('cutover-step') ?? silenceOf(input);
      return points.pass([`effect ${method} of ${step}`], () => world.fetch(input, init));
    },
    processes: {
      ...world.processes,
      run: (invocation, signal) =>
        points.pass([`effect run ${invocation.argv.join(' ')}`], () =>
          world.processes.run(invocation, signal),
        ),
    },
    artifacts(connection, caller) {
      const store = world.artifacts(connection, caller);
      return {
        put(key, ...rest) {
          const name = key.split('/').filter((part, place) => place > 0 && !isInstant(part));
          return points.pass([`effect put ${name.join('/')}`], () => store.put(key, ...rest));
        },
      };
    },
  };
}

/** What is not sent by a step is a silence. */
function silenceOf(input: Parameters<typeof fetch>[0]): string {
  return /\/api\/v2\/silences?\b/.exec(String(input))?.[0] ?? '?';
}

function isInstant(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT[\d-]+Z$/.test(text);
}

/** Every post is a point. */
export function chatWith(points: Points, chat: ChatPort): ChatPort {
  return {
    platform: chat.platform,
    update: (message, card) => chat.update(message, card),
    find: (channel, thread, operation) => chat.find(channel, thread, operation),
    probe: (channel) => chat.probe(channel),
    post: (channel, thread, card, operation) =>
      points.pass([thread === undefined ? 'post root' : 'post reply'], () =>
        chat.post(channel, thread, card, operation),
      ),
  };
}

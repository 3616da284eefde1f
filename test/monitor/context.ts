import type { Json } from '../../src/core/json.ts';
import type { Answer } from '../../src/core/rollout/state.ts';
import type { StepContext } from '../../src/ports/step.ts';
import type { PrometheusSource, World } from '../../src/ports/world.ts';

function absent(): never {
  throw new Error('not part of this test');
}

/** A world with the real `fetch` and whatever the test gives; anything else is an error. */
export function worldWith(parts: Partial<World> = {}): World {
  return {
    fetch: globalThis.fetch,
    processes: { run: absent },
    names: { resolve: absent },
    tls: { certificate: absent },
    feeds: { messages: absent },
    artifacts: absent,
    prometheus: absent,
    commandAllowed: absent,
    ...parts,
  };
}

interface Given {
  now: number;
  kept?: Json | undefined;
  answers?: readonly Answer[];
  prometheus?: PrometheusSource | undefined;
}

/** A step's context for one look of a monitor. */
export function contextFor<Input>(
  input: Input,
  { now, kept, answers = [], prometheus }: Given,
): StepContext<Input> {
  return {
    input,
    environment: { name: 'staging', connections: { metrics: { kind: 'prometheus' } } },
    world: worldWith(prometheus === undefined ? {} : { prometheus: () => prometheus }),
    rollout: { id: 'aether-7', playbook: 'p', target: 'green', startedBy: 'alice', digest: 'd', quorum: 1 },
    step: { id: 'soak', name: 'Soak', attempt: 1 },
    epoch: 1,
    kept,
    answers,
    captured: undefined,
    capturing: false,
    capture: absent,
    tail: () => {},
    now: () => now,
    newNonce: absent,
    journal: absent,
  };
}

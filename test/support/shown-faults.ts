import type { Asked, Misbehaving, Treatment } from './faulty-forwarding.ts';
import { isWrite } from './writes.ts';

/** One fault that a service showed, and what became of it. */
export interface Shown {
  fault: string;
  at: string;
  /** What a person was asked; absent: the bot went on by itself. */
  asked?: string;
}

/** What comes at each write, in this order, before it goes through. */
export type Sequence = readonly [fault: string, treatment: Treatment][];

/** Lets each write of a rollout meet the same faults, one after the other, when it comes for the first times; `shown` gets each. */
export function showFaults(
  proxy: Misbehaving,
  nameOf: (asked: Asked) => string,
  sequenceAt: (name: string) => Sequence,
  shown: Shown[] = [],
) {
  const came = new Map<string, number>();
  proxy.judge((asked) => {
    if (!isWrite(asked)) return undefined;
    const at = nameOf(asked);
    const next = sequenceAt(at)[came.get(at) ?? 0];
    if (next === undefined) return undefined;
    const [fault, treatment] = next;
    came.set(at, (came.get(at) ?? 0) + 1);
    shown.push({ fault, at });
    return treatment;
  });
  return { shown };
}

interface Expiry {
  nameOf(asked: Asked): string;
  isAimedAt(name: string): boolean;
  /** What a request that is no write meets when it comes for the first time. */
  otherwise?(asked: Asked): (Shown & { treatment: Treatment }) | undefined;
}

/** A token that runs out at each write: from then on nobody is known to the service, until `renew`. */
export function letTokensExpire(proxy: Misbehaving, { nameOf, isAimedAt, otherwise }: Expiry) {
  const came = new Set<string>();
  const shown: Shown[] = [];
  let expired = false;
  const unknown = { told: { status: 401 } } as const;
  const expiring = (asked: Asked) => ({
    fault: 'the token expires (401)',
    at: nameOf(asked),
    treatment: unknown,
  });
  proxy.judge((asked) => {
    if (expired) return unknown;
    const met = isWrite(asked) ? expiring(asked) : otherwise?.(asked);
    if (met === undefined || came.has(met.at) || !isAimedAt(met.at)) return undefined;
    const { treatment, ...one } = met;
    came.add(met.at);
    shown.push(one);
    expired = isWrite(asked);
    return treatment;
  });
  return {
    shown,
    renew(): void {
      expired = false;
    },
  };
}

/** A line for each fault that a service showed. */
export function drawnFaults(service: string, all: readonly Shown[]): string {
  const lines = all.map(
    ({ fault, at, asked }) =>
      `${fault.padEnd(29)}${at.padEnd(82)}${asked === undefined ? 'went on by itself' : `asked, and retried: ${asked.slice(0, 160)}`}`,
  );
  return ['', `${service.padEnd(29)}${'at'.padEnd(82)}and then`, ...lines, ''].join('\n');
}

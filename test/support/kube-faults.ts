import type { Asked, FaultyProxy, Treatment } from './faulty-proxy.ts';
import { isWrite, nameOf } from './kube-writes.ts';

/** One fault that the API server showed, and what became of it. */
export interface Shown {
  fault: string;
  at: string;
  /** What a person was asked; absent: the bot went on by itself. */
  asked?: string;
}

/** What comes at each write, in this order, before it goes through. */
export type Sequence = readonly [fault: string, treatment: Treatment][];

/** Lets each write of a rollout meet the same faults, one after the other, when it comes for the first times. */
export function showFaults(proxy: FaultyProxy, sequenceAt: (name: string) => Sequence) {
  const came = new Map<string, number>();
  const shown: Shown[] = [];
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

/**
 * A token that runs out at each write: from then on nobody is known to the API server, until `renew`. A watch that
 * begins for the first time is told that its version is too old.
 */
export function letTokensExpire(proxy: FaultyProxy, isAimedAt: (name: string) => boolean) {
  const came = new Set<string>();
  const shown: Shown[] = [];
  let expired = false;
  const unknown = { told: { status: 401 } } as const;
  proxy.judge((asked) => {
    if (expired) return unknown;
    const at = isWrite(asked)
      ? nameOf(asked)
      : asked.path.includes('watch=true')
        ? watched(asked)
        : undefined;
    if (at === undefined || came.has(at) || !isAimedAt(at)) return undefined;
    came.add(at);
    if (!isWrite(asked)) {
      shown.push({ fault: 'a watch ends with 410', at });
      return { told: { status: 200, body: tooOld } };
    }
    shown.push({ fault: 'the token expires (401)', at });
    expired = true;
    return unknown;
  });
  return {
    shown,
    renew(): void {
      expired = false;
    },
  };
}

const status = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' };
const tooOld = { type: 'ERROR', object: status };

function watched({ path }: Asked): string {
  const [address = '', query] = path.split('?');
  const [, namespace = '', resource = ''] = /\/namespaces\/([^/]+)\/([^/]+)$/.exec(address) ?? [];
  const { fieldSelector, labelSelector } = Object.fromEntries(new URLSearchParams(query));
  const what = (fieldSelector ?? labelSelector ?? '').replace(/\baether-\d+(-[a-z-]+)-\d+$/, 'aether-N$1');
  return `watch ${resource} ${namespace} ${what}`;
}

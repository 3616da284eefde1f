import type { Asked, FaultyProxy, Treatment } from './faulty-proxy.ts';
import { isWrite, nameOf } from './kube-writes.ts';
import { until } from './until.ts';

/** One kill: at which write, on which side of it, and how long it took until the API server was asked again. */
export interface Struck {
  name: string;
  when: 'before' | 'after';
  /** Milliseconds. */
  until?: number;
}

/**
 * Kills whoever writes: the first time that a write comes, before the API server sees it, and when it comes again,
 * after the API server took it up and before anybody learns of that. The third time, and ever after, it goes through.
 */
export function strikeAtWrites(
  proxy: FaultyProxy,
  kill: () => Promise<void>,
  isAimedAt: (name: string, asked: Asked) => boolean,
) {
  const came = new Map<string, number>();
  const struck: Struck[] = [];
  let last: { one: Struck; at: number } | undefined;
  let dying = false;

  async function strike(one: Struck): Promise<void> {
    await kill();
    struck.push(one);
    last = { one, at: performance.now() };
    dying = false;
  }

  proxy.judge((asked): Treatment | undefined => {
    if (dying) return { told: 'cut' };
    if (last) last.one.until = performance.now() - last.at;
    last = undefined;
    if (!isWrite(asked)) return undefined;
    const name = nameOf(asked);
    if (!isAimedAt(name, asked)) return undefined;
    const times = came.get(name) ?? 0;
    came.set(name, times + 1);
    if (times > 1) return undefined;
    dying = true;
    const when = times === 0 ? 'before' : 'after';
    return { applied: when === 'after', told: 'cut', meanwhile: () => strike({ name, when }) };
  });
  return {
    struck: () => [...struck],
    /** Resolves when a write whose name begins so was struck. */
    until: (name: string, when: Struck['when']) =>
      until(
        `a kill ${when} ${name}`,
        () => struck.some((one) => one.when === when && one.name.startsWith(name)),
        180,
      ),
  };
}

import type { Asked, Misbehaving, Treatment } from './faulty-forwarding.ts';
import { until } from './until.ts';
import { isWrite } from './writes.ts';

/** One kill: at which write, on which side of it, and how long it took until the service was asked again. */
export interface Struck {
  name: string;
  when: 'before' | 'after';
  /** Milliseconds. */
  until?: number;
}

/**
 * Kills whoever writes: the first time that a write comes, before the service sees it, and when it comes again,
 * after the service took it up and before anybody learns of that. The third time, and ever after, it goes through.
 */
export function strikeAtWrites(
  proxy: Misbehaving,
  kill: () => Promise<void>,
  { nameOf, isAimedAt }: { nameOf(asked: Asked): string; isAimedAt(name: string): boolean },
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
    if (!isAimedAt(name)) return undefined;
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

/** A line for each kill; `taken` says how often a write was taken up in all, where that is known. */
export function drawnStrikes(struck: readonly Struck[], taken: (name: string) => number | undefined): string {
  const lines = struck.map(
    ({ name, when, until }) =>
      `${when.padEnd(7)}${name.padEnd(82)}${`${((until ?? 0) / 1_000).toFixed(1)} s`.padEnd(9)}${taken(name) ?? 'unknown'}`,
  );
  const head = `${'killed'.padEnd(7)}${'at the write'.padEnd(82)}${'resumed'.padEnd(9)}taken up in all`;
  return ['', head, ...lines, ''].join('\n');
}

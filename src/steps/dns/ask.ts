import { shown } from '../../core/step/shown.ts';
import type { RecordSet } from '../../ports/dns-zones.ts';
import type { NameResolver } from '../../ports/world.ts';
import { sameValues } from './records.ts';

/** What a round of questions to name servers found. */
export interface Round {
  /** How many of the servers give the wanted answer for every name. */
  right: number;
  asked: number;
  /** What the others say, in words. */
  others: string;
}

/** The server that an answer comes from is not the one that the name leads to, so a name that is gone is an answer too. */
const gone = new Set(['ENOTFOUND', 'ENODATA']);

async function answerOf(
  names: NameResolver,
  { name, type }: RecordSet,
  server: string,
  signal: AbortSignal,
): Promise<{ values: string[]; ttl?: number } | { problem: string }> {
  try {
    const { values, ...more } = await names.resolve(name, type, server, signal);
    return { ...more, values: values.map((value) => value.toLowerCase().replace(/\.$/, '')) };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Error && 'code' in error && gone.has(String(error.code))) return { values: [] };
    return { problem: shown(error instanceof Error ? error.message : String(error)) };
  }
}

async function wrongAt(
  names: NameResolver,
  wanted: readonly RecordSet[],
  server: string,
  ttlToo: boolean,
  signal: AbortSignal,
): Promise<string | undefined> {
  for (const set of wanted) {
    const answer = await answerOf(names, set, server, signal);
    if ('problem' in answer) return answer.problem;
    if (!sameValues(answer.values, set.values))
      return `${server} still answers ${answer.values.join(', ') || 'nothing'} for ${set.name}`;
    if (ttlToo && set.ttl !== null && answer.ttl !== undefined && answer.ttl !== set.ttl)
      return `${server} still gives ${set.name} a TTL of ${answer.ttl} s`;
  }
  return undefined;
}

/**
 * Asks every server for every set, past all caches of this machine. `ttlToo`: its TTL counts as well, as far as it is
 * known; a resolver's runs down, so it is for authoritative servers alone.
 */
export async function askAll(
  names: NameResolver,
  wanted: readonly RecordSet[],
  servers: readonly string[],
  ttlToo: boolean,
  signal: AbortSignal,
): Promise<Round> {
  const wrong = await Promise.all(servers.map((server) => wrongAt(names, wanted, server, ttlToo, signal)));
  const others = wrong.filter((problem) => problem !== undefined);
  return {
    right: servers.length - others.length,
    asked: servers.length,
    others: shown(others.join('; '), 300),
  };
}

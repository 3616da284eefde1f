import { digestOf } from '../json.ts';
import type { Actor } from './actor.ts';

interface Link {
  seq: number;
  prev: string;
  hash: string;
}

/** What the first event of a journal is chained to. */
export const genesis = '';

/**
 * Puts facts behind the end of a journal: numbered on, and each carrying the SHA-256 of its own canonical JSON,
 * which holds the hash of the one before. Changing, dropping or reordering an event breaks the chain there.
 */
export function chain<F extends { type: string; data: unknown }>(
  end: { seq: number; head: string },
  facts: readonly F[],
  actor: Actor,
  at: string,
) {
  let { seq, head } = end;
  return facts.map(({ type, data }) => {
    seq += 1;
    const body = { v: 1 as const, seq, at, actor, type, data, prev: head };
    head = digestOf(body);
    return { ...body, hash: head };
  });
}

/** Checks a whole journal; `brokenAt` is the number of the first event that does not follow from the one before. */
export function verifyChain(
  events: readonly Link[],
): { ok: true; head: string } | { ok: false; brokenAt: number } {
  let head = genesis;
  for (const [index, event] of events.entries()) {
    const { hash, ...body } = event;
    if (event.seq !== index + 1 || event.prev !== head || digestOf(body) !== hash) {
      return { ok: false, brokenAt: index + 1 };
    }
    head = hash;
  }
  return { ok: true, head };
}

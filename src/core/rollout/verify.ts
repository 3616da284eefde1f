import type { z } from 'zod';
import { verifyChain } from './chain.ts';
import { type RolloutEvent, rolloutEventSchema } from './event.ts';
import { planDigest } from './plan.ts';

export type Verdict = { events: number; head: string } | { fault: string };

/**
 * Checks a stored journal from the lines alone: every event is well formed, the chain holds from the first to the
 * last, and each digest that approvals were bound to is that of the plan beside it.
 */
export function verifyJournal(lines: readonly string[]): Verdict {
  const verdict = verifyLines(lines, rolloutEventSchema);
  if ('fault' in verdict) return verdict;
  const forged = lines.findIndex((line) => !digestHolds(rolloutEventSchema.parse(JSON.parse(line))));
  if (forged >= 0) return { fault: `the plan of event ${forged + 1} is not the one that its digest names` };
  return verdict;
}

/** The same for a journal of any events that carry the envelope. */
export function verifyLines(lines: readonly string[], schema: z.ZodType): Verdict {
  if (lines.length === 0) return { fault: 'there are no events' };
  const stored: unknown[] = [];
  for (const [index, line] of lines.entries()) {
    const event = parse(line, schema);
    if (event === undefined) return { fault: `event ${index + 1} is not well formed` };
    stored.push(event);
  }
  const chain = verifyChain(stored as { seq: number; prev: string; hash: string }[]);
  if (!chain.ok) return { fault: `event ${chain.brokenAt} does not follow from the one before it` };
  return { events: lines.length, head: chain.head };
}

/** One event; undefined for what is none, and for what is not byte for byte as we write it. */
function parse(line: string, schema: z.ZodType): unknown {
  try {
    const value: unknown = JSON.parse(line);
    if (JSON.stringify(value) !== line) return undefined;
    return schema.safeParse(value).success ? value : undefined;
  } catch {
    return undefined;
  }
}

function digestHolds(event: RolloutEvent): boolean {
  if (event.type !== 'rollout.planned' && event.type !== 'plan.revised') return true;
  return planDigest(event.data.plan) === event.data.digest;
}

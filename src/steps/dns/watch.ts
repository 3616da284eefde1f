import { z } from 'zod';
import type { Json } from '../../core/json.ts';
import { formatDuration, milliseconds } from '../../core/playbook/duration.ts';
import { extension, shownInstant } from '../../core/step/deadline.ts';
import { iso } from '../../ports/clock.ts';
import { recordTypes } from '../../ports/dns-zones.ts';
import type { StepContext, StepResult } from '../../ports/step.ts';
import { askAll, type Round } from './ask.ts';
import { type DnsInput, follows } from './input.ts';
import { listedSets } from './records.ts';

/** What a switch keeps from its change until clients have followed. Times in milliseconds since the epoch. */
export const keptSchema = z.strictObject({
  phase: z.enum(['authoritative', 'drain', 'resolvers']),
  wanted: z.array(
    z.strictObject({
      name: z.string(),
      type: z.enum(recordTypes),
      ttl: z.int().nullable(),
      values: z.array(z.string()),
    }),
  ),
  apex: z.string(),
  servers: z.array(z.string()).describe('Empty: the name servers that the zone itself names'),
  since: z.number().describe('The beginning of this phase'),
  next: z.number(),
  saw: z.string(),
  oldTtl: z.number().describe('How long clients may keep the old answer, in milliseconds'),
  verifiedAt: z.number().nullable().describe('When all authoritative servers gave the new answer'),
  agreed: z.number().describe('How many those were'),
});
export type Kept = z.infer<typeof keptSchema>;

type Context = StepContext<DnsInput>;

function waiting(kept: Kept, until: number, what: string): StepResult {
  return { status: 'waiting', waiting: { for: 'time', until: iso(until), what }, state: kept };
}

/** When the drain is over. Putting records back waits only where the playbook asks for it. */
function drainedAt({ input, answers }: Context, { verifiedAt, oldTtl }: Kept): number {
  const asked = input.drain === undefined ? 0 : milliseconds(input.drain);
  const least = input.restore === undefined ? oldTtl : 0;
  return (verifiedAt ?? 0) + Math.max(least, asked) + extension(answers);
}

async function serversOf({ world }: Context, kept: Kept, signal: AbortSignal): Promise<string[]> {
  if (kept.servers.length > 0) return kept.servers;
  return (await world.names.resolve(kept.apex, 'NS', undefined, signal)).values;
}

/** A round that can't be asked, because the name servers aren't known, is one that found nothing. */
async function authorities(context: Context, kept: Kept, signal: AbortSignal): Promise<Round> {
  try {
    const servers = await serversOf(context, kept, signal);
    return await askAll(context.world.names, kept.wanted, servers, true, signal);
  } catch (error) {
    signal.throwIfAborted();
    const others = `the name servers of ${kept.apex} are not known: ${error instanceof Error ? error.message : String(error)}`;
    return { right: 0, asked: 0, others };
  }
}

function notYet(context: Context, kept: Kept, who: string, { right, asked, others }: Round): StepResult {
  const { input, now, answers } = context;
  const saw = `${right} of ${asked} ${who} give the new answer; ${others}`;
  if (now() >= kept.since + milliseconds(input.within) + extension(answers)) {
    const summary = `After ${formatDuration(now() - kept.since)} ${saw}`;
    const detail = `The records are changed: ${listedSets(kept.wanted)}. A retry looks again and changes nothing twice.`;
    return { status: 'failed', summary, detail, retryable: true };
  }
  const next = now() + milliseconds(input.interval);
  return waiting({ ...kept, next, saw }, next, saw);
}

function outputOf({ wanted, oldTtl, verifiedAt }: Kept): Json {
  return { records: wanted, oldTtlSeconds: oldTtl / 1_000, answeredSince: iso(verifiedAt ?? 0) };
}

function done(context: Context, kept: Kept, resolvers: number): StepResult {
  const { verifiedAt, agreed, oldTtl } = kept;
  const expired = (verifiedAt ?? 0) + oldTtl;
  const cached =
    context.now() < expired
      ? [`clients may still use the answer before until ${shownInstant(expired)}: keep that side up`]
      : [];
  const asked = resolvers > 0 ? [`${resolvers} of ${resolvers} resolvers agree`] : [];
  const parts = [listedSets(kept.wanted), `${agreed} of ${agreed} name servers agree`, ...asked, ...cached];
  return { status: 'succeeded', summary: parts.join(' · '), output: outputOf(kept) };
}

async function afterDrain(context: Context, kept: Kept, signal: AbortSignal): Promise<StepResult> {
  const { resolvers = [] } = context.input;
  const round = await askAll(context.world.names, kept.wanted, resolvers, false, signal);
  if (round.right < round.asked) return notYet(context, kept, 'resolvers', round);
  return done(context, kept, round.asked);
}

async function drain(context: Context, kept: Kept, signal: AbortSignal): Promise<StepResult> {
  const until = drainedAt(context, kept);
  if (context.now() >= until)
    return afterDrain(context, { ...kept, phase: 'resolvers', since: context.now() }, signal);
  const left = shownInstant(until);
  const what = `Name servers give the new answer; clients may still use the old one until ${left}: keep the old side up`;
  return waiting({ ...kept, next: until, saw: what }, until, what);
}

/** Milliseconds for the one look of a step that doesn't wait. */
const glance = 3_000;

async function glanceAt(context: Context, kept: Kept, signal: AbortSignal): Promise<Round> {
  const limit = AbortSignal.timeout(glance);
  try {
    return await authorities(context, kept, AbortSignal.any([signal, limit]));
  } catch {
    signal.throwIfAborted();
    return { right: 0, asked: 0, others: 'the name servers did not answer in time' };
  }
}

/** The records are changed, and what is still to come is told instead of waited for. */
async function told(context: Context, kept: Kept, signal: AbortSignal): Promise<StepResult> {
  const { right, asked } = await glanceAt(context, kept, signal);
  if (asked > 0 && right === asked)
    return done(context, { ...kept, verifiedAt: context.now(), agreed: asked }, 0);
  const so =
    asked === 0 ? 'name servers could not be asked' : `${right} of ${asked} name servers agree so far`;
  const after = `clients may use the answer before until ${formatDuration(kept.oldTtl)} after the last one does: keep that side up`;
  const summary = [listedSets(kept.wanted), 'changed at the DNS service', so, after].join(' · ');
  return {
    status: 'succeeded',
    summary,
    output: { records: kept.wanted, oldTtlSeconds: kept.oldTtl / 1_000 },
  };
}

/**
 * One look at how far a changed record has come: first the authoritative servers, then at least the old TTL, then
 * the resolvers. Reads only; between two looks nothing runs.
 */
export async function watch(context: Context, kept: Kept, signal: AbortSignal): Promise<StepResult> {
  const { now } = context;
  if (!follows(context.input)) return told(context, kept, signal);
  if (kept.phase === 'drain') return drain(context, kept, signal);
  if (now() < kept.next) return waiting(kept, kept.next, kept.saw);
  if (kept.phase === 'resolvers') return afterDrain(context, kept, signal);
  const round = await authorities(context, kept, signal);
  if (round.asked === 0 || round.right < round.asked)
    return notYet(context, kept, 'authoritative name servers', round);
  const verified: Kept = { ...kept, phase: 'drain', verifiedAt: now(), agreed: round.asked };
  return drain(context, verified, signal);
}

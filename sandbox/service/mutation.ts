import { z } from 'zod';
import { type LedgerEntry, openLedger } from '../ledger.ts';
import { fence } from './fence.ts';
import type { Answer, Call, Handler } from './http.ts';
import { type Origin, originOf } from './origin.ts';

type Handle<Body> = (body: Body, call: Call) => Answer | Promise<Answer>;

/** Makes the handler of a mutating call: body checked, stale epochs refused, call and effect recorded before the answer. */
export type Mutate = <Body>(body: z.ZodType<Body>, handle: Handle<Body>) => Handler;

/** What guards and records the calls of one service. */
export interface Guard {
  mutate: Mutate;
  /** Remembers a call's epoch, a read's too: from then on an older worker changes nothing here. */
  notice(call: Call): void;
}

export function guard(service: string, files: { state: string; ledger: string }): Guard {
  const gate = fence(`${files.state}.fence`);
  const ledger = openLedger(files.ledger);
  const mutate: Mutate = (body, handle) => async (call) => {
    const read = originOf(call.headers);
    if ('fault' in read) return { status: 400, body: { error: read.fault } };
    const admitted = gate.admits(read.origin);
    const answer = admitted ? await checked(body, handle)(call) : staleEpoch(read.origin);
    const entry = entryOf(service, call, read.origin, answer);
    ledger.append(answer.changed ? [{ ...entry, kind: 'effect' }, entry] : [entry]);
    return answer;
  };
  return {
    mutate,
    notice({ headers }) {
      const read = originOf(headers);
      if ('origin' in read) gate.admits(read.origin);
    },
  };
}

/** A handler that gets a body of the right shape; any other is answered with 400. */
export function checked<Body>(schema: z.ZodType<Body>, handle: Handle<Body>): Handler {
  return (call) => {
    const parsed = schema.safeParse(call.body);
    if (parsed.success) return handle(parsed.data, call);
    return { status: 400, body: { error: z.prettifyError(parsed.error) } };
  };
}

function staleEpoch({ rollout, epoch }: Origin): Answer {
  const detail = `epoch ${epoch} of ${rollout}: a newer worker has taken over`;
  return { status: 409, body: { error: 'stale epoch', detail } };
}

function entryOf(service: string, call: Call, origin: Origin, answer: Answer): LedgerEntry {
  return {
    at: new Date().toISOString(),
    service,
    kind: 'call',
    method: call.method,
    path: call.path,
    body: call.body ?? null,
    ...origin,
    status: answer.status,
  };
}

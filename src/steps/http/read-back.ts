import { canonicalJson, type Json } from '../../core/json.ts';
import { holds, valueBy } from '../../core/step/condition.ts';
import { shown, shownUrl } from '../../core/step/shown.ts';
import type { Observation, StepContext } from '../../ports/step.ts';
import { type Exchange, exchange, NoAnswer } from './exchange.ts';
import { scopeOf } from './expectation.ts';
import { identity, isSafe, lowerCased, type RequestInput } from './mutation.ts';

/** Reads may take this long, so that a server that hangs doesn't hold up a rollback. */
export const readTimeout = 10_000;

/** What stands there now; `undefined` when the playbook names no place to read it. Throws `NoAnswer`. */
export async function readState(
  context: StepContext<RequestInput>,
  signal: AbortSignal,
): Promise<Exchange | undefined> {
  const { input, world } = context;
  if (input.read === undefined) return undefined;
  const headers = { ...lowerCased(input.headers), ...identity(context) };
  const request = { method: 'GET', url: input.read.url, headers, timeout: readTimeout };
  return exchange(world.fetch, { ...request, redirect: 'follow' }, signal);
}

/** The part of an answer that the request changes. Throws when `pick` can't be computed. */
export function picked(input: RequestInput, answer: Exchange): Json {
  const pick = input.read?.pick;
  return pick === undefined ? answer.body : valueBy(pick, scopeOf(answer));
}

/** Whether the request's effect is there, as far as the world tells. */
export async function observeEffect(
  context: StepContext<RequestInput>,
  signal: AbortSignal,
): Promise<Observation> {
  const { input } = context;
  if (isSafe(input.method)) return { effect: 'absent' };
  const sent = `${input.method} ${shownUrl(input.url)} was about to be sent or had been sent`;
  if (input.read === undefined)
    return { effect: 'unknown', known: [sent, 'The step names nothing to read back (`read`)'] };
  try {
    const answer = await readState(context, signal);
    return answer === undefined ? { effect: 'unknown', known: [sent] } : judged(context, answer, sent);
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    return { effect: 'unknown', known: [sent, `It could not be read back: ${error.message}`] };
  }
}

function judged(context: StepContext<RequestInput>, answer: Exchange, sent: string): Observation {
  const { input } = context;
  const where = shownUrl(input.read?.url ?? input.url);
  const found = answer.status >= 200 && answer.status <= 299;
  if (!found && answer.status !== 404) {
    return { effect: 'unknown', known: [sent, `GET ${where} answered ${answer.status}`] };
  }
  try {
    if (!isPresent(context, answer, found)) return { effect: 'absent' };
    return {
      effect: 'present',
      summary: input.summary ?? `${input.method} ${shownUrl(input.url)}: read back from ${where}`,
    };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { effect: 'unknown', known: [sent, `GET ${where} answered ${answer.status}: ${shown(why)}`] };
  }
}

function isPresent(context: StepContext<RequestInput>, answer: Exchange, found: boolean): boolean {
  const { input, captured } = context;
  const present = input.read?.present;
  const request = input.json ?? input.body;
  if (present !== undefined) {
    return holds(present, { ...scopeOf(answer), request: request ?? null, before: captured ?? null });
  }
  if (input.method === 'DELETE') return !found;
  if (!found) return false;
  if (request === undefined) throw new Error('the request has no body to compare with; give `read.present`');
  return canonicalJson(picked(input, answer)) === canonicalJson(request);
}

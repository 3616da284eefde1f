import { canonicalJson, type Json } from '../core/json.ts';
import { shown, shownUrl, shownValue } from '../core/step/shown.ts';
import type { PlanContext, PlanLine, StepContext, StepKind, StepResult } from '../ports/step.ts';
import { type Exchange, exchange, NoAnswer } from './http/exchange.ts';
import {
  bodyOf,
  isSafe,
  lowerCased,
  mutationHeaders,
  type RequestInput,
  requestSchema,
} from './http/mutation.ts';
import { outcomeOf, withoutAnswer } from './http/outcome.ts';
import { observeEffect, picked, readState } from './http/read-back.ts';

const planTimeout = 3_000;
const unresolved = /\$\{\{/;

type Before = { value: Json } | { unread: string };

/** What stands there before, for the plan card: read with GET when the address is known already. */
async function before({ input, world }: PlanContext<RequestInput>): Promise<Before> {
  const url = input.read?.url;
  if (url === undefined || unresolved.test(url)) return { unread: 'not read' };
  const known = Object.entries(lowerCased(input.headers)).filter(([, value]) => !unresolved.test(value));
  const request = { method: 'GET', url, headers: Object.fromEntries(known), redirect: 'follow' } as const;
  try {
    const answer = await exchange(world.fetch, request, AbortSignal.timeout(planTimeout));
    if (answer.status < 200 || answer.status > 299)
      return { unread: `not readable (status ${answer.status})` };
    return part(input, answer);
  } catch (error) {
    return { unread: `not readable (${shown(reason(error))})` };
  }
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function plan(context: PlanContext<RequestInput>): Promise<PlanLine> {
  const { input } = context;
  const summary = `${input.method} ${shownUrl(input.url)}`;
  if (isSafe(input.method)) return { summary, diff: [] };
  const was = await before(context);
  const after = input.json ?? input.body;
  if ('value' in was && after !== undefined && canonicalJson(was.value) === canonicalJson(after)) {
    return { summary: `${summary} (it is so already)`, diff: [] };
  }
  const then = input.method === 'DELETE' ? 'gone' : shownValue(after ?? 'as the server decides');
  const first = 'value' in was ? shownValue(was.value) : was.unread;
  return { summary, diff: [{ what: shownUrl(input.url), before: first, after: then }] };
}

type Captured = { etag: string | undefined } | { failed: StepResult };

function notCaptured(why: string, retryable: boolean): Captured {
  const summary = `Nothing was changed: ${why}`;
  return { failed: { status: 'failed', summary, retryable } };
}

function part(input: RequestInput, answer: Exchange): Before {
  try {
    return { value: picked(input, answer) };
  } catch (error) {
    return { unread: `\`read.pick\` can't be computed (${shown(reason(error))})` };
  }
}

/** A weak ETag is no precondition: If-Match never holds for one (RFC 9110, 13.1.1). */
function strong(etag: string | undefined): string | undefined {
  return etag?.startsWith('W/') ? undefined : etag;
}

/** Keeps what stands there before the first change, and gives the ETag of what stands there now. */
async function captureBefore(context: StepContext<RequestInput>, signal: AbortSignal): Promise<Captured> {
  if (!context.capturing) return { etag: undefined };
  const answer = await readState(context, signal).catch((error: unknown) => {
    if (error instanceof NoAnswer) return error;
    throw error;
  });
  if (answer === undefined) return notCaptured('`capture: before` needs `read.url`', false);
  if (answer instanceof NoAnswer)
    return notCaptured(`what stands there can't be read (${answer.message})`, true);
  if (answer.status < 200 || answer.status > 299) {
    return notCaptured(`reading what stands there was answered with ${answer.status}`, true);
  }
  const value = part(context.input, answer);
  if ('unread' in value) return notCaptured(value.unread, false);
  await context.capture(async () => value.value);
  return { etag: strong(answer.headers.etag) };
}

async function run(context: StepContext<RequestInput>, signal: AbortSignal): Promise<StepResult> {
  signal.throwIfAborted();
  const { input, world } = context;
  const captured = isSafe(input.method) ? { etag: undefined } : await captureBefore(context, signal);
  if ('failed' in captured) return captured.failed;
  const headers = isSafe(input.method) ? lowerCased(input.headers) : mutationHeaders(context, captured.etag);
  const request = { method: input.method, url: input.url, headers, body: bodyOf(input) };
  try {
    const answer = await exchange(world.fetch, request, signal);
    return await outcomeOf(context, answer, signal);
  } catch (error) {
    if (error instanceof NoAnswer) return withoutAnswer(input, error);
    throw error;
  }
}

/** One HTTP request. It is sent once in an attempt, and read back after a crash where the playbook says how. */
export const httpRequest: StepKind<RequestInput> = {
  uses: 'http.request',
  describe: 'Sends one HTTP request that may change something, with the rollout’s identity and epoch.',
  input: requestSchema,
  effect: 'once',
  timeout: 60_000,
  plan,
  observe: observeEffect,
  run,
};

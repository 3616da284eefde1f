import type { Card } from '../../../core/card/card.ts';
import type { RolloutEvent } from '../../../core/rollout/event.ts';
import type { RolloutView } from '../../../core/rollout/view.ts';
import type { ConsoleContext } from '../context.ts';
import type { ConsoleMessage } from '../message.ts';
import type { RolloutDetail } from '../rollout-detail.ts';

/** What the server said of a request that it did not serve. */
export interface Problem {
  reason: string;
  what: string;
  why: string;
  next: string;
}

export type Answer<T> = { ok: true; value: T } | { ok: false; status: number; problem: Problem };

const silence: Problem = {
  reason: 'unreachable',
  what: 'The bot did not answer.',
  why: 'It is not running, or the network between you and it is down.',
  next: 'The page tries again by itself; what you typed is kept.',
};

async function ask<T>(path: string, init: RequestInit = {}): Promise<Answer<T>> {
  try {
    const response = await fetch(path, { credentials: 'same-origin', ...init });
    const text = await response.text();
    const body: unknown = text === '' ? null : JSON.parse(text);
    if (response.ok) return { ok: true, value: body as T };
    return { ok: false, status: response.status, problem: (body as { error: Problem }).error };
  } catch {
    return { ok: false, status: 0, problem: silence };
  }
}

function send<T>(path: string, body: object): Promise<Answer<T>> {
  return ask(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

const part = encodeURIComponent;

export const getContext = () => ask<ConsoleContext>('/console/context');
export const getActive = () => ask<RolloutView[]>('/api/rollouts?active=true&limit=100');
export const getMessages = (channel: string) =>
  ask<ConsoleMessage[]>(`/console/channels/${part(channel)}/messages`);
export const getMessage = (channel: string, id: string) =>
  ask<ConsoleMessage>(`/console/channels/${part(channel)}/messages/${part(id)}`);
export const getDetail = (id: string) => ask<RolloutDetail>(`/console/rollouts/${part(id)}`);
export const getJournal = (id: string, after: number) =>
  ask<RolloutEvent[]>(`/api/rollouts/${part(id)}/journal?after=${after}`);
export const getVerification = (id: string) =>
  ask<{ ok: boolean; events: number; brokenAt?: number }>(`/api/rollouts/${part(id)}/journal/verification`);

export const signIn = (token: string) => send<object>('/session', { token });
export const signOut = () => ask<null>('/session', { method: 'DELETE' });
export const sendFault = (fault: string) => send<{ said: string }>('/console/faults', { fault });
export const sendCommand = (command: { channel: string; text: string; actAs?: string; drawnAt?: number }) =>
  send<{ ok: boolean; card: Card }>('/console/commands', command);

/** A problem as a card, so that it reads like any other answer. */
export function problemCard({ what, why, next }: Problem): Card {
  return { tone: 'bad', title: [what], lines: [[why], [next]], actions: [], links: [] };
}

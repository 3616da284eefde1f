import type { ConsoleMessage } from '../message.ts';
import { type Answer, getActive, getContext, getMessage, getMessages } from './backend.ts';
import { coalesced } from './coalesced.ts';
import type { Store } from './store.ts';
import { follow } from './stream.ts';

function takeMessages(store: Store, channel: string, incoming: readonly ConsoleMessage[]): void {
  store.set(({ messages }) => {
    const before = messages[channel] ?? {};
    const known = Object.fromEntries(incoming.map((message) => [message.id, message]));
    return { messages: { ...messages, [channel]: { ...before, ...known } } };
  });
}

/** Whether an answer can be used; a lost session brings the sign-in back. */
export function accepted<T>(store: Store, answer: Answer<T>): answer is Extract<Answer<T>, { ok: true }> {
  if (!answer.ok && answer.status === 401) store.set({ phase: 'signed-out' });
  return answer.ok;
}

async function loadActive(store: Store): Promise<void> {
  const answer = await getActive();
  if (!accepted(store, answer)) return;
  store.set(({ seqs }) => ({
    active: answer.value,
    seqs: { ...seqs, ...Object.fromEntries(answer.value.map(({ id, journal }) => [id, journal.length])) },
  }));
}

async function loadChannel(store: Store, channel: string): Promise<void> {
  const answer = await getMessages(channel);
  if (accepted(store, answer)) takeMessages(store, channel, answer.value);
}

async function loadEverything(store: Store): Promise<void> {
  await loadActive(store);
  const channels = store.get().context?.channels ?? [];
  await Promise.all(channels.map(({ id }) => loadChannel(store, id)));
}

async function loadMessage(store: Store, channel: string, id: string): Promise<void> {
  const answer = await getMessage(channel, id);
  if (accepted(store, answer)) takeMessages(store, channel, [answer.value]);
}

function followChanges(store: Store): void {
  const everything = coalesced(() => loadEverything(store));
  const active = coalesced(() => loadActive(store));
  const messages = new Map<string, () => void>();
  follow({
    open() {
      store.set({ connection: 'live', troubles: {} });
      everything();
    },
    lost() {
      store.set({ connection: 'lost' });
      void getContext().then((answer) => accepted(store, answer));
    },
    rollout({ id, seq }) {
      store.set(({ seqs }) => ({ seqs: { ...seqs, [id]: seq } }));
      active();
    },
    trouble({ about, since }) {
      store.set(({ troubles: { [about]: _, ...others } }) => ({
        troubles: since === undefined ? others : { ...others, [about]: since },
      }));
      if (since === undefined) everything();
    },
    message({ channel, id }) {
      if (channel === '*') return everything();
      const key = `${channel}/${id}`;
      const load = messages.get(key) ?? coalesced(() => loadMessage(store, channel, id));
      messages.set(key, load);
      load();
    },
  });
}

let following = false;

/** Reads who the viewer is and what there is, then follows changes. Called again after a sign-in. */
export async function begin(store: Store): Promise<void> {
  const answer = await getContext();
  if (!accepted(store, answer)) {
    if (answer.ok === false && answer.status === 403)
      store.set({ phase: 'closed', closedBecause: answer.problem.why });
    if (answer.ok === false && answer.status === 0) setTimeout(() => void begin(store), 2_000);
    return;
  }
  const context = answer.value;
  const first = context.people[0]?.id ?? '';
  store.set(({ actAs }) => ({
    phase: 'ready',
    context,
    actAs: context.people.some(({ id }) => id === actAs) ? actAs : first,
  }));
  if (following) return loadEverything(store);
  following = true;
  followChanges(store);
}

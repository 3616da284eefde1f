import { useEffect, useState } from 'preact/hooks';
import type { Action, Card } from '../../../core/card/card.ts';
import type { RolloutView } from '../../../core/rollout/view.ts';
import type { ConsoleContext } from '../context.ts';
import type { ConsoleMessage } from '../message.ts';

/** An answer that only this person sees. `card` is absent until it came. */
export interface Whisper {
  key: number;
  channel: string;
  at: string;
  /** Who asked, as far as the page knows. */
  by: string;
  said: string;
  ok?: boolean;
  card?: Card;
}

/** A press that has to be confirmed, or needs a word more. */
export interface Asking {
  /** Unlike that of any other press. */
  key: number;
  action: Action;
  channel: string;
  drawnAt?: number;
}

/** What the bot warns of. */
export type Trouble = 'journal' | 'sandbox';

export interface State {
  phase: 'loading' | 'signed-out' | 'closed' | 'ready';
  /** Why the page can't be shown, for `closed`. */
  closedBecause: string;
  connection: 'connecting' | 'live' | 'lost';
  /** What is wrong with the bot, and since when (ISO 8601). */
  troubles: Readonly<Partial<Record<Trouble, string>>>;
  context: ConsoleContext | undefined;
  /** Each channel's messages by id. */
  messages: Readonly<Record<string, Readonly<Record<string, ConsoleMessage>>>>;
  /** The newest length known of each rollout's journal. */
  seqs: Readonly<Record<string, number>>;
  active: readonly RolloutView[];
  whispers: readonly Whisper[];
  asking: Asking | undefined;
  actAs: string;
  draft: string;
  path: string;
  hash: string;
  now: number;
}

export interface Store {
  get(): State;
  set(change: Partial<State> | ((state: State) => Partial<State>)): void;
  subscribe(listener: () => void): () => void;
}

export function createStore(initial: State): Store {
  let state = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => state,
    set(change) {
      state = { ...state, ...(typeof change === 'function' ? change(state) : change) };
      for (const listener of [...listeners]) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** What `select` picks of the state; the component is drawn again when that changes. */
export function useStore<T>(store: Store, select: (state: State) => T): T {
  const [picked, setPicked] = useState(() => ({ value: select(store.get()) }));
  useEffect(() => {
    const look = () =>
      setPicked((before) => {
        const value = select(store.get());
        return Object.is(before.value, value) ? before : { value };
      });
    look();
    return store.subscribe(look);
  }, [store]);
  return picked.value;
}

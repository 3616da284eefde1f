import type { State, Store } from './store.ts';

const key = 'cutover-act-as';

/** The person whom cards call by name when they mean this viewer. */
export function myId({ context, actAs }: State): string {
  return context?.viewer.kind === 'person' ? context.viewer.person.id : actAs;
}

/** Whom this tab acted as last, in the sandbox. */
export function rememberedActAs(): string {
  try {
    return sessionStorage.getItem(key) ?? '';
  } catch {
    return '';
  }
}

export function chooseActAs(store: Store, id: string): void {
  store.set({ actAs: id });
  try {
    sessionStorage.setItem(key, id);
  } catch {
    // Chosen again after a reload; nothing else depends on it.
  }
}

import { problemCard, sendCommand } from './backend.ts';
import { accepted } from './session.ts';
import type { Asking, Store, Whisper } from './store.ts';

let keys = 0;

/** Answers kept on the page; older ones go. */
const whispersKept = 20;

function whisper(store: Store, made: Whisper): void {
  store.set(({ whispers }) => ({
    whispers: [...whispers.filter(({ key }) => key !== made.key), made].slice(-whispersKept),
  }));
}

export function dismiss(store: Store, key: number): void {
  store.set(({ whispers }) => ({ whispers: whispers.filter((each) => each.key !== key) }));
}

/** Who a command sent now comes from, in words. */
export function actingName(store: Store): string {
  const { context, actAs } = store.get();
  if (context?.viewer.kind === 'person') return context.viewer.person.name;
  return context?.people.find(({ id }) => id === actAs)?.name ?? 'you';
}

/** Sends a command and shows its answer to this person alone. Resolves once the answer is there. */
export async function command(store: Store, channel: string, text: string, drawnAt?: number): Promise<void> {
  keys += 1;
  const { context, actAs } = store.get();
  const asked: Whisper = {
    key: keys,
    channel,
    at: new Date().toISOString(),
    by: actingName(store),
    said: `/rollout ${text.replace(/ nonce=\S+/, '')}`,
  };
  whisper(store, asked);
  const answer = await sendCommand({
    channel,
    text,
    ...(context?.viewer.kind === 'anyone' && actAs !== '' ? { actAs } : {}),
    ...(drawnAt === undefined ? {} : { drawnAt }),
  });
  const reply = accepted(store, answer)
    ? answer.value
    : { ok: false, card: problemCard(answer.ok ? unreachable : answer.problem) };
  whisper(store, { ...asked, ok: reply.ok, card: reply.card });
}

const unreachable = { reason: 'unreachable', what: 'Nothing was done.', why: '', next: '' };

/** A button's press: asks first where the action wants a confirmation or a word, else acts at once. */
export async function press(store: Store, pressed: Omit<Asking, 'key'>): Promise<void> {
  const { action, channel, drawnAt } = pressed;
  keys += 1;
  if (action.confirm !== undefined || action.ask !== undefined)
    store.set({ asking: { ...pressed, key: keys } });
  else await command(store, channel, action.command, drawnAt);
}

import { useState } from 'preact/hooks';
import type { ConsoleMessage } from '../message.ts';
import { CardView, toneWords } from './card.ts';
import { html } from './html.ts';
import { useSteadyHeight } from './steady.ts';
import type { Store } from './store.ts';
import { Ago } from './time.ts';

/** A root with its replies. */
export interface Thread {
  root: ConsoleMessage;
  replies: readonly ConsoleMessage[];
}

const order = ({ id }: ConsoleMessage) => Number(id.slice(1));
const inOrder = (messages: readonly ConsoleMessage[]) => messages.toSorted((a, b) => order(a) - order(b));

/** A channel's messages as threads, oldest first. */
export function threadsOf(messages: Readonly<Record<string, ConsoleMessage>>): Thread[] {
  const all = inOrder(Object.values(messages));
  return all
    .filter(({ thread }) => thread === undefined)
    .map((root) => ({ root, replies: all.filter(({ thread }) => thread === root.id) }));
}

/** How many of the newest replies show while the others are folded. */
const shown = { live: 4, over: 1 };

interface ThreadProps {
  store: Store;
  thread: Thread;
  now: number;
  me: string;
}

export function ThreadView({ thread, ...rest }: ThreadProps) {
  const { root, replies } = thread;
  const live = root.card.actions.length > 0;
  const [open, setOpen] = useState(false);
  const fold = live ? shown.live : shown.over;
  const hidden = open || replies.length <= fold + 1 ? 0 : replies.length - fold;
  return html`<li class="thread">
    <${Message} message=${root} ...${rest} />
    ${
      replies.length > 0 &&
      html`<div class="replies">
        ${hidden > 0 && html`<${Unfold} count=${hidden} unfold=${() => setOpen(true)} />`}
        ${replies.slice(hidden).map((reply) => html`<${Message} key=${reply.id} message=${reply} ...${rest} />`)}
      </div>`
    }
  </li>`;
}

function Unfold({ count, unfold }: { count: number; unfold(): void }) {
  const words = count === 1 ? 'Show 1 earlier reply' : `Show ${count} earlier replies`;
  return html`<button type="button" class="link" onClick=${unfold}>${words}</button>`;
}

interface MessageProps extends Omit<ThreadProps, 'thread'> {
  message: ConsoleMessage;
}

function Message({ message, store, now, me }: MessageProps) {
  const { id, channel, card, at, edits, editedAt, thread } = message;
  const live = thread === undefined && card.actions.length > 0;
  const box = useSteadyHeight(live);
  const chartUrl = `/console/channels/${encodeURIComponent(channel)}/messages/${id}/chart.svg?edit=${edits}`;
  const label = `${thread === undefined ? 'Rollout' : 'Reply'}, ${toneWords[card.tone] || 'message'}`;
  const after = html`<p class="when">
    <${Ago} at=${at} now=${now} />${editedAt && html` · edited <${Ago} at=${editedAt} now=${now} />`}
  </p>`;
  const place = thread === undefined ? 'root' : 'reply';
  return html`<article ref=${box} class="message ${place}" aria-label=${label}>
    <${CardView} ...${{ store, card, channel, now, me, chartUrl, after }} />
  </article>`;
}

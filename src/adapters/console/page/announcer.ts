import { useEffect, useRef, useState } from 'preact/hooks';
import { toneWords } from './card.ts';
import { html } from './html.ts';
import { plain } from './spans.ts';
import { type Store, useStore } from './store.ts';

/**
 * Says new messages, and cards whose tone changed, to readers who don't see the page; politely, and never the
 * small edits of a running card. What stood there when the page opened is not said.
 */
export function Announcer({ store, channel }: { store: Store; channel: string }) {
  const messages = useStore(store, (state) => state.messages[channel]);
  const known = useRef<ReadonlyMap<string, string> | undefined>(undefined);
  const [said, setSaid] = useState('');
  useEffect(() => {
    if (messages === undefined) return;
    const before = known.current;
    const all = Object.values(messages);
    known.current = new Map(all.map(({ id, card }) => [id, card.tone]));
    const news = before && all.filter(({ id, card }) => before.get(id) !== card.tone).at(-1);
    if (news) setSaid(`${toneWords[news.card.tone]}: ${plain(news.card.title)}`);
  }, [messages]);
  return html`<p class="hidden" aria-live="polite">${said}</p>`;
}

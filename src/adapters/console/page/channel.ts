import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Composer } from './composer.ts';
import { html } from './html.ts';
import { myId } from './identity.ts';
import { type Store, useStore } from './store.ts';
import { type Thread, ThreadView, threadsOf } from './thread.ts';
import { Welcome } from './welcome.ts';
import { WhisperView } from './whispers.ts';

const none = {};
/** Pixels from the end within which a reader counts as being at the end. */
const near = 80;

/** A room: its threads, the answers that only this person sees, and the line to type in. */
export function ChannelPage({ store, channel }: { store: Store; channel: string }) {
  const messages = useStore(store, (state) => state.messages[channel] ?? none);
  const loaded = useStore(store, (state) => state.messages[channel] !== undefined);
  const whispers = useStore(store, (state) => state.whispers);
  const now = useStore(store, (state) => state.now);
  const me = useStore(store, myId);
  const threads = threadsOf(messages);
  const mine = whispers.filter((whisper) => whisper.channel === channel);
  const end = useEndFollower(Object.keys(messages).length, channel);
  return html`<section class="channel" aria-label=${`Channel ${channel}`}>
    <div class="feed" ref=${end.feed} onScroll=${end.onScroll} tabindex="0" aria-label="Messages" role="region">
      ${loaded && threads.length === 0 && html`<${Welcome} store=${store} />`}
      <ol class="threads">
        ${threads.map((thread: Thread) => html`<${ThreadView} key=${thread.root.id} ...${{ store, thread, now, me }} />`)}
        ${mine.map((whisper) => html`<${WhisperView} key=${whisper.key} ...${{ store, whisper, now, me }} />`)}
      </ol>
    </div>
    ${end.missed && html`<button type="button" class="button newer" onClick=${end.go}>New messages ↓</button>`}
    <${Composer} store=${store} channel=${channel} />
  </section>`;
}

/** Keeps a reader who is at the end there, and leaves one who reads further up alone. */
function useEndFollower(count: number, channel: string) {
  const feed = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const seen = useRef(count);
  const [missed, setMissed] = useState(false);
  const go = () => feed.current?.scrollTo({ top: feed.current.scrollHeight });
  useLayoutEffect(() => {
    atEnd.current = true;
  }, [channel]);
  useLayoutEffect(() => {
    if (atEnd.current) go();
    else if (count > seen.current) setMissed(true);
    seen.current = count;
  });
  function onScroll(): void {
    const box = feed.current;
    if (box === null) return;
    atEnd.current = box.scrollHeight - box.scrollTop - box.clientHeight < near;
    if (atEnd.current) setMissed(false);
  }
  return { feed, missed, go, onScroll };
}

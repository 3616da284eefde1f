import { useEffect, useRef } from 'preact/hooks';
import { CardView } from './card.ts';
import { dismiss } from './commands.ts';
import { html } from './html.ts';
import type { Store, Whisper } from './store.ts';
import { visible } from './text.ts';

interface Props {
  store: Store;
  whisper: Whisper;
  now: number;
  me: string;
}

/** An answer to what this person typed or pressed; nobody else has it, and it is gone with the page. */
export function WhisperView({ store, whisper, now, me }: Props) {
  const box = useRef<HTMLLIElement>(null);
  const answered = whisper.card !== undefined;
  useEffect(() => box.current?.scrollIntoView({ block: 'nearest' }), [answered]);
  const card = whisper.card && { ...whisper.card, tone: whisper.ok ? whisper.card.tone : ('bad' as const) };
  return html`<li ref=${box} class="whisper" role="status">
    <p class="asked"><span class="person">${visible(whisper.by)}</span> <code>${visible(whisper.said)}</code></p>
    ${
      card
        ? html`<${CardView} ...${{ store, card, channel: whisper.channel, now, me }} word=${whisper.ok ? '' : 'Refused'} />`
        : html`<p class="pending">Asking…</p>`
    }
    <p class="when">
      Only you see this ·${' '}
      <button type="button" class="link" onClick=${() => dismiss(store, whisper.key)}>Dismiss</button>
    </p>
  </li>`;
}

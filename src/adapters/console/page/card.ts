import { useState } from 'preact/hooks';
import type { Action, Card, Tone } from '../../../core/card/card.ts';
import { Chart } from './chart.ts';
import { press } from './commands.ts';
import { html, type View } from './html.ts';
import { SafeLink, Words } from './spans.ts';
import type { Store } from './store.ts';
import { visible } from './text.ts';

/** Each tone in a word, so that colour alone never tells. */
export const toneWords: Readonly<Record<Tone, string>> = {
  running: 'Running',
  waiting: 'Waiting',
  doubt: 'In doubt',
  bad: 'Trouble',
  undone: 'Rolled back',
  watch: 'Watching',
  good: 'Done',
  plain: '',
};

export interface CardProps {
  store: Store;
  card: Card;
  channel: string;
  now: number;
  me: string;
  /** Where the chart's picture is. */
  chartUrl?: string;
  /** Instead of the tone's own word. */
  word?: string;
  /** Stands below all else. */
  after?: View;
}

export function CardView(props: CardProps) {
  const { card, now, me } = props;
  const word = props.word ?? toneWords[card.tone];
  return html`<div class="card tone-${card.tone}">
    ${word && html`<span class="tone-word">${word}</span>`}
    <h3 class="card-title"><${Words} line=${card.title} now=${now} me=${me} /></h3>
    ${card.progress && html`<${Progress} ...${card.progress} />`}
    ${card.lines.map((line) => html`<p><${Words} line=${line} now=${now} me=${me} /></p>`)}
    ${card.chart && props.chartUrl && html`<${Chart} chart=${card.chart} url=${props.chartUrl} />`}
    ${card.tail && html`<${Tail} title=${card.tail.title} text=${card.tail.whole ?? card.tail.text} />`}
    <${Foot} ...${props} />
    ${props.after}
  </div>`;
}

function Progress({ done, total }: { done: number; total: number }) {
  const label = `${done} of ${total} steps are done`;
  return html`<div class="progress">
    <progress max=${total} value=${done} aria-label=${label}></progress>
    <span aria-hidden="true">${done} of ${total}</span>
  </div>`;
}

/** Long output, folded. */
export function Tail({ title, text, open }: { title: string; text: string; open?: boolean }) {
  return html`<details class="tail" open=${open}>
    <summary>${visible(title)}</summary>
    <pre tabindex="0">${visible(text)}</pre>
  </details>`;
}

function Foot({ store, card, channel }: CardProps) {
  const { drawnAt } = card;
  if (card.actions.length === 0 && card.links.length === 0) return null;
  return html`<div class="card-foot">
    ${card.actions.map(
      (action) => html`<${Press} key=${action.command} ...${{ store, action, channel, drawnAt }} />`,
    )}
    ${card.links.map(({ label, href }) => html`<${SafeLink} href=${href}>${visible(label)}<//>`)}
  </div>`;
}

interface PressProps {
  store: Store;
  action: Action;
  channel: string;
  drawnAt?: number;
}

/** A button; while its answer is awaited it can't be pressed again. */
function Press({ store, action, channel, drawnAt }: PressProps) {
  const [busy, setBusy] = useState(false);
  const asks = action.confirm !== undefined || action.ask !== undefined;
  const onClick = async () => {
    setBusy(true);
    await press(store, { action, channel, ...(drawnAt === undefined ? {} : { drawnAt }) });
    setBusy(false);
  };
  return html`<button
    type="button"
    class="button ${action.style ?? ''}"
    onClick=${onClick}
    disabled=${busy}
    aria-haspopup=${asks ? 'dialog' : undefined}
  >
    ${visible(action.label)}${asks && !action.label.endsWith('…') ? '…' : ''}
  </button>`;
}

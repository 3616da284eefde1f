import { useEffect, useState } from 'preact/hooks';
import type { RolloutEvent } from '../../../core/rollout/event.ts';
import { getVerification } from './backend.ts';
import { html } from './html.ts';
import { visible } from './text.ts';

/** Events drawn at first; a long journal is shown whole when asked for. */
const shown = 200;

interface Proof {
  ok: boolean;
  words: string;
}

/** Whether the chain of hashes holds, asked anew whenever the journal grew. */
function useProof(id: string, length: number): Proof | undefined {
  const [proof, setProof] = useState<Proof>();
  useEffect(() => {
    let wanted = true;
    void getVerification(id).then((answer) => {
      if (!wanted) return;
      if (!answer.ok) return setProof({ ok: false, words: `Not verified: ${answer.problem.why}` });
      const { ok, events, brokenAt } = answer.value;
      const words = ok
        ? `Verified: the chain of ${events} events holds`
        : `Broken: event ${brokenAt} does not follow from the one before`;
      setProof({ ok, words });
    });
    return () => {
      wanted = false;
    };
  }, [id, length]);
  return proof;
}

/** The append-only record, newest first. */
export function JournalView({ id, journal }: { id: string; journal: readonly RolloutEvent[] }) {
  const [whole, setWhole] = useState(false);
  const proof = useProof(id, journal.length);
  const rows = (whole ? journal : journal.slice(-shown)).toReversed();
  return html`<div class="journal">
    <p role="status" class=${proof?.ok === false ? 'tone-bad' : 'tone-good'}>
      <span class="tone-text">${proof === undefined ? 'Verifying…' : `${proof.ok ? '✓' : '✗'} ${proof.words}`}</span>
    </p>
    <p class="aside">Times are in UTC.</p>
    <ol class="events" reversed>
      ${rows.map((event) => html`<${EventRow} key=${event.seq} event=${event} />`)}
    </ol>
    ${
      rows.length < journal.length &&
      html`<button type="button" class="button" onClick=${() => setWhole(true)}>Show all ${journal.length} events</button>`
    }
  </div>`;
}

function EventRow({ event }: { event: RolloutEvent }) {
  const { seq, at, actor, type, data, hash } = event;
  const who = actor.kind === 'person' ? `${actor.name} (${actor.via})` : 'the bot';
  const subject = 'step' in data ? data.step : 'phase' in data ? data.phase : '';
  return html`<li>
    <details>
      <summary>
        <span class="seq">${seq}</span>
        <time datetime=${at} title=${at}>${at.slice(0, 19).replace('T', ' ')}</time>
        <strong>${type}</strong> ${subject && html`<span>${visible(subject)}</span>`} <span class="aside">${visible(who)}</span>
      </summary>
      <pre tabindex="0">${visible(JSON.stringify(data, null, 2))}</pre>
      <p class="aside">Hash <code>${hash}</code></p>
    </details>
  </li>`;
}

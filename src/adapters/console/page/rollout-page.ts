import { useEffect, useState } from 'preact/hooks';
import type { RolloutEvent } from '../../../core/rollout/event.ts';
import type { RolloutDetail } from '../rollout-detail.ts';
import { getDetail, getJournal, type Problem } from './backend.ts';
import { CardView } from './card.ts';
import { coalesced } from './coalesced.ts';
import { html } from './html.ts';
import { myId } from './identity.ts';
import { JournalView } from './journal.ts';
import { PlanView } from './plan.ts';
import { accepted } from './session.ts';
import { statusWord } from './status.ts';
import { type Store, useStore } from './store.ts';
import { Timeline } from './timeline.ts';
import { WhisperView } from './whispers.ts';

/** Milliseconds between two reads while something runs: its output is not journaled, so nothing tells of it. */
const tailEvery = 1_500;

interface Loaded {
  detail?: RolloutDetail;
  journal: readonly RolloutEvent[];
  problem?: Problem;
}

/** Reads the rollout and what is new of its journal, again with each change and while a step runs. */
function useRollout(store: Store, id: string): Loaded {
  const [loaded, setLoaded] = useState<Loaded>({ journal: [] });
  useEffect(() => {
    let journal: readonly RolloutEvent[] = [];
    const read = coalesced(async () => {
      const [detail, more] = await Promise.all([getDetail(id), getJournal(id, journal.length)]);
      if (!accepted(store, detail)) return setLoaded((before) => ({ ...before, problem: detail.problem }));
      if (accepted(store, more)) journal = [...journal, ...more.value];
      setLoaded({ detail: detail.value, journal });
    }, 300);
    let seq = -1;
    const look = () => {
      const { seqs, connection } = store.get();
      const now = connection === 'live' ? (seqs[id] ?? 0) : -1;
      if (now > seq) read();
      seq = now;
    };
    read();
    const timer = setInterval(
      () => store.get().active.some(({ id: each, status }) => each === id && status === 'running') && read(),
      tailEvery,
    );
    const stop = store.subscribe(look);
    return () => {
      clearInterval(timer);
      stop();
    };
  }, [id]);
  return loaded;
}

const views = { '': 'Timeline', '#plan': 'Plan', '#journal': 'Journal' } as const;

/** One rollout: its card with the buttons, the timeline of its steps, the plan and the journal. */
export function RolloutPage({ store, id }: { store: Store; id: string }) {
  const { detail, journal, problem } = useRollout(store, id);
  const hash = useStore(store, (state) => state.hash);
  if (detail === undefined) return html`<${Missing} id=${id} problem=${problem} />`;
  return html`<div class="rollout">
    <${Head} store=${store} detail=${detail} />
    <nav class="tabs" aria-label="Views of the rollout">
      ${Object.entries(views).map(
        ([target, label]) => html`<a
          key=${target}
          href=${`/rollouts/${encodeURIComponent(id)}${target}`}
          aria-current=${hash === target ? 'true' : undefined}
        >${label}</a>`,
      )}
    </nav>
    ${hash === '#plan' && html`<${PlanView} detail=${detail} />`}
    ${hash === '#journal' && html`<${JournalView} id=${id} journal=${journal} />`}
    ${hash !== '#plan' && hash !== '#journal' && html`<${Timeline} store=${store} detail=${detail} />`}
  </div>`;
}

function Missing({ id, problem }: { id: string; problem?: Problem }) {
  if (problem === undefined) return html`<p class="aside">Reading ${id}…</p>`;
  return html`<div class="notice">
    <h1>${id}</h1>
    <p>${problem.reason === 'not-found' ? 'There is no rollout with this id.' : `${problem.what} ${problem.why}`}</p>
    <p><a href="/">Back to the channel</a></p>
  </div>`;
}

function Head({ store, detail }: { store: Store; detail: RolloutDetail }) {
  const now = useStore(store, (state) => state.now);
  const me = useStore(store, myId);
  const whispers = useStore(store, (state) => state.whispers);
  const room = useStore(store, (state) => state.context?.channels[0]?.id ?? 'rollouts');
  const { view, card } = detail;
  const own = whispers.filter(({ said }) => said.split(' ')[2] === view.id).slice(-1);
  const chartUrl = chartOf(detail);
  return html`<header class="rollout-head">
    <h1>${view.id} <small>${view.playbook} · ${view.environment} · ${statusWord(view.status)}</small></h1>
    <div class="message root">
      <${CardView} ...${{ store, card, channel: room, now, me, ...(chartUrl ? { chartUrl } : {}) }} />
    </div>
    <p><a href=${`/api/rollouts/${encodeURIComponent(view.id)}/report.html`}>Report</a></p>
    <ul class="threads">
      ${own.map((whisper) => html`<${WhisperView} key=${whisper.key} ...${{ store, whisper, now, me }} />`)}
    </ul>
  </header>`;
}

/** The picture of the step that the card speaks of; the timeline shows the others. */
function chartOf({ view, steps, hypercare }: RolloutDetail): string | undefined {
  const source = hypercare?.chart && view.status === 'hypercare' ? 'hypercare' : view.step;
  const has = source === 'hypercare' || steps.some(({ id, chart }) => id === source && chart);
  return has ? `/api/rollouts/${view.id}/charts/${source}.svg?seq=${view.journal.length}` : undefined;
}

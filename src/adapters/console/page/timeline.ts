import type { RolloutView } from '../../../core/rollout/view.ts';
import type { RolloutDetail, StepDetail } from '../rollout-detail.ts';
import { Tail } from './card.ts';
import { Chart } from './chart.ts';
import { html } from './html.ts';
import { statusWord, stepMark, stepTone } from './status.ts';
import { type Store, useStore } from './store.ts';
import { visible } from './text.ts';
import { At, duration } from './time.ts';

type StepView = RolloutView['steps'][number];

/** Every step in its phase: how it stands, how long it took, what it said. */
export function Timeline({ store, detail }: { store: Store; detail: RolloutDetail }) {
  const now = useStore(store, (state) => state.now);
  const { phases, rollback, view } = detail;
  const undone = view.steps.some(({ id, status }) => rollback.includes(id) && status !== 'pending');
  return html`<div class="timeline">
    ${phases.map(
      ({ name, title, parallel, steps }) => html`<section key=${name} aria-label=${title}>
        <h2>${title} ${parallel && html`<span class="badge">side by side</span>`}</h2>
        <${Steps} ids=${steps} detail=${detail} now=${now} />
      </section>`,
    )}
    ${detail.hypercare && html`<${Hypercare} detail=${detail} now=${now} />`}
    ${
      detail.end.length > 0 &&
      html`<section aria-label="End of hypercare">
        <h2>End of hypercare</h2>
        <${Steps} ids=${detail.end} detail=${detail} now=${now} />
      </section>`
    }
    ${view.duties.length > 0 && html`<${Duties} duties=${view.duties} now=${now} />`}
    ${
      undone &&
      html`<section aria-label="Rollback">
        <h2>Rollback</h2>
        <${Steps} ids=${rollback} detail=${detail} now=${now} />
      </section>`
    }
  </div>`;
}

function Steps({ ids, detail, now }: { ids: readonly string[]; detail: RolloutDetail; now: number }) {
  const step = (id: string) => ({
    view: detail.view.steps.find((each) => each.id === id),
    more: detail.steps.find((each) => each.id === id),
  });
  return html`<ol class="steps">
    ${ids
      .map(step)
      .map(
        ({ view, more }) =>
          view && more && html`<${StepRow} key=${view.id} ...${{ view, more, now, rollout: detail.view }} />`,
      )}
  </ol>`;
}

interface RowProps {
  view: StepView;
  more: StepDetail;
  now: number;
  rollout: RolloutView;
}

function StepRow({ view, more, now, rollout }: RowProps) {
  const { status, name, uses, attempts, summary } = view;
  const chart = `/api/rollouts/${rollout.id}/charts/${view.id}.svg?seq=${rollout.journal.length}`;
  return html`<li class="step tone-${stepTone(status)}" id=${`step-${view.id}`}>
    <span class="mark" aria-hidden="true">${stepMark(status)}</span>
    <div class="step-body">
      <p class="step-line">
        <strong>${visible(name)}</strong>
        <span class="tone-text">${statusWord(status)}</span>
        <code>${uses}</code>
        ${attempts > 1 && html`<span>${attempts} attempts</span>`}
        <${Took} view=${view} now=${now} />
      </p>
      ${summary && html`<p>${visible(summary)}</p>`}
      ${more.waiting && html`<p>${visible(more.waiting.what)}</p>`}
      ${more.known?.map((fact) => html`<p>Known: ${visible(fact)}</p>`)}
      ${more.answers.map(
        ({ by, answer, reason, evidence }) =>
          html`<p class="aside">${by.name}: ${answer}${visible(quoted(reason ?? evidence))}</p>`,
      )}
      ${more.tail.length > 0 && html`<${Tail} title="Output, as it comes" text=${more.tail.join('\n')} open=${true} />`}
      ${more.detail && html`<${Tail} title="Output" text=${more.detail} open=${status === 'failed'} />`}
      ${more.before !== undefined && html`<${Tail} title="What stood there before" text=${JSON.stringify(more.before, null, 2)} />`}
      ${more.chart && html`<${Chart} chart=${more.chart} url=${chart} />`}
    </div>
  </li>`;
}

const quoted = (text: string | undefined) => (text === undefined ? '' : `, “${text}”`);

function Took({ view, now }: { view: StepView; now: number }) {
  if (view.startedAt === null) return null;
  const end = view.endedAt === null ? now : Date.parse(view.endedAt);
  return html`<span class="took">
    <${At} at=${view.startedAt} now=${now} /> · ${duration(end - Date.parse(view.startedAt))}
  </span>`;
}

const dutyTones = {
  open: 'plain',
  due: 'waiting',
  overdue: 'bad',
  done: 'good',
  cancelled: 'plain',
} as const;
const dutyWords = {
  open: 'to do',
  due: 'due',
  overdue: 'overdue',
  done: 'done',
  cancelled: 'no longer needed',
} as const;

/** What is to be done after the launch; it is marked done by the buttons of the card. */
function Duties({ duties, now }: { duties: RolloutView['duties']; now: number }) {
  return html`<section aria-label="Duties">
    <h2>Duties</h2>
    <ul class="steps">
      ${duties.map(
        ({ id, text, role, owner, due, status, doneBy, evidence }) => html`<li
          key=${id}
          class="step tone-${dutyTones[status]}"
        >
          <div class="step-body">
            <p class="step-line">
              <strong>${visible(text)}</strong>
              <span class="tone-text">${dutyWords[status]}</span>
              <span>${role ?? owner}</span>
              <span class="took">due <${At} at=${due} now=${now} /></span>
            </p>
            ${doneBy !== null && html`<p class="aside">${doneBy}${visible(quoted(evidence ?? ''))}</p>`}
          </div>
        </li>`,
      )}
    </ul>
  </section>`;
}

function Hypercare({ detail, now }: { detail: RolloutDetail; now: number }) {
  const { hypercare, view } = detail;
  if (hypercare === null) return null;
  return html`<section aria-label="Hypercare">
    <h2>Hypercare</h2>
    <p>Watched until <${At} at=${hypercare.until} now=${now} />. ${hypercare.finding && visible(hypercare.finding)}</p>
    ${
      hypercare.chart &&
      html`<${Chart} chart=${hypercare.chart} url=${`/api/rollouts/${view.id}/charts/hypercare.svg?seq=${view.journal.length}`} />`
    }
  </section>`;
}

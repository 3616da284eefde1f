import type { RolloutDetail } from '../rollout-detail.ts';
import { html } from './html.ts';
import { visible } from './text.ts';

/** What the rollout does, as it was pinned when it started; secrets stand here by name only. */
export function PlanView({ detail }: { detail: RolloutDetail }) {
  const { view, phases, end, rollback } = detail;
  return html`<div class="plan">
    <dl>
      <dt>Digest</dt>
      <dd><code>${view.planDigest}</code><br /><small>Approvals hold for this plan only.</small></dd>
      ${Object.entries(view.params).map(([name, value]) => html`<dt>${name}</dt><dd><code>${visible(String(value))}</code></dd>`)}
    </dl>
    ${phases.map(
      ({ name, title, parallel, steps }) => html`<section key=${name}>
        <h2>${title} ${parallel && html`<span class="badge">side by side</span>`}</h2>
        <${PlannedSteps} ids=${steps} detail=${detail} />
      </section>`,
    )}
    ${end.length > 0 && html`<section><h2>End of hypercare</h2><${PlannedSteps} ids=${end} detail=${detail} /></section>`}
    ${rollback.length > 0 && html`<section><h2>Rollback</h2><${PlannedSteps} ids=${rollback} detail=${detail} /></section>`}
  </div>`;
}

function PlannedSteps({ ids, detail }: { ids: readonly string[]; detail: RolloutDetail }) {
  return html`<ol class="steps">
    ${ids.map((id) => {
      const view = detail.view.steps.find((step) => step.id === id);
      const more = detail.steps.find((step) => step.id === id);
      return (
        view &&
        more &&
        html`<li class="step" key=${id}>
          <details>
            <summary><strong>${visible(view.name)}</strong> <code>${view.uses}</code></summary>
            ${more.when && html`<p>Only when <code>${visible(more.when)}</code></p>`}
            ${more.onFailure && html`<p>On failure: ${more.onFailure}</p>`}
            <pre tabindex="0">${visible(JSON.stringify(more.with, null, 2))}</pre>
          </details>
        </li>`
      );
    })}
  </ol>`;
}

import { useState } from 'preact/hooks';
import { sendFault } from './backend.ts';
import { html } from './html.ts';
import { type Store, useStore } from './store.ts';

/** In the sandbox: real faults in the real services, to see the watch and the rollback work. */
export function FaultsPanel({ store }: { store: Store }) {
  const faults = useStore(store, (state) => state.context?.faults);
  const [said, setSaid] = useState('');
  if (faults === undefined || faults.length === 0) return null;
  const apply = async (id: string) => {
    const answer = await sendFault(id);
    setSaid(answer.ok ? answer.value.said : `${answer.problem.what} ${answer.problem.why}`);
  };
  return html`<section class="faults" aria-labelledby="faults-title">
    <h2 id="faults-title">Faults <span class="badge">Sandbox</span></h2>
    <div class="fault-buttons">
      ${faults.map(
        ({ id, label }) =>
          html`<button type="button" class="button" key=${id} onClick=${() => apply(id)}>${label}</button>`,
      )}
    </div>
    <p class="aside" role="status">${said}</p>
  </section>`;
}

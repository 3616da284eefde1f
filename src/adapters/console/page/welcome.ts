import { html } from './html.ts';
import { type Store, useStore } from './store.ts';

/** What stands in a room where nothing happened yet: what to type, and how it goes on. */
export function Welcome({ store }: { store: Store }) {
  const context = useStore(store, (state) => state.context);
  const target = context?.vocabulary.playbooks[0]?.targets.at(-1) ?? 'green';
  const line = `/rollout start ${target}`;
  const fill = () => {
    store.set({ draft: line });
    document.getElementById('line')?.focus();
  };
  return html`<div class="welcome">
    <h2>Nothing was rolled out here yet</h2>
    <p>Type <code>${line}</code> and press Enter. One card shows where the rollout stands; replies say what happened.</p>
    <p><button type="button" class="button primary" onClick=${fill}>Fill in ${line}</button></p>
    ${
      context?.viewer.kind === 'anyone' &&
      html`<p class="aside">
        This is a sandbox: the services are real processes on this machine. Start as an engineer, then choose a release
        manager under “Act as” to approve. Nobody approves their own rollout.
      </p>`
    }
    <p class="aside"><code>/rollout help</code> lists everything.</p>
  </div>`;
}

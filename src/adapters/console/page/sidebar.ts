import { FaultsPanel } from './faults.ts';
import { html } from './html.ts';
import { statusTone, statusWord } from './status.ts';
import { type Store, useStore } from './store.ts';

/** Rooms, the rollouts under way, and in the sandbox the faults. */
export function Sidebar({ store }: { store: Store }) {
  const context = useStore(store, (state) => state.context);
  const active = useStore(store, (state) => state.active);
  const path = useStore(store, (state) => state.path);
  const rooms = context?.channels ?? [];
  const current = (href: string, first: boolean) =>
    path === href || (first && path === '/') ? 'page' : undefined;
  return html`<nav class="sidebar" id="sidebar" aria-label="Channels and rollouts">
    <h2>Channels</h2>
    <ul>
      ${rooms.map(({ id, environment }, index) => {
        const href = `/channels/${encodeURIComponent(id)}`;
        return html`<li key=${id} class="room-link">
          <a href=${href} aria-current=${current(href, index === 0)}># ${id}</a>
          ${environment && html`<small>${environment}</small>`}
        </li>`;
      })}
    </ul>
    <h2>Active rollouts</h2>
    ${active.length === 0 && html`<p class="aside">None is under way.</p>`}
    <ul>
      ${active.map(({ id, target, environment, status }) => {
        const href = `/rollouts/${encodeURIComponent(id)}`;
        return html`<li key=${id} class="tone-${statusTone(status)}">
          <a href=${href} aria-current=${current(href, false)}>${id}</a>
          <small>${target ?? environment} · <span class="tone-text">${statusWord(status)}</span></small>
        </li>`;
      })}
    </ul>
    <${FaultsPanel} store=${store} />
  </nav>`;
}

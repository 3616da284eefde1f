import { signOut } from './backend.ts';
import { html } from './html.ts';
import { chooseActAs } from './identity.ts';
import { type Store, useStore } from './store.ts';

/** The name of the room, who acts, and on a phone the way to the sidebar. */
export function TopBar({
  store,
  title,
  menu,
}: {
  store: Store;
  title: string;
  menu: { open: boolean; toggle(): void };
}) {
  return html`<header class="top">
    <button
      type="button"
      class="button menu"
      aria-expanded=${menu.open ? 'true' : 'false'}
      aria-controls="sidebar"
      onClick=${menu.toggle}
    >
      Menu
    </button>
    <a class="brand" href="/">Cutover</a>
    <span class="room">${title}</span>
    <${Acting} store=${store} />
  </header>`;
}

function Acting({ store }: { store: Store }) {
  const context = useStore(store, (state) => state.context);
  const actAs = useStore(store, (state) => state.actAs);
  if (context === undefined) return null;
  const leave = async () => {
    await signOut();
    location.reload();
  };
  if (context.viewer.kind !== 'anyone') {
    const who = context.viewer.kind === 'person' ? context.viewer.person.name : 'Reading only';
    return html`<span class="acting">${who} <button type="button" class="link" onClick=${leave}>Sign out</button></span>`;
  }
  return html`<label class="acting">
    <span><span class="badge">Sandbox</span> Act as</span>
    <select value=${actAs} onChange=${(event: Event) => chooseActAs(store, (event.target as HTMLSelectElement).value)}>
      ${context.people.map(
        ({ id, name, roles }) => html`<option key=${id} value=${id} selected=${id === actAs}>
          ${name}${roles.length > 0 ? ` (${roles.join(', ').replaceAll('-', ' ')})` : ''}
        </option>`,
      )}
    </select>
  </label>`;
}

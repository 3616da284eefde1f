import { useEffect, useState } from 'preact/hooks';
import { Announcer } from './announcer.ts';
import { Banner } from './banner.ts';
import { ChannelPage } from './channel.ts';
import { AskDialog } from './dialog.ts';
import { html } from './html.ts';
import { RolloutPage } from './rollout-page.ts';
import { Sidebar } from './sidebar.ts';
import { SignIn } from './sign-in.ts';
import { type Store, useStore } from './store.ts';
import { TopBar } from './top-bar.ts';

type Place = { page: 'channel'; id: string | undefined } | { page: 'rollout'; id: string };

function placeOf(path: string): Place {
  const [, kind, id] = path.split('/').map(decodeURIComponent);
  if (kind === 'rollouts' && id) return { page: 'rollout', id };
  return { page: 'channel', id: kind === 'channels' ? id : undefined };
}

export function App({ store }: { store: Store }) {
  const phase = useStore(store, (state) => state.phase);
  const why = useStore(store, (state) => state.closedBecause);
  if (phase === 'signed-out') return html`<${SignIn} store=${store} />`;
  if (phase === 'closed') {
    return html`<main class="notice" id="main"><h1>The console is closed</h1><p>${why}</p></main>`;
  }
  if (phase === 'loading')
    return html`<main class="notice" id="main"><p class="aside">Connecting…</p></main>`;
  return html`<${Console} store=${store} />`;
}

function Console({ store }: { store: Store }) {
  const path = useStore(store, (state) => state.path);
  const first = useStore(store, (state) => state.context?.channels[0]?.id ?? 'rollouts');
  const [open, setOpen] = useState(false);
  const place = placeOf(path);
  const channel = place.page === 'channel' ? (place.id ?? first) : first;
  const title = place.page === 'rollout' ? place.id : `# ${channel}`;
  useEffect(() => {
    setOpen(false);
    document.title = `${title} · Cutover`;
  }, [title]);
  return html`<a class="skip" href="#main">Skip to the messages</a>
    <div class="frame ${open ? 'menu-open' : ''}">
      <${TopBar} store=${store} title=${title} menu=${{ open, toggle: () => setOpen(!open) }} />
      <${Banner} store=${store} />
      <${Sidebar} store=${store} />
      <main id="main" tabindex="-1">
        ${
          place.page === 'rollout'
            ? html`<${RolloutPage} key=${place.id} store=${store} id=${place.id} />`
            : html`<${ChannelPage} key=${channel} store=${store} channel=${channel} />`
        }
      </main>
    </div>
    <${Announcer} key=${channel} store=${store} channel=${channel} />
    <${AskDialog} store=${store} />`;
}

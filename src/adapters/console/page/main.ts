import { render } from 'preact';
import { App } from './app.ts';
import { html } from './html.ts';
import { rememberedActAs } from './identity.ts';
import { begin } from './session.ts';
import { createStore, type Store } from './store.ts';

/** Milliseconds between two looks at the clock, for `3 min. ago` and running durations. */
const tick = 5_000;

const store = createStore({
  phase: 'loading',
  closedBecause: '',
  connection: 'connecting',
  troubles: {},
  context: undefined,
  messages: {},
  seqs: {},
  active: [],
  whispers: [],
  asking: undefined,
  actAs: rememberedActAs(),
  draft: '',
  path: location.pathname,
  hash: location.hash,
  now: Date.now(),
});

const arrive = () => store.set({ path: location.pathname, hash: location.hash });

/** Follows links to our own pages without loading the page anew. */
function followLinks(target: Store): void {
  document.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    if (!link || !plain || link.target !== '' || link.origin !== location.origin) return;
    if (link.getAttribute('href')?.startsWith('#') || !/^\/($|channels\/|rollouts\/)/.test(link.pathname))
      return;
    event.preventDefault();
    history.pushState(null, '', link.href);
    target.set({ path: location.pathname, hash: location.hash });
  });
  addEventListener('popstate', arrive);
}

const place = document.getElementById('app');
if (place === null) throw new Error('the page has no place for the app');
followLinks(store);
setInterval(() => store.set({ now: Date.now() }), tick);
render(html`<${App} store=${store} />`, place);
void begin(store);

import { html } from './html.ts';
import { type Store, type Trouble, useStore } from './store.ts';
import { wallTime } from './time.ts';

const warnings: Readonly<Record<Trouble, (since: string) => string>> = {
  journal: (since) =>
    `The bot can’t reach its journal (Redis) since ${since}. Steps under way finish, nothing new starts, commands are refused; it goes on by itself.`,
  sandbox: (since) =>
    `The sandbox has ended by itself at ${since}. Stop the bot and start it again; it goes on with what was under way.`,
};

/** What people have to know before all else: that they see old things, or that the bot can't work. */
export function Banner({ store }: { store: Store }) {
  const connection = useStore(store, (state) => state.connection);
  const troubles = useStore(store, (state) => state.troubles);
  const said = Object.entries(troubles).map(([about, since]) =>
    warnings[about as Trouble](wallTime(since, Date.now())),
  );
  if (connection === 'lost')
    said.splice(0, said.length, 'Connection lost. Trying again; what you see may be old.');
  return said.length === 0 ? null : html`<p class="banner" role="alert">${said.join(' ')}</p>`;
}

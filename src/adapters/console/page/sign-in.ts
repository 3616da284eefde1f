import { useState } from 'preact/hooks';
import { signIn } from './backend.ts';
import { html } from './html.ts';
import { begin } from './session.ts';
import type { Store } from './store.ts';

/** Asks for a token: the person's own, or the shared one, which only reads. */
export function SignIn({ store }: { store: Store }) {
  const [said, setSaid] = useState('');
  const onSubmit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const answer = await signIn(String(new FormData(form).get('token') ?? '').trim());
    form.reset();
    if (answer.ok) await begin(store);
    else setSaid(`${answer.problem.why} ${answer.problem.next}`);
  };
  return html`<main class="notice" id="main">
    <h1>Cutover</h1>
    <form onSubmit=${onSubmit}>
      <label class="field">
        <span>Token</span>
        <input name="token" type="password" required autocomplete="current-password" aria-describedby="said" />
      </label>
      <p id="said" role="alert">${said}</p>
      <button type="submit" class="button primary">Sign in</button>
      <p class="aside">Your own token lets you act. The shared console token lets you read.</p>
    </form>
  </main>`;
}

import { useEffect, useRef } from 'preact/hooks';
import type { Action } from '../../../core/card/card.ts';
import { actingName, command } from './commands.ts';
import { html } from './html.ts';
import { type Asking, type Store, useStore } from './store.ts';
import { visible } from './text.ts';

const reason = { label: 'Reason', hint: 'It stands in the thread and in the journal.' };
const duration = { label: 'For how long', hint: 'Such as 15m, 2h or 1h30m.' };
const evidence = { label: 'Evidence', hint: 'How you know that it is done: what you checked, a link.' };

/** What the command is given, in its order: a field each. */
const questions: Readonly<Record<NonNullable<Action['ask']>, readonly { label: string; hint: string }[]>> = {
  reason: [reason],
  evidence: [evidence],
  duration: [duration],
  'duration-and-reason': [duration, reason],
};

/** A destructive action is not confirmed by an Enter too many: its way out has the focus. */
function firstFocus({ ask, style }: Action): string {
  if (ask !== undefined) return 'input';
  return style === 'danger' ? '[type=button]' : '[type=submit]';
}

/** The one dialog of the page; each press that asks has its own. */
export function AskDialog({ store }: { store: Store }) {
  const asking = useStore(store, (state) => state.asking);
  return asking && html`<${Ask} key=${asking.key} store=${store} asking=${asking} />`;
}

/** The browser traps focus in it, closes it on Escape, and gives focus back. */
function Ask({ store, asking }: { store: Store; asking: Asking }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
    dialog.current?.querySelector<HTMLElement>(firstFocus(asking.action))?.focus();
  }, [asking]);
  /** The browser tells of it a moment later: something else may be asked by then. */
  const close = () => {
    if (store.get().asking?.key === asking.key) store.set({ asking: undefined });
  };
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    const words = new FormData(event.target as HTMLFormElement).getAll('word');
    dialog.current?.close();
    void command(store, asking.channel, commandOf(asking, words), asking.drawnAt);
  };
  return html`<dialog ref=${dialog} onClose=${close} aria-labelledby="ask-title">
    <form onSubmit=${onSubmit}>
      <h2 id="ask-title">${visible(asking.action.confirm?.title ?? asking.action.label)}</h2>
      ${asking.action.confirm && html`<p>${visible(asking.action.confirm.text)}</p>`}
      <${Question} ask=${asking.action.ask} />
      <p class="as">As ${actingName(store)}</p>
      <div class="dialog-foot">
        <button type="button" class="button" onClick=${() => dialog.current?.close()}>Cancel</button>
        <button type="submit" class="button ${asking.action.style ?? 'primary'}">
          ${visible(asking.action.confirm?.ok ?? asking.action.label)}
        </button>
      </div>
    </form>
  </dialog>`;
}

function commandOf({ action }: Asking, words: readonly FormDataEntryValue[]): string {
  const given = words.map(String).join(' ').trim().replaceAll(/\s+/g, ' ');
  return given === '' ? action.command : `${action.command} ${given}`;
}

function Question({ ask }: { ask: Action['ask'] }) {
  if (ask === undefined) return null;
  return questions[ask].map(
    ({ label, hint }, index) => html`<label class="field">
      <span>${label}</span>
      <input name="word" required maxlength="1000" autocomplete="off" aria-describedby=${`ask-hint-${index}`} />
      <small id=${`ask-hint-${index}`}>${hint}</small>
    </label>`,
  );
}

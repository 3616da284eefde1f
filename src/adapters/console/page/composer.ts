import { useRef, useState } from 'preact/hooks';
import { command } from './commands.ts';
import { commandIn, type Suggestion, suggestions } from './completion.ts';
import { remember, typedLines } from './history.ts';
import { html } from './html.ts';
import { type Store, useStore } from './store.ts';

/** The line to type in, with what could come next above it. */
export function Composer({ store, channel }: { store: Store; channel: string }) {
  const draft = useStore(store, (state) => state.draft);
  const context = useStore(store, (state) => state.context);
  const active = useStore(store, (state) => state.active);
  const [chosen, setChosen] = useState(-1);
  const [closed, setClosed] = useState(false);
  const [back, setBack] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  const vocabulary = context?.vocabulary ?? { commands: [], playbooks: [] };
  const list = closed
    ? []
    : suggestions(
        draft,
        vocabulary,
        active.map(({ id }) => id),
      );

  function type(line: string): void {
    store.set({ draft: line });
    setChosen(-1);
    setClosed(false);
  }
  function take(suggestion: Suggestion | undefined): void {
    if (suggestion) type(suggestion.line);
    input.current?.focus();
  }
  function recall(steps: number): void {
    const lines = typedLines();
    const next = Math.max(0, Math.min(lines.length, back + steps));
    setBack(next);
    type(next === 0 ? '' : (lines.at(-next) ?? ''));
    setClosed(next !== 0);
  }
  function submit(event: Event): void {
    event.preventDefault();
    const text = commandIn(draft);
    if (text === undefined) return;
    remember(draft.trim());
    setBack(0);
    type('');
    void command(store, channel, text);
  }
  function onKeyDown(event: KeyboardEvent): void {
    const move = event.key === 'ArrowUp' ? -1 : event.key === 'ArrowDown' ? 1 : 0;
    if (move !== 0) {
      event.preventDefault();
      if (list.length === 0 || draft === '' || back > 0) recall(-move);
      else setChosen(((chosen + 1 + move + list.length + 1) % (list.length + 1)) - 1);
    } else if (event.key === 'Tab' && list.length > 0 && !event.shiftKey) {
      event.preventDefault();
      take(list[Math.max(0, chosen)]);
    } else if (event.key === 'Enter' && chosen >= 0) {
      event.preventDefault();
      take(list[chosen]);
    } else if (event.key === 'Escape') setClosed(true);
  }

  return html`<form class="composer" onSubmit=${submit}>
    <${Suggestions} list=${list} chosen=${chosen} take=${take} />
    <label for="line" class="hidden">Command</label>
    <input
      id="line"
      ref=${input}
      value=${draft}
      onInput=${(event: InputEvent) => type((event.target as HTMLInputElement).value)}
      onKeyDown=${onKeyDown}
      placeholder="/rollout start green"
      autocomplete="off"
      autocapitalize="off"
      spellcheck="false"
      enterkeyhint="send"
      role="combobox"
      aria-autocomplete="list"
      aria-expanded=${list.length > 0 ? 'true' : 'false'}
      aria-controls="suggestions"
      aria-activedescendant=${chosen >= 0 ? `suggestion-${chosen}` : undefined}
    />
    <button type="submit" class="button primary" disabled=${commandIn(draft) === undefined}>Send</button>
  </form>`;
}

interface SuggestionsProps {
  list: readonly Suggestion[];
  chosen: number;
  take(suggestion: Suggestion): void;
}

function Suggestions({ list, chosen, take }: SuggestionsProps) {
  return html`<ul id="suggestions" role="listbox" aria-label="What could come next" hidden=${list.length === 0}>
    ${list.map(
      (suggestion, index) => html`<li
        key=${suggestion.line}
        id=${`suggestion-${index}`}
        role="option"
        aria-selected=${index === chosen ? 'true' : 'false'}
        onMouseDown=${(event: MouseEvent) => event.preventDefault()}
        onClick=${() => take(suggestion)}
      >
        <code>${suggestion.label}</code>${suggestion.help && html`<span>${suggestion.help}</span>`}
      </li>`,
    )}
    ${list.length > 0 && html`<li class="keys" role="presentation">Tab completes, ↑ ↓ choose, Esc closes</li>`}
  </ul>`;
}

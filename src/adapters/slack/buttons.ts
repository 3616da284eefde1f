import type { types } from '@slack/bolt';
import type { Action } from '../../core/card/card.ts';
import { isBlank, presentableAtMost } from '../../core/card/outside-text.ts';
import { limits } from './limits.ts';
import { encodePress } from './press.ts';

/** A card's buttons, and those that Slack can't carry. */
export interface Buttons {
  blocks: types.ActionsBlock[];
  left: readonly Action[];
}

/** How long the texts of a button may be. */
interface Sizes {
  label: number;
  title: number;
  text: number;
  ok: number;
}

/** Four rows of 25 are far more than any rollout has. */
const most = 4 * limits.actionElements;
const whole: Sizes = {
  label: limits.buttonLabel,
  title: limits.confirmTitle,
  text: limits.confirmText,
  ok: limits.confirmButton,
};
const deny = 'Cancel';

/** Characters that all buttons together may have: the rest of a message is for what it says. */
const room = 6_000;

/** All of a card's buttons. Many of them have shorter texts, so that none is lost. */
export function buttonsOf(actions: readonly Action[], drawnAt: number | undefined): Buttons {
  const sizes = sizesFor(Math.min(actions.length, most));
  const drawn = actions.slice(0, most).map((action, index) => button(action, index, drawnAt, sizes));
  const elements = drawn.filter((each) => each !== undefined);
  const rows = Math.ceil(elements.length / limits.actionElements);
  return {
    blocks: Array.from({ length: rows }, (_, row) => ({
      type: 'actions',
      elements: elements.slice(row * limits.actionElements, (row + 1) * limits.actionElements),
    })),
    left: actions.filter((_, index) => drawn[index] === undefined),
  };
}

function sizesFor(count: number): Sizes {
  const each = Math.floor(room / Math.max(1, count)) - deny.length;
  const all = whole.label + whole.title + whole.text + whole.ok;
  if (each >= all) return whole;
  const part = (size: number) => Math.max(8, Math.floor((size * each) / all));
  const label = Math.min(whole.label, Math.max(20, part(whole.label)));
  return { label, title: part(whole.title), text: part(whole.text), ok: part(whole.ok) };
}

function button(
  action: Action,
  index: number,
  drawnAt: number | undefined,
  sizes: Sizes,
): types.Button | undefined {
  const value = encodePress(action, drawnAt);
  if (value === undefined) return undefined;
  const confirm = action.ask === undefined ? confirmation(action, sizes) : undefined;
  return {
    type: 'button',
    action_id: `cutover:${index}`,
    text: { type: 'plain_text', text: labelOf(action, sizes.label), emoji: false },
    value,
    ...(action.style === undefined ? {} : { style: action.style }),
    ...(confirm === undefined ? {} : { confirm }),
  };
}

/** Slack's own dialog. A button that asks for a word opens a modal instead, which confirms too. */
function confirmation(action: Action, sizes: Sizes): types.ConfirmationDialog | undefined {
  const { confirm, style } = action;
  if (confirm === undefined) return undefined;
  const said = (text: string, size: number) => ({
    type: 'plain_text' as const,
    text: isBlank(text) ? labelOf(action, size) : presentableAtMost(text, size),
  });
  return {
    title: said(confirm.title, sizes.title),
    text: said(confirm.text, sizes.text),
    confirm: said(confirm.ok, sizes.ok),
    deny: { type: 'plain_text', text: deny },
    ...(style === undefined ? {} : { style }),
  };
}

/** What stands on a button; without any words it is what it does. */
export function labelOf({ label, command }: Pick<Action, 'label' | 'command'>, size: number): string {
  const words = [label, command.split(' ')[0] ?? '', 'Press'].find((text) => !isBlank(text)) ?? '';
  return presentableAtMost(words, size);
}

import { formatDuration } from '../playbook/duration.ts';
import type { Actor } from '../rollout/actor.ts';
import { shown } from '../step/shown.ts';

/** A text from outside on one line, without control characters. */
export function said(text: string, limit = 500): string {
  return shown(text, limit);
}

/** `2026-11-21 14:31:07 UTC` */
export function instant(iso: string): string {
  return `${iso.slice(0, 19).replace('T', ' ')} UTC`;
}

/** The same for what may not have happened. */
export function orDash(iso: string | undefined): string {
  return iso === undefined ? '–' : instant(iso);
}

/** How long it took from one instant to another; a dash when one of them is missing. */
export function took(from: string | undefined, to: string | undefined): string {
  return from === undefined || to === undefined ? '–' : formatDuration(Date.parse(to) - Date.parse(from));
}

/** A reason behind a sentence, where one was given. */
export function because(reason: string | undefined): string {
  return reason === undefined ? '' : `: ${said(reason)}`;
}

/** Who caused something: `Bob (slack)`, `the bot`. */
export function actorName(actor: Actor): string {
  return actor.kind === 'bot' ? 'the bot' : `${said(actor.name)} (${actor.via})`;
}

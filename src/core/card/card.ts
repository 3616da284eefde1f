import type { Platform } from '../rollout/actor.ts';
import type { Chart } from '../rollout/event.ts';

/** A piece of text. Adapters escape what is a string, and draw the rest as their platform can. */
export type Span =
  | string
  | { bold: string }
  | { italic: string }
  | { code: string }
  | { link: string; href: string }
  /** A person of the policy; `ping` notifies them. `via`: where they did what the line says. */
  | { person: string; name: string; ping?: boolean; via?: Platform }
  /** An instant (ISO 8601), shown in the reader's time zone where the platform can. */
  | { time: string };

export type Line = readonly Span[];

/** What a card says at a glance; each adapter also writes it in words, never by colour or emoji alone. */
export type Tone = 'running' | 'waiting' | 'doubt' | 'bad' | 'undone' | 'watch' | 'good' | 'plain';

/** What a press can ask for before it counts. The last: `2h database failover`. */
export const asks = ['reason', 'evidence', 'duration', 'duration-and-reason'] as const;

/** A button. `command` is what a person could have typed after `/rollout`; pressing it does just that. */
export interface Action {
  label: string;
  command: string;
  style?: 'primary' | 'danger';
  /** Asked before a destructive press. */
  confirm?: { title: string; text: string; ok: string };
  /** What must be given with the press; it is appended to the command. */
  ask?: (typeof asks)[number];
}

/** A chat message in neutral form: made by the core, drawn by adapters. */
export interface Card {
  tone: Tone;
  title: Line;
  lines: readonly Line[];
  progress?: { done: number; total: number };
  chart?: Chart;
  /**
   * Long output, folded: its end. `whole` is all of it, once it grows no more; a platform that shows less of it
   * hands it out as a file.
   */
  tail?: { title: string; text: string; whole?: string };
  actions: readonly Action[];
  links: readonly { label: string; href: string }[];
  /** The number of the last event of the journal that this card tells of; a press hands it back. */
  drawnAt?: number;
}

/** A card with its place: the root of the thread, or a reply under it. Keys are stable over restarts. */
export interface PlacedCard {
  key: string;
  card: Card;
}

/** The whole thread of a rollout as it should stand now; replies in order. */
export interface ThreadView {
  root: Card;
  replies: readonly PlacedCard[];
  /** The room no longer follows the rollout: nothing is posted there any more, what stands is edited. */
  left?: boolean;
}

import type { Channel } from '../rollout/actor.ts';
import type { Action, Line } from './card.ts';

/** One thing in an overview; its buttons do what those of its thread do. */
export interface OverviewEntry {
  lines: readonly Line[];
  actions: readonly Action[];
  /** The rollout that it is about, and the rooms where its thread stands. */
  rollout?: { id: string; channels: readonly Channel[] };
  /** The number of the last event that it tells of; a press hands it back. */
  drawnAt?: number;
}

export interface OverviewSection {
  title: string;
  entries: readonly OverviewEntry[];
  /** How many more there are that are not shown. */
  more: number;
}

/** What one person should see when they look at the bot: made by the core, drawn by adapters. */
export interface Overview {
  title: Line;
  lines: readonly Line[];
  actions: readonly Action[];
  sections: readonly OverviewSection[];
}

import type { Span } from './rows.ts';

/** Where a panel stands among the others. */
export interface Place {
  index: number;
  isLast: boolean;
  span: Span;
  /** The instant that goes through all panels; labelled in the first. */
  mark?: { at: number; label: string };
}

import { theBot } from './actor.ts';
import type { Fact, RolloutEvent } from './event.ts';
import { type Folded, fold } from './fold.ts';

/** The fold as it would be with these facts of the bot in the journal. */
export function suppose(before: Folded, facts: readonly Fact[], at: string): Folded {
  const { seq } = before.state;
  const events = facts.map(
    (fact, index) =>
      ({ v: 1, seq: seq + index + 1, at, actor: theBot, prev: '', hash: '', ...fact }) as RolloutEvent,
  );
  return fold(before, events) ?? before;
}

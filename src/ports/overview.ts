import type { Overview } from '../core/card/overview.ts';
import type { Incoming, Reply } from './chat.ts';
import type { Filler } from './forms.ts';

/**
 * Reads once what there is to see; the result draws it for each person who looks, without reading again. Rejects
 * when the store is away.
 */
export type LookAround = () => Promise<(who: Filler) => Overview>;

/** What a person gets who asks about a message: the rollout whose thread it stands in, or those under way there. */
export type AskAbout = (who: Omit<Incoming, 'text'>, message: { root: string }) => Promise<Reply>;

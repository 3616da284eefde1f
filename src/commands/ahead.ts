import type { LookAhead } from '../ports/chat.ts';
import type { InboxDeps } from './call.ts';
import { parse } from './parse.ts';

/**
 * Who is who, and how the rollout stands that a press names: asked for side by side, so that a person waits for one
 * way to the store. What was typed seldom records anything, and reads what it needs itself.
 */
export function createLookAhead({ identity, rollouts }: Pick<InboxDeps, 'identity' | 'rollouts'>): LookAhead {
  return ({ text, press }) => {
    const accounts = quiet(identity.accounts.read());
    const parsed = press === undefined ? undefined : parse(text);
    const command = parsed && 'command' in parsed ? parsed.command : undefined;
    if (press === undefined || command === undefined || !('id' in command)) return { accounts };
    const { id } = command;
    if (id === undefined) return { accounts };
    return { accounts, standing: { id, found: quiet(rollouts.standing(id, press.drawnAt)) } };
  };
}

/** What was asked for ahead of its use is not missed by a process when nobody uses it. */
function quiet<T>(asked: Promise<T>): Promise<T> {
  asked.catch(() => undefined);
  return asked;
}

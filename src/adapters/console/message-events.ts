import type { MessageChanges } from './changes.ts';

/** The console's changes as a source for the event stream; the page listens for this name. */
export function messageEvents(changes: MessageChanges) {
  return { name: 'message-changed', subscribe: changes.subscribe };
}

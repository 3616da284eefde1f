import type { ThreadView } from './card.ts';

/** What stays in a room that no longer follows a rollout: the root card says so, and has no buttons that would grow stale. */
export function leftView(id: string): ThreadView {
  const root = {
    tone: 'plain' as const,
    title: [{ bold: id }, ' is no longer followed here'],
    lines: [
      ['How it stands now: ', { code: `/rollout status ${id}` }],
      ['To follow it here again: ', { code: `/rollout follow ${id}` }],
    ],
    actions: [],
    links: [],
  };
  return { root, replies: [], left: true };
}

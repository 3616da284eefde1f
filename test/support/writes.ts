import type { Asked } from './faulty-forwarding.ts';

export function isWrite({ method }: Pick<Asked, 'method'>): boolean {
  return method !== 'GET' && method !== 'HEAD';
}

/** The step that a write is for, as the bot says it in its `User-Agent`; undefined where it says none. */
export function stepOf({ agent }: Pick<Asked, 'agent'>): string | undefined {
  return /; step ([^;)]+)/.exec(agent)?.[1];
}

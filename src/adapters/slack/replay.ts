import type { App } from '@slack/bolt';
import type { Log } from './log.ts';
import { type SightParts, sharedSight } from './seen.ts';

/** Bolt refuses requests that are older than five minutes, and keeps no memory of the younger ones. */
const signatureWindow = 5 * 60_000;

/**
 * Drops a request whose signature was seen before, by this process or another: within the window a recorded request
 * would pass otherwise. Signatures are remembered after Bolt has verified them only, so that nobody can push real
 * ones out.
 */
export function refuseReplays(app: App, parts: SightParts & { log: Log }): void {
  const isFirst = sharedSight(parts, 'signature', 2 * signatureWindow, 100_000);
  app.use(async (args) => {
    const signature = args.context.slackSignature;
    if (typeof signature === 'string' && (await isFirst(signature))) return args.next();
    parts.log.warn({}, 'A replayed request from Slack was dropped');
    if ('ack' in args && typeof args.ack === 'function') await args.ack();
  });
}

import type { App } from '@slack/bolt';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from './log.ts';
import { firstSight } from './seen.ts';

/** Bolt refuses requests that are older than five minutes, and keeps no memory of the younger ones. */
const signatureWindow = 5 * 60_000;

/**
 * Drops a request whose signature was seen before: within the window a recorded request would pass otherwise.
 * Signatures are remembered after Bolt has verified them only, so that nobody can push real ones out.
 */
export function refuseReplays(app: App, clock: Clock, log: Log): void {
  const isFirst = firstSight(clock, 2 * signatureWindow, 100_000);
  app.use(async (args) => {
    const signature = args.context.slackSignature;
    if (typeof signature === 'string' && isFirst(signature)) return args.next();
    log.warn({}, 'A replayed request from Slack was dropped');
    if ('ack' in args && typeof args.ack === 'function') await args.ack();
  });
}

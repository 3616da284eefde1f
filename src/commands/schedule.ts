import { type Refusal, refuse } from '../core/refusal.ts';
import { type Asked, time } from './asked.ts';
import { meant, type When } from './when.ts';

export const nothingStarted = 'Nothing was started.';

/** When it is to start, as asked; `note` is what the person should know of that time. */
export interface Schedule {
  at: number;
  scheduled: boolean;
  note?: string;
}

const furthest = 90 * 86_400_000;

/** What the wish for a time means; a time that is past or far away is refused. */
export function scheduleOf(
  wish: When | undefined,
  asked: Pick<Asked, 'policy' | 'now'>,
): Schedule | { refusal: Refusal } {
  if (wish === undefined || wish.kind === 'now') return { at: asked.now, scheduled: false };
  const found = meant(wish, asked.policy.timezone, asked.now);
  const refusal = (why: string) => ({
    refusal: refuse(
      'bad-input',
      nothingStarted,
      why,
      'Give another time, such as at=14:30 or at="tomorrow 14:30".',
    ),
  });
  if ('fault' in found) return refusal(found.fault);
  if (found.at <= asked.now)
    return refusal(`${time(asked, found.at)} is past; it is ${time(asked, asked.now)} now.`);
  if (found.at - asked.now > furthest) return refusal('A start can be planned 90 days ahead at most.');
  return { at: found.at, scheduled: true, ...(found.note === undefined ? {} : { note: found.note }) };
}

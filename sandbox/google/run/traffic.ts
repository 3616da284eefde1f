import { refusal } from '../refusal.ts';
import { byLatest, byRevision, type Service, type Target } from './resource.ts';

const tagPattern = /^[a-z](?:[a-z0-9-]{0,44}[a-z0-9])?$/;

function bad(message: string): never {
  throw refusal('INVALID_ARGUMENT', message, 'service.traffic');
}

/** Refuses traffic that can't be: shares that don't add up, revisions that there are not, doubled tags. */
export function checkTraffic(targets: readonly Target[], isKnown: (revision: string) => boolean): void {
  const sum = targets.reduce((total, { percent = 0 }) => total + percent, 0);
  if (sum !== 100) bad(`The sum of traffic percentages must be 100, got ${sum}.`);
  const tags = targets.flatMap(({ tag }) => tag ?? []);
  if (new Set(tags).size !== tags.length) bad('Each traffic tag must be used once only.');
  for (const target of targets) checkTarget(target, isKnown);
}

function checkTarget({ type, revision, percent = 0, tag }: Target, isKnown: (name: string) => boolean): void {
  if (percent < 0 || percent > 100) bad(`Traffic percentage must be between 0 and 100, got ${percent}.`);
  if (tag !== undefined && !tagPattern.test(tag)) bad(`"${tag}" is not a traffic tag.`);
  if (percent === 0 && tag === undefined) bad('A traffic target needs a percentage or a tag.');
  if (type === byLatest) {
    if (revision !== undefined) bad('A target of the latest revision must not name a revision.');
    return;
  }
  if (type !== byRevision) bad(`Traffic target type ${type} is not allowed.`);
  if (revision === undefined || revision === '') bad('A target of a revision must name it.');
  if (!isKnown(revision)) bad(`Revision '${revision}' does not exist.`);
}

/** What the targets come to once they are in force: an explicit revision for each share. */
export function resolved(service: Service): Target[] {
  return service.traffic.map((target) =>
    target.type === byLatest ? { ...target, revision: service.latestReadyRevision } : target,
  );
}

import { isClosing } from '../rollout/closing.ts';
import type { Line, Span } from './card.ts';
import { keptInWords, noWayBack, watchedInWords } from './hypercare.ts';
import { phaseTimes } from './phase-times.ts';
import { stepsFailed, stepsIn, type Telling, type ToldStep } from './telling.ts';
import { waitingLines } from './waiting-lines.ts';
import { changes, cut, dotted, restorations } from './words.ts';

/** More than this many steps of one sort are counted, not listed. */
const listed = 5;
const lineLimit = 300;

/** What is going on, in the lines under the headline. */
export function situation(telling: Telling): Line[] {
  switch (telling.status) {
    case 'planned':
      return [];
    case 'succeeded':
      return [phaseTimes(telling)];
    case 'running':
    case 'paused':
      return [...waitingLines(telling), now(telling)];
    case 'waiting':
      return [...waitingLines(telling), now(telling), standing(telling, 'In place')];
    case 'in-doubt':
      return [...stepsIn(telling, 'in-doubt').flatMap(doubtLines), standing(telling, 'In place')];
    case 'failed':
      return [...failureLines(telling), standing(telling, 'In place')];
    case 'rolling-back':
      return [now(telling), putBack(telling), stillToPutBack(telling)];
    case 'rolled-back':
      return [putBack(telling)];
    case 'rollback-failed':
      return [
        ...failureLines(telling),
        ...stepsIn(telling, 'in-doubt').flatMap(doubtLines),
        putBack(telling),
        stillToPutBack(telling),
      ];
    case 'hypercare':
      return isClosing(telling.state) ? closing(telling) : watching(telling);
    case 'aborted':
      return [standing(telling, 'Left as it is')];
  }
}

/** What is watched, and what a rollback would go back to meanwhile. */
function watching(telling: Telling): Line[] {
  const watched = watchedInWords(telling.plan);
  const said = dotted([
    watched === undefined ? '' : `Watched: ${watched}`,
    telling.state.supersededBy === undefined ? (keptInWords(telling.plan) ?? '') : '',
  ]);
  return [said, telling.state.hypercare?.finding === undefined ? [] : wouldPutBack(telling)];
}

/** Who decides about the old side has to know what hypercare found, and whether there is still a way back. */
function closing(telling: Telling): Line[] {
  const { finding } = telling.state.hypercare ?? {};
  const open: Line =
    finding === undefined
      ? []
      : ['Still noticed since ', { time: finding.at }, `: ${cut(finding.summary, lineLimit)}`];
  return [...waitingLines(telling), now(telling), open, noWayBack(telling) ?? wouldPutBack(telling)];
}

/** The steps that run, wait for time or are tried again, with what they say of themselves. */
function now(telling: Telling): Line {
  const busy = telling.steps.filter(
    ({ state }) =>
      state.status === 'running' ||
      (state.status === 'waiting' && (state.waiting?.for === 'time' || state.unseen)) ||
      (state.status === 'pending' && state.notBefore !== undefined),
  );
  if (busy.length === 0) return [];
  const more = busy.length > listed ? [`and ${busy.length - listed} more`] : [];
  return ['Now: ', ...dotted([...busy.slice(0, listed).map(busyInWords), ...more])];
}

function busyInWords({ name, state }: ToldStep): Line {
  if (state.status === 'pending' && state.notBefore !== undefined) {
    const failure = state.summary === undefined ? '' : `: ${cut(state.summary, lineLimit)}`;
    return [{ italic: name }, ' failed', failure, ', tried again at ', { time: state.notBefore }].filter(
      written,
    );
  }
  const again = state.attempts - state.forgiven > 1 ? ` (attempt ${state.attempts})` : '';
  const what = state.waiting?.for === 'time' ? state.waiting.what : '';
  const says = what === '' || what === name ? '' : `: ${cut(what, lineLimit)}`;
  return [{ italic: name }, again, says].filter(written);
}

function written(span: Span): boolean {
  return span !== '';
}

function doubtLines(step: ToldStep): Line[] {
  const { summary, known, attempts } = step.state;
  const safe = step.step.repeatable
    ? 'it is safe to repeat, says the playbook'
    : 'the playbook does not say that repeating it is safe';
  return [
    ...(summary === undefined ? [] : [[cut(summary, lineLimit)]]),
    ...(known ?? []).slice(0, listed).map((fact): Line => [`Known: ${cut(fact, lineLimit)}`]),
    [{ bold: 'Retry' }, ` runs it again, attempt ${attempts + 1} (${safe})`],
    [{ bold: 'Done' }, ' if you checked that it took effect: say how you know'],
  ];
}

function failureLines(telling: Telling): Line[] {
  return stepsFailed(telling)
    .slice(0, listed)
    .map(({ name, state }): Line => {
      const attempts = state.attempts > 1 ? ` (after ${state.attempts} attempts)` : '';
      const at: Span[] = state.endedAt === undefined ? [] : [' at ', { time: state.endedAt }];
      return [
        { italic: name },
        ...at,
        `${attempts}: ${cut(state.summary ?? 'no reason was given', lineLimit)}`,
      ];
    });
}

/** What the rollout changed and has not put back. */
function standing(telling: Telling, heading: string): Line {
  const stands = changes(telling.plan, telling.state);
  if (telling.status !== 'aborted') {
    const sure = stands.flatMap(({ what, certain }) => (certain ? [what] : []));
    return sure.length === 0 ? [] : counted(heading, sure);
  }
  if (stands.length === 0) return ['Nothing was changed that a rollback would put back'];
  return counted(
    heading,
    stands.map(({ what, certain }) => (certain ? what : `${what} (may have taken effect)`)),
  );
}

/** What the rollback has put back so far, in its steps' own words. */
export function putBack(telling: Telling): Line {
  const done = stepsIn(telling, 'succeeded').map(({ name, state }) => state.summary ?? name);
  if (done.length > 0) return counted('Put back', done);
  return telling.status === 'rolled-back' ? ['Nothing had been changed, so nothing had to be put back'] : [];
}

function stillToPutBack(telling: Telling): Line {
  const open = stepsIn(telling, 'pending', 'failed', 'in-doubt').map((step) => step.name);
  return open.length === 0 ? [] : counted('Not put back yet', open);
}

function wouldPutBack(telling: Telling): Line {
  const back = restorations(telling.plan, telling.state);
  if (back.length === 0 || telling.state.supersededBy !== undefined) return [];
  return counted(
    'Roll back puts back',
    back.map(({ name, before }) => `${name}: ${before}`),
  );
}

function counted(heading: string, words: readonly string[]): Line {
  const shown = words.slice(0, listed).map((word) => cut(word, lineLimit / 2));
  const more = words.length > listed ? [`and ${words.length - listed} more`] : [];
  return [`${heading}: ${[...shown, ...more].join(' · ')}`];
}

import { formatDuration } from '../playbook/duration.ts';
import type { RolloutEvent } from '../rollout/event.ts';
import { fold } from '../rollout/fold.ts';
import type { Plan } from '../rollout/plan.ts';
import type { RolloutState } from '../rollout/state.ts';
import { statusOf } from '../rollout/status.ts';
import { evidence } from './evidence.ts';
import { code, instant, plain, section, table } from './markdown.ts';
import { approvalTable, capturedValues, measurements, stepTable, timeline } from './sections.ts';

function duration({ startedAt, endedAt }: RolloutState): string {
  if (startedAt === undefined || endedAt === undefined) return 'not ended';
  return formatDuration(Date.parse(endedAt) - Date.parse(startedAt));
}

/** A rollout's facts in a table: what, where, who, when, how it ended. */
function overview(plan: Plan, state: RolloutState): string {
  const params = Object.entries(plan.params).map(([name, value]) => `${name}=${value}`);
  const optional: [string, string | undefined][] = [
    ['Target', plan.target === null ? undefined : plain(plan.target)],
    ['Parameters', params.length === 0 ? undefined : code(params.join(' '))],
    ['Started', state.startedAt && instant(state.startedAt)],
    ['Ended', state.endedAt && instant(state.endedAt)],
    ['Usual', state.usual === undefined ? undefined : formatDuration(state.usual)],
    ['Override', state.override && `${plain(state.override.of.join(', '))}: ${plain(state.override.reason)}`],
    ['Rolled back because', state.rollback && plain(state.rollback.reason)],
    ['Superseded by', state.supersededBy && code(state.supersededBy)],
  ];
  return table(
    ['', ''],
    [
      ['State', `**${statusOf(plan, state)}**`],
      ['Playbook', plain(plan.playbook.name)],
      ['Environment', plain(plan.environment.name)],
      [
        'Started by',
        state.startedBy === null ? 'the bot' : `${plain(state.startedBy.name)} (${state.startedBy.via})`,
      ],
      ['Took', duration(state)],
      ['Plan digest', code(state.digest)],
      ...optional.flatMap(([name, value]) => (value ? [[name, value]] : [])),
    ],
  );
}

function journalNote(state: RolloutState): string {
  return [
    `${state.seq} events; each carries the hash of the one before. The last one's hash:`,
    code(state.head),
    `\`cutover audit verify ${state.id}\` reckons the chain anew and compares it with this hash.`,
  ].join('\n\n');
}

/**
 * The report of a rollout as Markdown, from its journal alone: the same journal gives the same text, so its
 * hash can be kept. A rollout that still runs is told up to its last event.
 */
export function renderReport(plan: Plan, state: RolloutState, events: readonly RolloutEvent[]): string {
  const parts = [
    `# Rollout ${plain(state.id)}`,
    overview(plan, state),
    ...section('Approvals and answers', approvalTable(plan, events)),
    ...section('Steps', stepTable(plan, state)),
    ...section('Timeline', timeline(plan, events)),
    ...section('Captured before the changes', capturedValues(plan, state)),
    ...section('Measurements', measurements(plan, state)),
    ...section('Evidence', evidence(plan, state)),
    ...section('Journal', journalNote(state)),
  ];
  return `${parts.join('\n\n')}\n`;
}

/** The report of a whole journal as it was read; undefined for an empty one. */
export function reportOf(events: readonly RolloutEvent[]): string | undefined {
  const folded = fold(undefined, events);
  return folded && renderReport(folded.plan, folded.state, events);
}

/** A rollout in the deployment section of an audit report: overview, answers and the journal's hash. */
export function renderDeployment(plan: Plan, state: RolloutState, events: readonly RolloutEvent[]): string {
  const approvals = approvalTable(plan, events);
  const parts = [
    `### ${plain(state.id)}: ${plain(plan.playbook.name)} in ${plain(plan.environment.name)}`,
    overview(plan, state),
    ...(approvals === '' ? [] : [approvals]),
    timeline(plan, events),
    `Journal: ${state.seq} events, head ${code(state.head)}`,
  ];
  return parts.join('\n\n');
}

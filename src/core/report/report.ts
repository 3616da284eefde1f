import { formatDuration } from '../playbook/duration.ts';
import type { Chart, RolloutEvent } from '../rollout/event.ts';
import { type Folded, fold } from '../rollout/fold.ts';
import type { Plan } from '../rollout/plan.ts';
import type { RolloutState } from '../rollout/state.ts';
import { statusOf } from '../rollout/status.ts';
import { alertTable, dutyTable, hypercareBlocks, rollbackBlocks } from './after.ts';
import { durationBlocks } from './durations.ts';
import { evidence } from './evidence.ts';
import { toHtml } from './html.ts';
import { toMarkdown } from './markdown.ts';
import { type Block, type Report, section, type Words, words } from './model.ts';
import { approvalTable, capturedValues, measurements, stepTable } from './sections.ts';
import { instant, said } from './text.ts';
import { timeline } from './timeline.ts';

/** What a report tells of besides its journal. */
export interface ReportScope {
  /** People's own time zone, by its IANA name; absent: UTC alone. */
  timezone?: string;
  /** Other rollouts of the environment: the durations are compared with those that were over before. */
  earlier?: readonly Folded[];
}

function duration({ startedAt, endedAt }: RolloutState): string {
  if (startedAt === undefined || endedAt === undefined) return 'not ended';
  return formatDuration(Date.parse(endedAt) - Date.parse(startedAt));
}

function optionalFacts(plan: Plan, state: RolloutState): [string, Words | undefined][] {
  const params = Object.entries(plan.params).map(([name, value]) => `${name}=${value}`);
  return [
    ['Target', plan.target === null ? undefined : said(plan.target)],
    ['Parameters', params.length === 0 ? undefined : { code: params.join(' ') }],
    ['Started', state.startedAt && instant(state.startedAt)],
    ['Ended', state.endedAt && instant(state.endedAt)],
    ['Usual', state.usual === undefined ? undefined : formatDuration(state.usual)],
    ['Override', state.override && `${said(state.override.of.join(', '))}: ${said(state.override.reason)}`],
    ['Rolled back because', state.rollback && said(state.rollback.reason)],
    ['Superseded by', state.supersededBy === undefined ? undefined : { code: state.supersededBy }],
  ];
}

/** A rollout's facts: what, where, who, when, how it ended. */
function overview(plan: Plan, state: RolloutState): Block {
  const { startedBy } = state;
  return {
    kind: 'facts',
    rows: [
      ['State', { strong: statusOf(plan, state) }],
      ['Playbook', said(plan.playbook.name)],
      ['Environment', said(plan.environment.name)],
      ['Started by', startedBy === null ? 'the bot' : `${said(startedBy.name)} (${startedBy.via})`],
      ['Took', duration(state)],
      ['Plan digest', { code: state.digest }],
      ...optionalFacts(plan, state).flatMap(([name, value]): [string, Words][] =>
        value === undefined || value === '' ? [] : [[name, value]],
      ),
    ],
  };
}

function journalNote(state: RolloutState): Block[] {
  return [
    words(`${state.seq} events; each carries the hash of the one before. The last one's hash:`),
    words({ code: state.head }),
    words(
      { code: `cutover audit verify ${state.id}` },
      ' reckons the chain anew and compares it with this hash. The plan stands in the journal too; its SHA-256 over canonical JSON is the plan digest that each approval was bound to.',
    ),
  ];
}

/** The report of a rollout in neutral form, from its journal: the same journal and scope give the same report. */
export function makeReport(
  { plan, state }: Folded,
  events: readonly RolloutEvent[],
  { timezone = 'UTC', earlier = [] }: ReportScope = {},
): Report {
  return {
    id: state.id,
    title: `Rollout ${said(state.id)}`,
    summary: overview(plan, state),
    sections: [
      ...section('Rollback', rollbackBlocks(plan, state)),
      ...section('Approvals and answers', approvalTable(plan, events)),
      ...section('Alerts', alertTable(state)),
      ...section('Hypercare', hypercareBlocks(state)),
      ...section('Duties', dutyTable(plan, state)),
      ...section('Durations', durationBlocks({ plan, state }, earlier)),
      ...section('Steps', stepTable(plan, state)),
      ...section('Timeline', timeline(plan, events, timezone)),
      ...section('Captured before the changes', capturedValues(plan, state)),
      ...section('Measurements', measurements(plan, state)),
      ...section('Evidence', evidence(plan, state)),
      ...section('Journal', journalNote(state)),
    ],
  };
}

/** A report's entry in the deployment section of an audit report: without what the report itself is for. */
export function makeDeployment({ plan, state }: Folded, report: Report): Report {
  const kept = [
    'Rollback',
    'Approvals and answers',
    'Alerts',
    'Hypercare',
    'Duties',
    'Durations',
    'Timeline',
  ];
  const journal = words(`Journal: ${state.seq} events, head `, { code: state.head });
  return {
    ...report,
    title: `${state.id}: ${said(plan.playbook.name)} in ${said(plan.environment.name)}`,
    sections: [
      ...report.sections.filter(({ title }) => kept.includes(title)),
      ...section('Journal', [journal]),
    ],
  };
}

/** The report as Markdown. A rollout that still runs is told up to its last event; undefined for an empty journal. */
export function reportOf(events: readonly RolloutEvent[], scope?: ReportScope): string | undefined {
  const folded = fold(undefined, events);
  return folded && toMarkdown(makeReport(folded, events, scope));
}

/** The rollout's entry in an audit report as Markdown. */
export function deploymentOf(events: readonly RolloutEvent[], scope?: ReportScope): string | undefined {
  const folded = fold(undefined, events);
  return folded && toMarkdown(makeDeployment(folded, makeReport(folded, events, scope)), 3);
}

/** The report as one HTML file with its charts drawn in it. */
export async function htmlOf(
  events: readonly RolloutEvent[],
  draw: (chart: Chart) => Promise<string>,
  scope?: ReportScope,
): Promise<string | undefined> {
  const folded = fold(undefined, events);
  return folded && toHtml(makeReport(folded, events, scope), draw);
}

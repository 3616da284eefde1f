import type { Line } from '../core/card/card.ts';
import { count, cut, list, nameOfStep } from '../core/card/words.ts';
import { formatDuration } from '../core/playbook/duration.ts';
import { type ReportScope, reportOf } from '../core/report/report.ts';
import type { StepStatus } from '../core/rollout/state.ts';
import type { Reply } from '../ports/chat.ts';
import type { Rollout } from '../ports/rollouts.ts';
import { type Call, linksTo, reportLinks } from './call.ts';
import { unknownRollout } from './look.ts';
import { refusalReply, reply } from './reply.ts';
import { statusOfRollout } from './standing.ts';
import { storyOf } from './story.ts';
import { durationOf } from './usual.ts';

/** Characters of the report in the card; the whole stands behind its link. */
const reportLimit = 50_000;

/** Sums a rollout up, with the whole report as Markdown folded into the card and behind a link. */
export async function report(call: Call<'report'>): Promise<Reply> {
  const { id } = call.command;
  const rollout = await call.deps.rollouts.find(id);
  if (!rollout) return refusalReply(unknownRollout(id));
  const { plan, state } = rollout;
  const text = reportOf(await call.deps.rollouts.events(id), await scopeOf(call, rollout));
  const where = plan.target === null ? plan.environment.name : `${plan.target} → ${plan.environment.name}`;
  const summary = reply(
    [{ bold: `${id} · ${where}` }, ` · ${statusOfRollout(rollout)}`],
    [
      storyOf(rollout, call.asked),
      ...duration(rollout),
      steps(rollout),
      ...approvals(rollout),
      ...changed(rollout),
      ...archived(rollout),
      ['Journal: ', count(state.seq, 'event'), ', last hash ', { code: state.head.slice(0, 19) }],
    ],
    { links: [...linksTo(call, id), ...reportLinks(call, id)] },
  );
  const tail = { title: `Report of ${id} as Markdown`, text: cut(text ?? '', reportLimit) };
  return text === undefined ? summary : { ...summary, card: { ...summary.card, tail } };
}

async function scopeOf({ asked, deps }: Call<'report'>, { plan }: Rollout): Promise<ReportScope> {
  const earlier = await deps.rollouts.list({ environment: plan.environment.name, limit: 50 });
  return { timezone: asked.policy.timezone, earlier };
}

function duration(rollout: Rollout): Line[] {
  const took = durationOf(rollout);
  const { usual } = rollout.state;
  if (took === undefined) return [];
  return [[`Took ${formatDuration(took)}${usual === undefined ? '' : `, usually ${formatDuration(usual)}`}`]];
}

function steps({ state }: Rollout): Line {
  const counts = new Map<StepStatus, number>();
  for (const { status } of Object.values(state.steps)) counts.set(status, (counts.get(status) ?? 0) + 1);
  return [`Steps: ${list([...counts].map(([status, amount]) => `${amount} ${status}`))}`];
}

function approvals({ plan, state }: Rollout): Line[] {
  return Object.entries(state.steps).flatMap(([id, step]) => {
    const approved = step.answers.filter(({ answer }) => answer === 'approve');
    if (approved.length === 0) return [];
    return [[`${nameOfStep(plan, id)}: approved by ${list(approved.map(({ by }) => by.name))}`]];
  });
}

/** Where the report of the whole rollout was stored once it had ended. */
function archived({ state: { report } }: Rollout): Line[] {
  if (report === undefined) return [];
  if (report.why !== undefined) return [[`Not archived: ${cut(report.why, 300)}`]];
  return [['Archived: ', ...report.files.flatMap(({ uri }, at) => [at > 0 ? ', ' : '', { code: uri }])]];
}

/** What stands changed, or was put back. */
function changed({ plan, state }: Rollout): Line[] {
  return Object.entries(state.steps).flatMap(([id, step]) => {
    if (step.before === undefined || step.summary === undefined) return [];
    return [[{ bold: nameOfStep(plan, id) }, `: ${step.summary}`]];
  });
}

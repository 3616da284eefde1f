import type { Action } from '../core/card/card.ts';
import { nameOfStep } from '../core/card/words.ts';
import { formatDuration } from '../core/playbook/duration.ts';
import { refuse } from '../core/refusal.ts';
import type { Reply } from '../ports/chat.ts';
import type { Decision, Rollout } from '../ports/rollouts.ts';
import { decideVote } from './approve.ts';
import { type Asked, time } from './asked.ts';
import { type Call, channelHere, onRollout, type Scene } from './call.ts';
import { decideExtend, extendable, isWatched } from './extend.ts';
import { formatCommand } from './format.ts';
import { underWayHere } from './look.ts';
import { refusalReply, reply } from './reply.ts';
import { decideRollback } from './rollback.ts';
import { waitingFor } from './standing.ts';

type OnOne = { name: string; id: string; step?: string };

/** A command on one rollout that needs nothing but its decision; the thread shows the rest. */
export function steering<C extends OnOne>(
  decide: (command: C, asked: Asked, rollout: Rollout) => Decision,
  said: string,
): (call: Scene & { command: C }) => Promise<Reply> {
  return (call) => {
    const { id, step } = call.command;
    return onRollout(
      call,
      id,
      (asked, rollout) => decide(call.command, asked, rollout),
      () => reply(`✓ ${step ?? id} ${said}`, [], { tone: 'good' }),
    );
  };
}

/** An approval or a rejection; where several are asked for, the person picks one by button. */
export async function vote(call: Call<'approve'> | Call<'reject'>): Promise<Reply> {
  const { command, deps } = call;
  const rollout = command.nonce === undefined ? await deps.rollouts.find(command.id) : undefined;
  const ballots = rollout ? waitingFor(rollout, 'approval') : [];
  if (rollout && ballots.length > 1) {
    const label = command.name === 'approve' ? 'Approve' : 'Reject';
    const actions = ballots.map(
      ({ id, waiting }): Action => ({
        label: `${label}: ${nameOfStep(rollout.plan, id)}`,
        command: formatCommand({ ...command, nonce: waiting.nonce }),
      }),
    );
    return choice(`${command.id} asks for several approvals`, actions);
  }
  const did = command.name === 'approve' ? 'approved' : 'rejected';
  return onRollout(
    call,
    command.id,
    (asked, now) => decideVote(command, asked, now),
    () => reply(`✓ You ${did} ${command.id}`, [], { tone: 'good' }),
  );
}

function choice(title: string, actions: readonly Action[]): Reply {
  return reply(title, ['Nothing was done yet. Choose one.'], { tone: 'waiting', actions });
}

/** More time; where several steps have a deadline, the person picks one by button. */
export async function extend(call: Call<'extend'>): Promise<Reply> {
  const { command, deps } = call;
  const rollout = command.step === undefined ? await deps.rollouts.find(command.id) : undefined;
  const steps = rollout && !isWatched(rollout) ? extendable(rollout) : [];
  if (rollout && steps.length > 1) {
    const actions = steps.map(
      (step): Action => ({
        label: `Extend: ${nameOfStep(rollout.plan, step)}`,
        command: formatCommand({ ...command, step }),
      }),
    );
    return choice(`Several steps of ${command.id} have a deadline`, actions);
  }
  return onRollout(
    call,
    command.id,
    (asked, now) => decideExtend(command, asked, now),
    ({ state }) => reply(extended(call, state), [], { tone: 'good' }),
  );
}

function extended({ command, asked }: Call<'extend'>, { hypercare, id }: Rollout['state']): string {
  const more = formatDuration(command.duration);
  if (hypercare === undefined || hypercare.endedAt !== undefined) return `✓ ${id} was given ${more} more`;
  return `✓ The hypercare of ${id} lasts until ${time(asked, hypercare.until)}`;
}

/** A rollback; without an id of the only rollout that is under way here. */
export async function rollback(call: Call<'rollback'>): Promise<Reply> {
  const { id = await onlyOneHere(call), reason } = call.command;
  if (typeof id !== 'string') return id;
  return onRollout(
    call,
    id,
    (asked, rollout, environment) => decideRollback({ id, reason }, asked, rollout, environment),
    () => reply(`✓ ${id} is rolling back`, [], { tone: 'good' }),
  );
}

async function onlyOneHere(call: Call<'rollback'>): Promise<string | Reply> {
  const rollouts = await underWayHere(call);
  const [only, second] = rollouts;
  if (only && !second) return only.state.id;
  if (only === undefined) {
    const { environment } = channelHere(call);
    const where = environment === undefined ? '' : ` in ${environment}`;
    return refusalReply(
      refuse(
        'unknown-rollout',
        'Nothing was rolled back.',
        `No rollout is under way${where}.`,
        'Name one: `/rollout rollback <id> <reason>`; see `/rollout history`.',
      ),
    );
  }
  const actions = rollouts.slice(0, 10).map(
    ({ plan, state }): Action => ({
      label: `Roll back ${state.id} (${plan.environment.name})`,
      command: formatCommand({ ...call.command, id: state.id }),
      style: 'danger',
      confirm: { title: `Roll back ${state.id}?`, text: 'It puts back what it changed.', ok: 'Roll back' },
    }),
  );
  return choice('Several rollouts are under way', actions);
}

import type { Json } from '../json.ts';
import type { Plan } from '../rollout/plan.ts';
import type { RolloutState } from '../rollout/state.ts';
import { stepsOf } from '../rollout/steps.ts';
import { type Block, table, words } from './model.ts';
import { said } from './text.ts';

/** A hash that a step left, with what it is of. */
interface Proof {
  step: string;
  of: string;
  sha256: string;
  uri: string;
}

const digest = /^sha256:[0-9a-f]{64}$/;
const most = 300;

function nameOf(path: readonly string[], value: { [key: string]: Json }, key: string): string {
  const own = typeof value.name === 'string' ? [...path.slice(0, -1), value.name] : path;
  const suffix = key.replace(/sha256$/i, '');
  return [...own, ...(suffix === '' ? [] : [suffix])].join('/') || 'output';
}

function proofsOf(step: string, value: Json, path: readonly string[]): Proof[] {
  if (value === null || typeof value !== 'object') return [];
  if (Array.isArray(value))
    return value.flatMap((item, index) => proofsOf(step, item, [...path, String(index)]));
  return Object.entries(value).flatMap(([key, inner]): Proof[] => {
    if (typeof inner === 'string' && /sha256$/i.test(key) && digest.test(inner)) {
      const uri = key === 'sha256' && typeof value.uri === 'string' ? value.uri : '';
      return [{ step, of: nameOf(path, value, key), sha256: inner, uri }];
    }
    return proofsOf(step, inner, [...path, key]);
  });
}

/** Every SHA-256 in what the steps put out: snapshots, artefacts, manifests. */
export function evidence(plan: Plan, state: RolloutState): Block[] {
  const proofs = [...stepsOf(plan)].flatMap(([id, { step }]) =>
    proofsOf(said(step.name ?? id), state.steps[id]?.output ?? null, []),
  );
  const rows = proofs
    .slice(0, most)
    .map((proof) => [
      proof.step,
      said(proof.of),
      { code: proof.sha256 },
      proof.uri === '' ? '–' : { code: proof.uri },
    ]);
  const left = proofs.length - rows.length;
  const shown = table(['Step', 'Of', 'SHA-256', 'Kept at'], rows);
  return left > 0 ? [...shown, words(`${left} more stand in the journal.`)] : shown;
}

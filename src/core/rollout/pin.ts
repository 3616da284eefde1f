import { shown } from '../step/shown.ts';
import type { Fact } from './event.ts';
import { type Plan, planDigest } from './plan.ts';

/** The plan with a digest in it; nothing where the plan has one for this reference: the first stands for good. */
export function pinning(before: Plan, reference: string, digest: string): Fact[] {
  if (before.digests?.[reference] !== undefined) return [];
  const plan: Plan = { ...before, digests: { ...before.digests, [reference]: digest } };
  const reason = `${shown(reference)} is pinned to ${shown(digest)}`;
  return [{ type: 'plan.revised', data: { plan, digest: planDigest(plan), reason } }];
}

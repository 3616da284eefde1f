import { z } from 'zod';
import {
  type Cluster,
  KubernetesError,
  type KubernetesObject,
  type ObjectRef,
} from '../../ports/kubernetes.ts';
import type { StepContext } from '../../ports/step.ts';
import { type Fields, fieldsOf, patchOf, sameFields } from './fields.ts';
import { mark, marksOf, marksOn, refuseStale } from './marks.ts';
import { settle } from './settle.ts';

const heldSchema = z.strictObject({
  ref: z.strictObject({ apiVersion: z.string(), kind: z.string(), namespace: z.string(), name: z.string() }),
  fields: z.record(z.string(), z.json()),
  marks: z.record(z.string(), z.string().nullable()),
});

/** What stood in the fields of some objects before they were changed, in the order of the change. */
export const capturedSchema = z.strictObject({
  connection: z.string(),
  /** What a rollback restores, in words. */
  what: z.string(),
  /** What was switched, in words. */
  moved: z.string(),
  objects: z.array(heldSchema).min(1),
});
export type Captured = z.infer<typeof capturedSchema>;
export type Held = Captured['objects'][number];

/** What stands there is neither what was captured nor what is wanted, or belongs to someone else by now. */
export class Drifted extends Error {
  override readonly name = 'Drifted';
}

export function called({ kind, namespace, name }: ObjectRef): string {
  return namespace === undefined ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}

/** An object that has to be there. */
export async function present(
  cluster: Cluster,
  ref: ObjectRef,
  signal: AbortSignal,
): Promise<KubernetesObject> {
  const object = await cluster.read(ref, signal);
  if (object !== undefined) return object;
  throw new KubernetesError(`${called(ref)} does not exist`, { reason: 'missing' });
}

export function held(ref: Held['ref'], live: KubernetesObject, paths: readonly string[]): Held {
  return { ref, fields: fieldsOf(live, paths), marks: marksOn(live.metadata) };
}

/** Changes an object's fields from what was captured to what is wanted, and from nothing else. */
export function moveOn(
  context: StepContext<unknown>,
  cluster: Cluster,
  { ref, fields }: Held,
  wanted: Fields,
  signal: AbortSignal,
): Promise<void> {
  return settle(async () => {
    const live = await present(cluster, ref, signal);
    refuseStale(context, live.metadata);
    const now = fieldsOf(live, Object.keys(wanted));
    if (sameFields(now, wanted)) return;
    if (!sameFields(now, fields)) throw new Drifted(drift(ref, now, fields));
    await write(cluster, { ref, live, now, wanted, marks: marksOf(context) }, signal);
  }, signal);
}

/** Puts back what was captured, over whatever stands there now, unless another rollout has changed it since. */
export function putBack(
  context: StepContext<unknown>,
  cluster: Cluster,
  { ref, fields, marks }: Held,
  signal: AbortSignal,
): Promise<void> {
  return settle(async () => {
    const live = await present(cluster, ref, signal);
    refuseStale(context, live.metadata);
    const now = fieldsOf(live, Object.keys(fields));
    if (sameFields(now, fields)) return;
    const owner = live.metadata.annotations?.[mark.rollout];
    const known = [undefined, context.rollout.id, marks[mark.rollout] ?? undefined];
    if (!known.includes(owner))
      throw new Drifted(`${called(ref)} was changed by ${owner} since, so it is left as it is`);
    await write(cluster, { ref, live, now, wanted: fields, marks }, signal);
  }, signal);
}

interface Write {
  ref: ObjectRef;
  live: KubernetesObject;
  now: Fields;
  wanted: Fields;
  marks: Record<string, string | null>;
}

/**
 * One patch, which the server takes only for the very object that was read. Not server-side apply: rules and selectors
 * are Helm's, and apply takes another manager's fields only by force, over whatever stands there.
 */
async function write(cluster: Cluster, { ref, live, now, wanted, marks }: Write, signal: AbortSignal) {
  const { resourceVersion = '' } = live.metadata;
  const metadata = { resourceVersion, annotations: marks };
  await cluster.patch(ref, { ...patchOf(now, wanted), metadata }, signal);
}

function drift(ref: ObjectRef, now: Fields, before: Fields): string {
  const changed = Object.keys(now).filter(
    (path) => !sameFields({ [path]: now[path] ?? null }, { [path]: before[path] ?? null }),
  );
  return `${called(ref)} was changed by someone since this step first read it (${changed.join(', ')})`;
}

import { z } from 'zod';
import { canonicalJson, type Json } from '../../core/json.ts';
import type { Cluster, KubernetesObject, ObjectRef } from '../../ports/kubernetes.ts';
import type { StepContext } from '../../ports/step.ts';
import { underneath } from './fields.ts';
import { mark, marksOf, marksOn, refuseStale } from './marks.ts';
import { called, Drifted } from './moves.ts';
import { settle } from './settle.ts';

const heldSchema = z.strictObject({
  ref: z.strictObject({ apiVersion: z.string(), kind: z.string(), namespace: z.string(), name: z.string() }),
  /** The values that stood where something was applied; null: there was no such object. */
  before: z.record(z.string(), z.json()).nullable(),
  marks: z.record(z.string(), z.string().nullable()),
});

/** What stood under some objects before they were applied, in that order. */
export const appliedSchema = z.strictObject({ connection: z.string(), objects: z.array(heldSchema).min(1) });
type Held = z.infer<typeof heldSchema>;

export function refOf({ apiVersion, kind, metadata }: KubernetesObject): Held['ref'] {
  return { apiVersion, kind, namespace: metadata.namespace ?? '', name: metadata.name };
}

/** The parts of an object that an apply changes: never who and where it is. */
function content({ apiVersion: _v, kind: _k, metadata, ...rest }: KubernetesObject): {
  [field: string]: Json;
} {
  const { labels, annotations } = metadata;
  const marked = { ...(labels ? { labels } : {}), ...(annotations ? { annotations } : {}) };
  return JSON.parse(JSON.stringify({ ...rest, ...(labels || annotations ? { metadata: marked } : {}) }));
}

/** With maps of labels and annotations also where there are none, so that what was added to them is found one by one. */
function whole(live: KubernetesObject): Json {
  const { labels = {}, annotations = {} } = live.metadata;
  return { ...live, metadata: { ...live.metadata, labels, annotations } } as Json;
}

/** What stands under an object now. */
export async function heldOf(cluster: Cluster, object: KubernetesObject, signal: AbortSignal): Promise<Held> {
  const ref = refOf(object);
  const live = await cluster.read(ref, signal);
  if (live === undefined) return { ref, before: null, marks: {} };
  const before = underneath(whole(live), content(object)) as { [field: string]: Json };
  return { ref, before, marks: marksOn(live.metadata) };
}

/** Whether all that an object says stands there, marked as this step's. */
export function standsAs(
  { rollout, step }: StepContext<unknown>,
  live: KubernetesObject | undefined,
  object: KubernetesObject,
): boolean {
  const marks = live?.metadata.annotations;
  if (marks?.[mark.rollout] !== rollout.id || marks[mark.step] !== step.id) return false;
  return includes(live as Json, content(object));
}

/** Lists may have been completed by the server: an entry is there when one includes it. */
function includes(live: Json | undefined, wanted: Json): boolean {
  if (Array.isArray(wanted))
    return Array.isArray(live) && wanted.every((entry, index) => includes(live[index], entry));
  if (typeof wanted !== 'object' || wanted === null) return (live ?? null) === wanted;
  if (typeof live !== 'object' || live === null || Array.isArray(live)) return false;
  return Object.entries(wanted).every(([name, value]) => includes(live[name], value));
}

/** Applies one object as what was read allows it; a newer worker's stays. */
export function applyOne(
  context: StepContext<unknown>,
  cluster: Cluster,
  object: KubernetesObject,
  signal: AbortSignal,
  part?: string,
): Promise<void> {
  return settle(async () => {
    const live = await cluster.read(refOf(object), signal);
    if (live !== undefined) refuseStale(context, live.metadata);
    if (standsAs(context, live, object)) return;
    const resourceVersion = live?.metadata.resourceVersion;
    const version = resourceVersion === undefined ? {} : { resourceVersion };
    const annotations = { ...object.metadata.annotations, ...marksOf(context) };
    await cluster.apply(
      { ...object, metadata: { ...object.metadata, ...version, annotations } },
      signal,
      part,
    );
  }, signal);
}

/** Puts back what stood under an object, or removes one that wasn't there; one that isn't ours by now is left. */
export function unapplyOne(
  context: StepContext<unknown>,
  cluster: Cluster,
  { ref, before, marks }: Held,
  signal: AbortSignal,
): Promise<void> {
  return settle(async () => {
    const live = await cluster.read(ref, signal);
    if (live === undefined) {
      if (before !== null) throw new Drifted(`${called(ref)} no longer exists, so it can't be put back`);
      return;
    }
    if (isBack(live, { ref, before, marks })) return;
    refuseStale(context, live.metadata);
    refuseOthers(context, live, ref);
    const { uid, resourceVersion = '' } = live.metadata;
    if (before === null) return cluster.remove(ref, { resourceVersion, ...(uid ? { uid } : {}) }, signal);
    await cluster.patch(ref, restoring(before, marks, resourceVersion), signal);
  }, signal);
}

/** Whether what was captured stands there again. */
export function isBack(live: KubernetesObject | undefined, { before, marks }: Held): boolean {
  if (before === null || live === undefined) return before === null && live === undefined;
  const now = underneath(whole(live), before);
  return canonicalJson([now, marksOn(live.metadata)]) === canonicalJson([before, marks]);
}

function restoring(before: { [field: string]: Json }, marks: Held['marks'], resourceVersion: string) {
  const { labels = {}, annotations = {} } = (before.metadata ?? {}) as Record<string, Record<string, Json>>;
  return {
    ...before,
    metadata: { resourceVersion, labels: { ...labels }, annotations: { ...annotations, ...marks } },
  };
}

function refuseOthers(
  { rollout }: StepContext<unknown>,
  { metadata }: KubernetesObject,
  ref: ObjectRef,
): void {
  const owner = metadata.annotations?.[mark.rollout];
  if (owner !== rollout.id)
    throw new Drifted(
      `${called(ref)} belongs to ${owner ?? 'nobody we know'} by now, so it is left as it is`,
    );
}

import { z } from 'zod';
import { digestOf } from '../../core/json.ts';
import {
  type Cluster,
  KubernetesError,
  type KubernetesObject,
  type ObjectRef,
} from '../../ports/kubernetes.ts';
import type { StepContext } from '../../ports/step.ts';
import { patchOf } from './fields.ts';
import { isOurs, mark, marksOf, ownLabels, refuseStale } from './marks.ts';
import { called, present } from './moves.ts';
import { settle } from './settle.ts';

const data = z.record(z.string(), z.string()).nullish();
const contentSchema = z.object({ data, binaryData: data, type: z.string().optional() });

/** What a copy has to be equal in. It is held for comparing and writing, and never leaves this file. */
function contentOf(object: KubernetesObject): z.infer<typeof contentSchema> {
  const { data: plain, binaryData, type } = contentSchema.parse(object);
  return { data: plain ?? {}, binaryData: binaryData ?? {}, ...(type === undefined ? {} : { type }) };
}

export function sameContent(a: KubernetesObject, b: KubernetesObject): boolean {
  return digestOf(contentOf(a)) === digestOf(contentOf(b));
}

/** An object of that name is somebody else's, and says something else. */
export class NotOurs extends Error {
  override readonly name = 'NotOurs';
}

export interface Copy {
  from: { cluster: Cluster; ref: ObjectRef };
  to: { cluster: Cluster; ref: ObjectRef };
}

export type Copied = 'made' | 'renewed' | 'same';

/** Makes the target equal to the source. What is equal already is left alone, whoever made it. */
export function copyOne(
  context: StepContext<unknown>,
  { from, to }: Copy,
  signal: AbortSignal,
): Promise<Copied> {
  return settle(async () => {
    const source = await present(from.cluster, from.ref, signal);
    const target = await to.cluster.read(to.ref, signal);
    if (target === undefined) return make(context, source, { from, to }, signal);
    if (sameContent(source, target)) return 'same';
    if (!isOurs(context, target.metadata))
      throw new NotOurs(
        `${called(to.ref)} exists, was not made by this playbook, and differs from ${called(from.ref)}`,
      );
    refuseStale(context, target.metadata);
    const { resourceVersion = '' } = target.metadata;
    const { type: _, ...content } = contentOf(source);
    const { type: _was, ...before } = contentOf(target);
    const change = patchOf(
      { data: before.data ?? null, binaryData: before.binaryData ?? null },
      { data: content.data ?? null, binaryData: content.binaryData ?? null },
    );
    const annotations = marksOf(context);
    await to.cluster.patch(to.ref, { ...change, metadata: { resourceVersion, annotations } }, signal);
    return 'renewed';
  }, signal);
}

async function make(
  context: StepContext<unknown>,
  source: KubernetesObject,
  { from, to }: Copy,
  signal: AbortSignal,
): Promise<Copied> {
  const { name, namespace = '' } = to.ref;
  const annotations = { ...marksOf(context), [mark.source]: `${from.ref.namespace}/${from.ref.name}` };
  const metadata = { name, namespace, labels: ownLabels(context), annotations };
  const { apiVersion, kind } = to.ref;
  await to.cluster.create({ apiVersion, kind, metadata, ...contentOf(source) }, signal);
  return 'made';
}

/** Whether source and target are there and equal. */
export async function isCopied({ from, to }: Copy, signal: AbortSignal): Promise<boolean> {
  const [source, target] = await Promise.all([
    from.cluster.read(from.ref, signal),
    to.cluster.read(to.ref, signal),
  ]);
  if (source === undefined)
    throw new KubernetesError(`${called(from.ref)} does not exist`, { reason: 'missing' });
  return target !== undefined && sameContent(source, target);
}

import { PatchStrategy } from '@kubernetes/client-node';
import { type Cluster, KubernetesError, type KubernetesObject } from '../../ports/kubernetes.ts';
import { queryOf, refOf, worded } from './addresses.ts';
import { objectSchema } from './objects.ts';
import type { Requests } from './requests.ts';
import type { PathOf } from './resources.ts';

/** Who the fields belong to that we set. */
const manager = 'cutover';

type Writing = Pick<Cluster, 'create' | 'apply' | 'patch' | 'remove'>;

interface Body {
  type: string;
  content: unknown;
}

export function writing(requests: Requests, pathOf: PathOf, describe: Cluster['describe']): Writing {
  async function send(
    method: 'POST' | 'PATCH' | 'DELETE',
    what: string,
    path: string,
    { type, content }: Body,
    signal: AbortSignal,
  ): Promise<string> {
    const ask = { method, path, body: { type, text: JSON.stringify(content) } };
    return (await requests.write(what, ask, signal)).text;
  }

  async function applyOnce(content: KubernetesObject, force: boolean, signal: AbortSignal, part?: string) {
    const ref = refOf(content);
    const query = queryOf({}, { fieldManager: managerOf(part), force });
    const path = `${await pathOf(ref, signal)}/${encodeURIComponent(ref.name)}?${query}`;
    const body = { type: PatchStrategy.ServerSideApply, content };
    return parsed(await send('PATCH', `apply ${worded(ref)}`, path, body, signal));
  }

  /** Takes a field only from an earlier write of our own, and only as the object was when that was found. */
  async function apply(
    object: KubernetesObject,
    signal: AbortSignal,
    part?: string,
  ): Promise<KubernetesObject> {
    try {
      return await applyOnce(object, false, signal, part);
    } catch (error) {
      if (!ownedByUs(error)) throw error;
    }
    if (object.metadata.resourceVersion !== undefined) return applyOnce(object, true, signal, part);
    const resourceVersion = (await describe(refOf(object), signal))?.resourceVersion;
    const pinned = resourceVersion === undefined ? {} : { resourceVersion };
    return apply({ ...object, metadata: { ...object.metadata, ...pinned } }, signal, part);
  }

  return {
    apply,
    async create(content, signal) {
      const ref = refOf(content);
      const path = `${await pathOf(ref, signal)}?${queryOf({}, { fieldManager: manager })}`;
      const body = { type: 'application/json', content };
      return parsed(await send('POST', `create ${worded(ref)}`, path, body, signal));
    },
    async patch(ref, content, signal) {
      const query = queryOf({}, { fieldManager: manager });
      const path = `${await pathOf(ref, signal)}/${encodeURIComponent(ref.name)}?${query}`;
      const body = { type: PatchStrategy.MergePatch, content };
      return parsed(await send('PATCH', `patch ${worded(ref)}`, path, body, signal));
    },
    async remove(ref, { uid, resourceVersion, propagation = 'Background' }, signal) {
      const path = `${await pathOf(ref, signal)}/${encodeURIComponent(ref.name)}`;
      const content = {
        apiVersion: 'v1',
        kind: 'DeleteOptions',
        preconditions: { uid, resourceVersion },
        propagationPolicy: propagation,
      };
      const body = { type: 'application/json', content };
      await send('DELETE', `delete ${worded(ref)}`, path, body, signal).catch((error: unknown) => {
        if (!(error instanceof KubernetesError && error.reason === 'missing')) throw error;
      });
    },
  };
}

function managerOf(part: string | undefined): string {
  return part === undefined ? manager : `${manager}-${part}`;
}

function ownedByUs(error: unknown): boolean {
  return (
    error instanceof KubernetesError &&
    error.reason === 'owned' &&
    error.owners.every((owner) => owner.split('-')[0] === manager)
  );
}

function parsed(text: string): KubernetesObject {
  return objectSchema.parse(JSON.parse(text));
}

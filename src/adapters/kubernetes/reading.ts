import { setTimeout as pauseFor } from 'node:timers/promises';
import {
  type Cluster,
  KubernetesError,
  type KubernetesObject,
  type ObjectRef,
  type Selection,
} from '../../ports/kubernetes.ts';
import { queryOf, worded } from './addresses.ts';
import { linesOf } from './lines.ts';
import { type KubernetesList, listOf, objectSchema } from './objects.ts';
import type { Requests } from './requests.ts';
import type { PathOf } from './resources.ts';
import { refusal } from './status.ts';
import { follow } from './watch.ts';

const metadataOnly = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
/** Objects of one page of a list. */
const pageSize = 500;
/** Seconds after which the server ends a watch, so that one that died silently is taken up again. */
const watchSeconds = 240;
const mostOfALog = 256 * 1024;

type Reading = Pick<Cluster, 'read' | 'describe' | 'list' | 'watch' | 'logs' | 'follow'>;

export function reading(requests: Requests, pathOf: PathOf): Reading {
  async function get(ref: ObjectRef, signal: AbortSignal, accept?: string) {
    const path = `${await pathOf(ref, signal)}/${encodeURIComponent(ref.name)}`;
    const ask = { method: 'GET', path, ...(accept === undefined ? {} : { accept }) } as const;
    const { status, text } = await requests.read(`read ${worded(ref)}`, ask, signal);
    return status === 404 ? undefined : objectSchema.parse(JSON.parse(text));
  }

  async function whole(selection: Selection, signal: AbortSignal): Promise<KubernetesList> {
    const items: KubernetesObject[] = [];
    let next: string | undefined;
    for (;;) {
      const page = await pageOf(selection, next, signal);
      items.push(...page.items);
      if (page.next === undefined) return { ...page, items };
      next = page.next;
    }
  }

  async function pageOf(selection: Selection, from: string | undefined, signal: AbortSignal) {
    const query = queryOf(selection, { limit: pageSize, continue: from });
    const path = `${await pathOf(selection, signal)}?${query}`;
    const what = `list ${worded(selection)}`;
    const { status, text } = await requests.read(what, { method: 'GET', path }, signal);
    if (status === 404)
      throw new KubernetesError(`${what}: there is no such resource`, { reason: 'missing' });
    return listOf(text);
  }

  return {
    read: get,
    async describe(ref, signal) {
      return (await get(ref, signal, metadataOnly))?.metadata;
    },
    list: async (selection, signal) => (await whole(selection, signal)).items,
    watch: (selection, signal) =>
      follow(
        {
          what: `watch ${worded(selection)}`,
          list: (stop) => whole(selection, stop),
          async open(since, stop) {
            const query = queryOf(selection, {
              watch: 'true',
              allowWatchBookmarks: 'true',
              resourceVersion: since,
              timeoutSeconds: watchSeconds,
            });
            const path = `${await pathOf(selection, stop)}?${query}`;
            return requests.open(`watch ${worded(selection)}`, { method: 'GET', path }, stop);
          },
          async pause(milliseconds, stop) {
            await pauseFor(milliseconds, undefined, { signal: stop }).catch(() => stop.throwIfAborted());
          },
        },
        signal,
      ),
    async logs({ namespace, name, container, previous }, lines, signal) {
      const pods = await pathOf({ apiVersion: 'v1', kind: 'Pod', namespace }, signal);
      const query = queryOf({}, { container, previous, tailLines: lines, limitBytes: mostOfALog });
      const path = `${pods}/${encodeURIComponent(name)}/log?${query}`;
      const { status, text } = await requests.read(
        `read the log of ${name}`,
        { method: 'GET', path, accept: '*/*' },
        signal,
      );
      return status === 404 ? [] : text.split('\n').filter((line) => line !== '');
    },
    async *follow({ namespace, name, container }, signal) {
      const pods = await pathOf({ apiVersion: 'v1', kind: 'Pod', namespace }, signal);
      const query = queryOf({}, { container, follow: true });
      const path = `${pods}/${encodeURIComponent(name)}/log?${query}`;
      const what = `follow the log of ${name}`;
      const answer = await requests.open(what, { method: 'GET', path, accept: '*/*' }, signal);
      if (answer.status === 404) return;
      if (answer.status >= 300) throw refusal(what, answer.status, await answer.text());
      yield* linesOf(answer.stream(), { unfinished: true });
    },
  };
}

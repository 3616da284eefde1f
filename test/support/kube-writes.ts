import { z } from 'zod';
import type { Asked } from './faulty-forwarding.ts';
import { stepOf } from './writes.ts';

/** What a write is about: `switch-hosts: PATCH ingresses aether-green/aether`; the numbers of rollout and attempt are left out. */
export function nameOf(asked: Asked): string {
  const [path = ''] = asked.path.split('?');
  const [, namespace = '', rest = ''] = /\/namespaces\/([^/]+)\/?(.*)$/.exec(path) ?? [];
  const [resource = '', name = nameIn(asked.body)] = rest.split('/');
  const what = rest === '' ? `namespaces ${namespace}` : `${resource} ${namespace}/${name}`;
  return `${stepOf(asked) ?? 'helm'}: ${asked.method} ${what}`.replace(
    /\baether-\d+(-[a-z-]+)-\d+$/,
    'aether-N$1',
  );
}

const namedSchema = z.object({ metadata: z.object({ name: z.string().default('?') }) });

/** Of an object that is made, its own name; what is no JSON is Helm's record of a revision. */
function nameIn(body: Buffer): string {
  const text = body.toString('latin1');
  if (text.startsWith('{')) return namedSchema.parse(JSON.parse(text)).metadata.name;
  return /sh\.helm\.release\.v1\.[a-z0-9-]+\.v\d+/.exec(text)?.[0] ?? '?';
}

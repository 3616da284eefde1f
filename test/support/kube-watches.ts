import type { Asked, Treatment } from './faulty-forwarding.ts';
import type { Shown } from './shown-faults.ts';

const status = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' };
const tooOld = { type: 'ERROR', object: status };

/** A watch is told that its version is too old; undefined for what is none. */
export function endingWatch({ path }: Asked): (Shown & { treatment: Treatment }) | undefined {
  if (!path.includes('watch=true')) return undefined;
  const treatment = { told: { status: 200, body: tooOld } };
  return { fault: 'a watch ends with 410', at: watched(path), treatment };
}

function watched(path: string): string {
  const [address = '', query] = path.split('?');
  const [, namespace = '', resource = ''] = /\/namespaces\/([^/]+)\/([^/]+)$/.exec(address) ?? [];
  const { fieldSelector, labelSelector } = Object.fromEntries(new URLSearchParams(query));
  const what = (fieldSelector ?? labelSelector ?? '').replace(/\baether-\d+(-[a-z-]+)-\d+$/, 'aether-N$1');
  return `watch ${resource} ${namespace} ${what}`;
}

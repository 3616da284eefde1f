import type { Fate } from '../../sandbox/kubernetes/kubelet.ts';
import type { KubernetesObject } from '../../src/ports/kubernetes.ts';

/** What becomes of the platform's pods: Deployments run, Jobs end well, but for those that a test holds. */
export function aetherFates() {
  let held: string | undefined;
  return {
    /** Jobs whose names begin so stay at work until others are held, or none. */
    hold(prefix: string | undefined): void {
      held = prefix;
    },
    fateOf({ metadata: { name, ownerReferences } }: KubernetesObject): Fate {
      if (!ownerReferences?.some(({ kind }) => kind === 'Job')) return { is: 'ready' };
      if (held !== undefined && name.startsWith(held)) return { is: 'running', log: ['at work'] };
      return { is: 'ended', code: 0, log: [`${name.replace(/^aether-\d+-(.*)-\d+-\w+$/, '$1')} is done`] };
    },
  };
}

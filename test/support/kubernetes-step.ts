import type { StepKind } from '../../src/ports/step.ts';
import { clusterFor, type TestCluster } from './cluster.ts';
import { type ContextOptions, contextFor, type TestContext } from './step-context.ts';

/** A signal that nobody aborts. */
export const calm = new AbortController().signal;

/** The name of a connection to the cluster of a test. */
export const connection = 'cluster';

/** A step's context in front of a cluster; through `proxied`, when given, instead of the cluster's own address. */
export function contextAt<Input>(
  cluster: TestCluster,
  kind: StepKind<Input>,
  input: unknown,
  options: ContextOptions & { kubeconfig?: string } = {},
): TestContext<Input> {
  const { kubeconfig = cluster.kubeconfig, ...rest } = options;
  const patience = { pauses: [50, 100, 200], timeout: 1_500 };
  return contextFor(kind, input, {
    ...rest,
    connections: { [connection]: { kind: 'kubernetes', kubeconfig }, ...options.connections },
    world: { kubernetes: (given, caller) => clusterFor(given, caller, patience), ...options.world },
  });
}

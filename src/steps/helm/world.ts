import type { Helm } from '../../ports/helm.ts';
import type { PlanContext } from '../../ports/step.ts';
import { connectionOf } from '../evidence/connection.ts';

/** The Helm of the cluster that a step names. */
export function helmOf({
  input,
  environment,
  world,
}: Pick<PlanContext<{ connection: string }>, 'input' | 'environment' | 'world'>): Helm {
  return world.helm(connectionOf(environment.connections, input.connection));
}

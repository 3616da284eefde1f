import type { Connection } from '../../core/rollout/plan.ts';
import type { GitHub } from '../../ports/github.ts';
import type { ServiceDependencies } from '../service/connection.ts';
import { githubClient } from './client.ts';
import { proposalsOf } from './proposals.ts';
import { workflowsOf } from './workflows.ts';

/** GitHub, as a connection names it. Throws `ServiceError` for a connection that can't be meant. */
export function github(given: Connection, dependencies: ServiceDependencies): GitHub {
  const client = githubClient(given, dependencies);
  return { workflows: workflowsOf(client), propose: proposalsOf(client) };
}

import { z } from 'zod';
import type { Cluster } from '../../ports/kubernetes.ts';
import type { PlanContext, StepContext } from '../../ports/step.ts';
import { connectionOf } from '../evidence/connection.ts';
import { callerOf } from '../service/caller.ts';

/** The name of an object: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ */
export const nameSchema = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, 'lower-case letters, digits, dashes and dots');

export const namespaceSchema = z
  .string()
  .max(63)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, 'lower-case letters, digits and dashes');

const labelPart = '[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?';
const labelName = z
  .string()
  .regex(new RegExp(`^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?${labelPart}$`), 'the name of a label');
const labelValue = z
  .string()
  .max(63)
  .regex(new RegExp(`^(${labelPart})?$`), 'the value of a label: letters, digits and -_.');
export const labelsSchema = z.record(labelName, labelValue);

export const connectionName = z.string().describe('A connection of the kind kubernetes');

/** The cluster of a step, on behalf of its rollout. */
export function clusterOf(context: StepContext<{ connection: string }>): Cluster {
  return clusterNamed(context, context.input.connection);
}

export function clusterNamed(context: StepContext<unknown>, connection: string): Cluster {
  return context.world.kubernetes(
    connectionOf(context.environment.connections, connection),
    callerOf(context),
  );
}

/** The cluster as a plan may read it. */
export function planned({ world, environment }: PlanContext<unknown>, connection: string): Cluster {
  return world.kubernetes(connectionOf(environment.connections, connection));
}

/** A selector as the API takes it. */
export function selectorOf(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(',');
}

import type { OnCall } from '../alerts/calls.ts';
import { milliseconds } from '../playbook/duration.ts';
import type { Policy } from './schema.ts';

const usualPatience = '15m';

/** Whom alerts call in an environment. A policy that doesn't say calls those who may roll back. */
export function onCallOf({ alerts, environments }: Policy, environment: string): OnCall {
  const rollback = Object.hasOwn(environments, environment) ? environments[environment]?.rollback : undefined;
  const usual = rollback ?? [];
  return {
    roles: alerts?.roles ?? usual,
    escalate: {
      after: milliseconds(alerts?.escalate?.after ?? usualPatience),
      roles: alerts?.escalate?.roles ?? usual,
    },
  };
}

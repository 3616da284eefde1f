import { type Milliseconds, milliseconds } from '../playbook/duration.ts';
import type { Policy } from './schema.ts';

/** Who may silence alerts, besides having the right to operate, and for how long. */
export interface SilenceRule {
  /** Empty: everybody who may operate. */
  roles: readonly string[];
  longest: Milliseconds;
}

export function silenceRule({ alerts }: Policy): SilenceRule {
  return {
    roles: alerts?.silence?.roles ?? [],
    longest: milliseconds(alerts?.silence?.longest ?? '24h'),
  };
}

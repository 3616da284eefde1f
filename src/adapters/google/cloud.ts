import type { Connection } from '../../core/rollout/plan.ts';
import type { GoogleCloud } from '../../ports/google.ts';
import { readConnection } from '../service/connection.ts';
import { loadBalancing } from './balancing.ts';
import { type GoogleDependencies, googleConnectionSchema } from './connection.ts';
import { logEntries } from './log-entries.ts';
import { logMetrics } from './log-metrics.ts';
import { logBuckets } from './logging.ts';
import { googleMonitoring } from './monitoring.ts';
import { cloudRun } from './run.ts';
import { secretVersions } from './secrets.ts';

/** Google Cloud as a connection `{ kind: google, project, region }` reaches it. Throws `ServiceError`. */
export function googleCloud(given: Connection, dependencies: GoogleDependencies): GoogleCloud {
  const connection = readConnection('Google Cloud', googleConnectionSchema, given);
  return {
    run: cloudRun(connection, dependencies),
    balancing: loadBalancing(connection, dependencies),
    monitoring: googleMonitoring(connection, dependencies),
    logs: logBuckets(connection, dependencies),
    entries: logEntries(connection, dependencies),
    metrics: logMetrics(connection, dependencies),
    secrets: secretVersions(connection, dependencies),
  };
}

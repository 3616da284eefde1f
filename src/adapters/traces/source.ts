import { suggestion } from '../../core/nearest.ts';
import type { Connection } from '../../core/rollout/plan.ts';
import { ServiceError } from '../../ports/service.ts';
import type { TraceSource } from '../../ports/traces.ts';
import type { ServiceDependencies } from '../service/connection.ts';
import { jaegerTraces } from './jaeger.ts';
import { tempoTraces } from './tempo.ts';

/** The store of traces that a connection names. Throws `ServiceError` for another kind, or what can't be meant. */
export function traceSource(given: Connection, dependencies: ServiceDependencies): TraceSource {
  if (given.kind === 'tempo') return tempoTraces(given, dependencies);
  if (given.kind === 'jaeger') return jaegerTraces(given, dependencies);
  const hint = suggestion(given.kind, ['tempo', 'jaeger']);
  throw new ServiceError('refused', `a connection of the kind ${given.kind} keeps no traces; ${hint}`);
}

import { Counter, Histogram, Registry } from 'prom-client';
import type { Target } from './proxy.ts';

/** What clients saw, whichever colour answered or failed to. */
export interface RouterMetrics {
  answered(target: Target, status: number, seconds: number): void;
  /** The Prometheus text format. */
  text(): Promise<string>;
}

export function routerMetrics(): RouterMetrics {
  const registry = new Registry();
  const registers = [registry];
  const labelNames = ['host', 'colour', 'status'] as const;
  const requests = new Counter({
    name: 'router_requests_total',
    help: 'Answers to clients, by host, colour and status; 502 where the colour was down.',
    labelNames,
    registers,
  });
  const duration = new Histogram({
    name: 'router_request_duration_seconds',
    help: 'Time to answer a client.',
    labelNames,
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers,
  });
  return {
    answered({ host, colour }, status, seconds) {
      requests.inc({ host, colour, status });
      duration.observe({ host, colour, status }, seconds);
    },
    text: () => registry.metrics(),
  };
}

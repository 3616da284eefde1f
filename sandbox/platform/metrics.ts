import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Colour } from '../colour.ts';

/** What a platform counts. */
export interface PlatformMetrics {
  /** A request of a client that was served, well or not. Refusals by safe mode are not among them. */
  served(status: number, seconds: number): void;
  processed(): void;
  rejected(): void;
  safeMode(enabled: boolean): void;
  /** The Prometheus text format. */
  text(): Promise<string>;
}

/** Metrics of one platform, each with its colour. */
export function platformMetrics(colour: Colour): PlatformMetrics {
  const registry = new Registry();
  registry.setDefaultLabels({ colour });
  const registers = [registry];
  const requests = new Counter({
    name: 'http_requests_total',
    help: 'Requests of clients, by status. Writes that safe mode refused count as intents_rejected_total.',
    labelNames: ['status'],
    registers,
  });
  const duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time to serve a request of a client.',
    labelNames: ['status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers,
  });
  const intents = new Counter({ name: 'intents_processed_total', help: 'Intents processed.', registers });
  const refused = new Counter({
    name: 'intents_rejected_total',
    help: 'Intents refused because safe mode is on.',
    registers,
  });
  const gauge = new Gauge({ name: 'safe_mode', help: '1 while writes are frozen.', registers });
  for (const status of ['200', '500']) requests.inc({ status }, 0);
  return {
    served(status, seconds) {
      requests.inc({ status: String(status) });
      duration.observe({ status: String(status) }, seconds);
    },
    processed: () => intents.inc(),
    rejected: () => refused.inc(),
    safeMode: (enabled) => gauge.set(enabled ? 1 : 0),
    text: () => registry.metrics(),
  };
}

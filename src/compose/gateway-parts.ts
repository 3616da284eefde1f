import type { Faults } from '../adapters/console/context.ts';
import type { SandboxPages } from '../adapters/console/sandbox-pages.ts';
import type { Log } from '../adapters/log.ts';
import type { Meters } from '../adapters/meters.ts';
import type { ReadinessCheck } from '../adapters/web/health.ts';
import type { Config } from '../config/config.ts';
import type { Redact } from '../core/redact.ts';
import type { Preview } from '../jobs/preview.ts';
import type { Clock } from '../ports/clock.ts';
import type { Catalogue } from './catalogue.ts';
import type { Repeats } from './repeats.ts';
import type { Store } from './store.ts';
import type { Troubles } from './troubles.ts';

/** What the side that people see is made of. */
export interface GatewayParts {
  config: Config;
  store: Store;
  catalogue: Catalogue;
  clock: Clock;
  log: Log;
  meters: Meters;
  preview: Preview;
  readiness: Record<string, ReadinessCheck>;
  /** What the page warns of. */
  troubles: Troubles;
  repeats: Repeats;
  redact: Redact;
  /** In the sandbox. */
  faults?: Faults;
  sandboxPages?: SandboxPages;
}

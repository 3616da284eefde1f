import { z } from 'zod';
import type { Colour } from '../colour.ts';
import { type Durable, durable } from '../service/durable.ts';
import { type Guard, guard } from '../service/mutation.ts';
import { type Faults, noFaults } from './faults.ts';
import { countIntents, type IntentCount } from './intents.ts';
import { type Log, platformLog } from './log.ts';
import { type PlatformMetrics, platformMetrics } from './metrics.ts';

/** What a platform process is started with. */
export interface PlatformOptions {
  colour: Colour;
  version: string;
  /** Whether writes are frozen when there is no state of an earlier run. */
  frozen: boolean;
  state: string;
  ledger: string;
  /** Whether it logs what it does. */
  log: boolean;
}

/** One side of the sandbox: what its routes share. */
export interface Platform {
  readonly colour: Colour;
  readonly version: string;
  readonly safeMode: Durable<{ enabled: boolean }>;
  readonly metrics: PlatformMetrics;
  readonly intents: IntentCount;
  readonly guard: Guard;
  readonly log: Log;
  /** Gone with the process. */
  faults: Faults;
}

export function openPlatform(options: PlatformOptions): Platform {
  const { colour, version } = options;
  const safeMode = durable(options.state, z.strictObject({ enabled: z.boolean() }), {
    enabled: options.frozen,
  });
  const metrics = platformMetrics(colour);
  metrics.safeMode(safeMode.value.enabled);
  return {
    colour,
    version,
    safeMode,
    metrics,
    intents: countIntents(),
    guard: guard(colour, options),
    log: platformLog(options.log),
    faults: noFaults,
  };
}

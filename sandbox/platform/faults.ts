import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';

/** What goes wrong on purpose: share of failing requests, added milliseconds, metrics missing. */
export const faultsSchema = z.strictObject({
  errors: z.number().min(0).max(1).default(0),
  latencyMs: z.int().min(0).max(60_000).default(0),
  noData: z.boolean().default(false),
});

export type Faults = z.infer<typeof faultsSchema>;

export const noFaults: Faults = { errors: 0, latencyMs: 0, noData: false };

/** Milliseconds that the work behind a request takes without any fault. */
const work = { least: 3, spread: 12 };

/** Takes the time of a request; true when the request is one of those that fail. */
export async function suffer(faults: Faults): Promise<boolean> {
  await pause(work.least + Math.random() * work.spread + faults.latencyMs);
  return Math.random() < faults.errors;
}

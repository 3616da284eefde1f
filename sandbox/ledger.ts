import { fsyncSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';

const entrySchema = z.strictObject({
  at: z.iso.datetime(),
  service: z.string(),
  kind: z.enum(['call', 'effect']),
  method: z.string(),
  path: z.string(),
  body: z.json(),
  rollout: z.string().nullable(),
  epoch: z.number().nullable(),
  step: z.string().nullable(),
  key: z.string().nullable(),
  status: z.int(),
});

/** A mutating call that a sandbox service answered, or the change of state that it made. */
export type LedgerEntry = z.infer<typeof entrySchema>;

/** An append-only file of one service. */
export interface Ledger {
  /** On disk when it returns. */
  append(entries: readonly LedgerEntry[]): void;
}

/** Where the ledgers of a sandbox are. */
export function ledgerFolder(dataDir: string): string {
  return join(dataDir, 'ledger');
}

/** Opens a service's ledger to append to it. */
export function openLedger(file: string): Ledger {
  mkdirSync(dirname(file), { recursive: true });
  const handle = openSync(file, 'a');
  return {
    append(entries) {
      writeSync(handle, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
      fsyncSync(handle);
    },
  };
}

/** All that the services of a sandbox recorded, by time; within a service in the order of what happened. */
export async function readLedgers(dataDir: string): Promise<LedgerEntry[]> {
  const folder = ledgerFolder(dataDir);
  const files = (await readdir(folder)).filter((name) => name.endsWith('.jsonl')).sort();
  const texts = await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')));
  return texts
    .flatMap((text) => text.split('\n').filter((line) => line !== ''))
    .map((line) => entrySchema.parse(JSON.parse(line)))
    .sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
}

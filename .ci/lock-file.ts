import { readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';

const entrySchema = z.looseObject({
  version: z.string().optional(),
  resolved: z.string().optional(),
  integrity: z.string().optional(),
  optional: z.boolean().optional(),
  dev: z.boolean().optional(),
  optionalDependencies: z.record(z.string(), z.string()).optional(),
});
const lockSchema = z.looseObject({ packages: z.record(z.string(), entrySchema) });

export type LockFile = z.infer<typeof lockSchema>;
type Entry = z.infer<typeof entrySchema>;

const exact = /^\d+\.\d+\.\d+(-[\w.]+)?$/;
const systems = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32'];
const machines = ['arm', 'arm64', 'ia32', 'loong64', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64'];

export function readLockFile(path: string): LockFile {
  const lock: unknown = JSON.parse(readFileSync(path, 'utf8'));
  assertLockFile(lock);
  return lock;
}

/** Checks the form and keeps the object as it is, so that the order of its keys stays npm's. */
function assertLockFile(lock: unknown): asserts lock is LockFile {
  lockSchema.parse(lock);
}

/**
 * Adds the optional packages for other systems that npm leaves out of the lock file where the registry at hand
 * does not serve them. Without them `npm ci` refuses the lock file (EUSAGE, Missing: … from lock file).
 * Only packages whose version the parent pins exactly are added; their system is read from their name.
 */
export function completeLockFile(lock: LockFile): LockFile {
  const packages: Record<string, Entry> = { ...lock.packages };
  for (const [parent, entry] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      if (find(packages, parent, name) || !exact.test(version)) continue;
      packages[`node_modules/${name}`] = {
        version,
        ...systemOf(name),
        ...(entry.dev ? { dev: true } : {}),
        optional: true,
      };
    }
  }
  const [[, top] = ['', {}], ...others] = Object.entries(packages);
  const sorted = others.sort(([a], [b]) => a.localeCompare(b, 'en'));
  return { ...lock, packages: { '': top, ...Object.fromEntries(sorted) } };
}

/** Looks a package up as Node does: beside the parent's own packages first, then further out. */
function find(packages: Readonly<Record<string, Entry>>, parent: string, name: string): boolean {
  for (let place = parent; ; place = place.slice(0, Math.max(0, place.lastIndexOf('node_modules/') - 1))) {
    if (packages[`${place ? `${place}/` : ''}node_modules/${name}`]) return true;
    if (place === '') return false;
  }
}

function systemOf(name: string): Partial<Record<'os' | 'cpu' | 'libc', string[]>> {
  const words = name.split(/[-/]/);
  const os = systems.filter((system) => words.includes(system));
  const cpu = machines.filter((machine) => words.includes(machine));
  const libc = words.some((word) => word.startsWith('musl')) ? ['musl'] : [];
  return {
    ...(cpu.length > 0 ? { cpu } : {}),
    ...(libc.length > 0 ? { libc } : {}),
    ...(os.length > 0 ? { os } : {}),
  };
}

if (import.meta.main) {
  const path = new URL('../package-lock.json', import.meta.url).pathname;
  writeFileSync(path, `${JSON.stringify(completeLockFile(readLockFile(path)), null, 2)}\n`);
}

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const names = { pytest: 'pytest', npx: 'npx', npm: 'npm', pipAudit: 'pip-audit' } as const;
const program = pathToFileURL(join(import.meta.dirname, 'program.ts')).href;

/**
 * Makes the folder that tests and audits of Sapphire run in, and stand-ins for their programs: they write the reports
 * that the real ones write, and all is well in them. Gives the paths of the programs.
 */
export async function makeCheckout(folder: string): Promise<Record<keyof typeof names, string>> {
  const bin = join(folder, 'bin');
  await mkdir(bin, { recursive: true });
  const made = Object.entries(names).map(async ([key, name]) => {
    const file = join(bin, name);
    await writeFile(file, `#!/usr/bin/env node\nimport(${JSON.stringify(program)});\n`, { mode: 0o755 });
    return [key, file] as const;
  });
  return Object.fromEntries(await Promise.all(made)) as Record<keyof typeof names, string>;
}

import type { SourceFile } from './source.ts';

const longest = 320;
const drawer = /(^|\/)(utils?|helpers?|commons?|misc|functions)(\/|\.ts$)/;

/** Files that want to be several. */
export function sizeFaults(files: readonly SourceFile[]): string[] {
  return files
    .filter((file) => file.lines > longest)
    .map((file) => `${file.path} has ${file.lines} lines; ${longest} is the most`);
}

/** Drawers that say nothing of what lies in them. */
export function drawerFaults(paths: readonly string[]): string[] {
  return paths
    .filter((path) => drawer.test(path))
    .map((path) => `${path} is a drawer without a subject: name it after what it does`);
}

/**
 * A step kind is one file and one line of the registry. `registered` is what the registry's map holds;
 * `files` are those that stand beside it. The map hides doubles, so the registry's imports are counted too.
 */
export function registryFaults(
  files: readonly string[],
  registered: readonly string[],
  registry: SourceFile,
): string[] {
  const kinds = files.filter((file) => file !== registry.path);
  const fileOf = (uses: string) => `src/steps/${uses.replaceAll('.', '-')}.ts`;
  const faults = kinds
    .filter((file) => registry.imports.filter((name) => name === file).length !== 1)
    .map((file) => `${file} is not imported exactly once by ${registry.path}`);
  for (const uses of registered) {
    if (!kinds.includes(fileOf(uses))) faults.push(`the kind ${uses} does not stand in ${fileOf(uses)}`);
  }
  const missing = kinds.filter((file) => !registered.some((uses) => fileOf(uses) === file));
  return [...faults, ...missing.map((file) => `no kind of ${file} is registered`)];
}

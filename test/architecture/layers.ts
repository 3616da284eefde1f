import type { SourceFile } from './source.ts';

interface Layer {
  /** The folders under `src` that it may import from, beside its own. */
  from: readonly string[];
  /** Packages: pure ones for the inner layers. `undefined`: any. */
  packages: readonly string[] | undefined;
  /** Modules of Node. `undefined`: any. */
  node: readonly string[] | undefined;
}

const pureNode = ['node:crypto', 'node:path', 'node:util'];

/** Imports run one way: core ← ports ← steps, jobs, commands ← adapters ← composition root. */
const layers: Readonly<Record<string, Layer>> = {
  core: {
    from: [],
    packages: [
      '@bufbuild/cel',
      '@bufbuild/re2',
      '@rgrove/parse-xml',
      'canonicalize',
      'croner',
      'fastest-levenshtein',
      'lru-cache',
      'yaml',
      'zod',
    ],
    node: ['node:crypto'],
  },
  ports: { from: ['core'], packages: ['zod'], node: [] },
  config: { from: ['core'], packages: ['zod'], node: [] },
  steps: { from: ['core', 'ports'], packages: ['zod'], node: pureNode },
  jobs: {
    from: ['core', 'ports'],
    packages: ['zod'],
    node: [...pureNode, 'node:timers/promises'],
  },
  commands: { from: ['core', 'ports'], packages: ['zod'], node: pureNode },
  adapters: { from: ['core', 'ports'], packages: undefined, node: undefined },
};

/** What stands at the top of `src` and constructs things. */
const compositionRoot = /^src\/(main|compose)\.ts$|^src\/(cli|compose)\//;

/** The log is every adapter's, and so is the way to call a service. */
const sharedAdapters = [
  'src/adapters/log.ts',
  'src/adapters/service/calls.ts',
  'src/adapters/service/connection.ts',
  'src/adapters/service/token.ts',
];

/** The adapter that a path belongs to: its folder, or the file alone; `redis.ts` belongs to `redis/`. */
function adapterOf(path: string): string {
  return path.split('/')[2]?.replace(/\.ts$/, '') ?? '';
}

function layerOf(path: string): string | undefined {
  return path.startsWith('src/') ? path.split('/')[1] : undefined;
}

/** One sentence for each import that runs against the direction. */
export function boundaryFaults(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => {
    if (compositionRoot.test(file.path)) return [];
    const layer = layers[layerOf(file.path) ?? ''];
    if (!layer)
      return [
        `${file.path} belongs to no layer: src holds ${Object.keys(layers).join(', ')} and the composition root`,
      ];
    return file.imports
      .map((name) => importFault(file.path, layer, name))
      .filter((fault) => fault !== undefined);
  });
}

function importFault(path: string, layer: Layer, name: string): string | undefined {
  const own = layerOf(path) ?? '';
  if (name.startsWith('node:')) {
    return !layer.node || layer.node.includes(name) ? undefined : `${path}: ${own} must not import ${name}`;
  }
  if (!name.includes('/') || !/^(src|sandbox|test|bench|bin|\.\.)\//.test(name)) {
    const allowed = !layer.packages || layer.packages.includes(packageOf(name));
    return allowed ? undefined : `${path}: ${own} must not import the package ${packageOf(name)}`;
  }
  const theirs = layerOf(name) ?? name;
  if (theirs !== own)
    return layer.from.includes(theirs) ? undefined : `${path}: ${own} must not import ${name}`;
  if (own !== 'adapters' || adapterOf(path) === adapterOf(name) || sharedAdapters.includes(name))
    return undefined;
  return `${path}: an adapter must not import another one, ${name}`;
}

function packageOf(name: string): string {
  const parts = name.split('/');
  return parts.slice(0, name.startsWith('@') ? 2 : 1).join('/');
}

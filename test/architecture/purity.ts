import { dottedName, isNode, type SourceFile, type SyntaxNode } from './source.ts';

/** Time, chance, timers and the process come in from outside. */
const calls =
  /^(Date\.now|performance\.now|Math\.random|crypto\.\w+|randomUUID|randomBytes|randomInt|fetch|setTimeout|setInterval|setImmediate|Date|console\.\w+)$/;
const reads = /^process\.\w+$/;

/** What a layer may do nevertheless: jobs let a timer watch over a time limit, steps measure how long a call took. */
const allowed: Readonly<Record<string, RegExp>> = {
  jobs: /^(set|clear)(Timeout|Interval)$/,
  steps: /^performance\.now$/,
};

/** Where the layers that decide touch the world behind the ports' back. The ports' own clock is the one exception. */
export function purityFaults(files: readonly SourceFile[]): string[] {
  return files
    .filter((file) => /^src\/(core|ports|steps|jobs|commands)\//.test(file.path))
    .filter((file) => file.path !== 'src/ports/clock.ts')
    .flatMap((file) => {
      const given = new Set(file.nodes.flatMap(bindings));
      const layer = allowed[file.path.split('/')[1] ?? ''];
      const uses = file.nodes.map(impurity).filter((use) => use !== undefined);
      const taken = uses.filter(({ name }) => !given.has(name) && !layer?.test(name));
      return [...new Set(taken.map(({ shown }) => shown))].map(
        (shown) => `${file.path} uses ${shown}: it has to come in from outside`,
      );
    });
}

interface Use {
  name: string;
  shown: string;
}

function impurity(node: SyntaxNode): Use | undefined {
  if (node.type === 'NewExpression' && dottedName(node.callee) === 'Date') {
    const bare = Array.isArray(node.arguments) && node.arguments.length === 0;
    return bare ? { name: 'Date', shown: 'new Date()' } : undefined;
  }
  if (node.type === 'CallExpression') {
    const name = dottedName(node.callee);
    return name && calls.test(name) ? { name, shown: `${name}()` } : undefined;
  }
  const name = node.type === 'MemberExpression' ? dottedName(node) : undefined;
  return name && reads.test(name) ? { name, shown: name } : undefined;
}

/** The names that a file's own variables and parameters give: `fetch` that was handed in is not the global one. */
function bindings(node: SyntaxNode): string[] {
  if (node.type === 'VariableDeclarator') return namesIn(node.id);
  return Array.isArray(node.params) ? node.params.flatMap(namesIn) : [];
}

function namesIn(pattern: unknown): string[] {
  if (!isNode(pattern)) return [];
  if (pattern.type === 'Identifier') return [String(pattern.name)];
  if (pattern.type === 'ObjectPattern' && Array.isArray(pattern.properties)) {
    return pattern.properties.flatMap((property) => namesIn(isNode(property) ? property.value : undefined));
  }
  return [];
}

/**
 * Whether an argument list is on the allow-list. A pattern's arguments match one by one: `*` stands for any
 * characters inside one part of a path (never `/`, never the part `..`), a last `**` for any further arguments.
 */
export function matchesPattern(pattern: readonly string[], argv: readonly string[]): boolean {
  const open = pattern.at(-1) === '**';
  const fixed = open ? pattern.slice(0, -1) : pattern;
  if (open ? argv.length < fixed.length : argv.length !== fixed.length) return false;
  return fixed.every((part, index) => matchesArgument(part, argv[index] ?? ''));
}

function matchesArgument(pattern: string, argument: string): boolean {
  if (!pattern.includes('*')) return pattern === argument;
  const patterns = pattern.split('/');
  const parts = argument.split('/');
  return (
    patterns.length === parts.length && patterns.every((each, index) => matchesPart(each, parts[index] ?? ''))
  );
}

/** Linear: each literal is taken at its first place after the one before. */
function matchesPart(pattern: string, part: string): boolean {
  const literals = pattern.split('*');
  if (literals.length === 1) return pattern === part;
  if (part === '..' || part === '.') return false;
  const [first = '', last = ''] = [literals[0], literals.at(-1)];
  if (!part.startsWith(first) || !part.endsWith(last) || part.length < first.length + last.length)
    return false;
  const end = part.length - last.length;
  let at = first.length;
  for (const literal of literals.slice(1, -1)) {
    const found = part.indexOf(literal, at);
    if (found < 0 || found + literal.length > end) return false;
    at = found + literal.length;
  }
  return true;
}

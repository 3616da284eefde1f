/** Something wrong in a file, where it stands there; lines and columns are counted from 1. */
export interface Problem {
  file: string;
  line: number;
  column: number;
  /** One sentence: what is wrong. */
  message: string;
  /** What to do about it: the nearest known word, or what is accepted. */
  hint?: string;
}

/** More than this many problems at once help nobody. */
export const maxProblems = 50;

/** In the order of the file, each once, at most `maxProblems`. */
export function inFileOrder(problems: readonly Problem[]): Problem[] {
  const seen = new Set<string>();
  return problems
    .filter(({ line, column, message }) => {
      const key = `${line}:${column}:${message}`;
      return !seen.has(key) && seen.add(key);
    })
    .sort((one, other) => one.line - other.line || one.column - other.column)
    .slice(0, maxProblems);
}

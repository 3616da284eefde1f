import type { Problem } from './problem.ts';

const widest = 160;

/** The line of the file with a caret below the column; a long line is cut around it. */
function excerpt(line: string, column: number): string[] {
  const plain = line.replace(/\t/g, ' ').trimEnd();
  if (plain === '') return [];
  const from = Math.max(0, column - Math.floor(widest / 2));
  const shown = plain.slice(from, from + widest);
  return [`    ${shown}`, `    ${' '.repeat(Math.max(0, column - 1 - from))}^`];
}

function report(problem: Problem, lines: readonly string[]): string {
  const { file, line, column, message, hint } = problem;
  return [
    `${file}:${line}:${column} ${message}`,
    ...excerpt(lines[line - 1] ?? '', column),
    ...(hint === undefined ? [] : [`    ${hint}`]),
  ].join('\n');
}

/**
 * Problems as a terminal shows them: `file:line:column message`, the line with a caret, and the hint.
 * `textOf` gives a file's text; without one the lines are left out.
 */
export function reportProblems(
  problems: readonly Problem[],
  textOf: (file: string) => string | undefined = () => undefined,
): string {
  const files = new Map<string, string[]>();
  return problems
    .map((problem) => {
      const lines = files.get(problem.file) ?? (textOf(problem.file) ?? '').split(/\r?\n/);
      files.set(problem.file, lines);
      return report(problem, lines);
    })
    .join('\n');
}

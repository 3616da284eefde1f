const heading = '## Deployments';

function marks(id: string): { begin: string; end: string } {
  return { begin: `<!-- cutover ${id}: begin -->`, end: `<!-- cutover ${id}: end -->` };
}

/**
 * An audit report (`docs/AUDIT_REPORT.md`) that holds this entry in its deployment section: replaced where the
 * rollout has one already, else added at the section's end, which is made where it is missing. All that stood there
 * before stays byte for byte, and the same entry again changes nothing.
 */
export function withDeployment(report: string, id: string, entry: string): string {
  const { begin, end } = marks(id);
  const whole = `${begin}\n${entry.trim()}\n${end}`;
  const from = report.indexOf(begin);
  const to = report.indexOf(end, from);
  if (from >= 0 && to >= 0) return report.slice(0, from) + whole + report.slice(to + end.length);
  if (report === '') return `# Audit report\n\n${heading}\n\n${whole}\n`;
  const section = deployments(report);
  if (section === undefined) return `${report}${gap(report)}${heading}\n\n${whole}\n`;
  const before = report.slice(0, section.end);
  const after = report.slice(section.end);
  return `${before}${gap(before)}${whole}\n${after === '' ? '' : '\n'}${after}`;
}

/** What is missing to an empty line at a text's end. */
function gap(text: string): string {
  return '\n'.repeat(2 - (/(?:\r?\n){0,2}$/.exec(text)?.[0].match(/\n/g)?.length ?? 0));
}

/** Where the deployment section ends: before the next heading of its level that is no code, else with the text. */
function deployments(report: string): { end: number } | undefined {
  let at = 0;
  let fence: string | undefined;
  let found = false;
  for (const line of report.split(/(?<=\n)/)) {
    const [mark] = /^ {0,3}(?:`{3,}|~{3,})/.exec(line) ?? [];
    if (mark !== undefined) fence = fence === undefined ? mark.trim() : closing(fence, line);
    else if (fence === undefined && found && /^##? /.test(line)) return { end: at };
    else if (fence === undefined && line.trim() === heading) found = true;
    at += line.length;
  }
  return found ? { end: at } : undefined;
}

/** A fence is closed by one of the same sort that is as long, and has nothing behind it. */
function closing(fence: string, line: string): string | undefined {
  const bare = line.trim();
  const isEnd = bare.startsWith(fence) && bare === (fence[0] ?? '').repeat(bare.length);
  return isEnd ? undefined : fence;
}

const heading = '## Deployments';

function marks(id: string): { begin: string; end: string } {
  return { begin: `<!-- cutover ${id}: begin -->`, end: `<!-- cutover ${id}: end -->` };
}

/**
 * An audit report (`docs/AUDIT_REPORT.md`) that holds this entry in its deployment section: replaced where the
 * rollout has one already, else added at the section's end, which is made where it is missing. All other text
 * stays as it is.
 */
export function withDeployment(report: string, id: string, entry: string): string {
  const { begin, end } = marks(id);
  const whole = `${begin}\n${entry.trim()}\n${end}`;
  const from = report.indexOf(begin);
  const to = report.indexOf(end, from);
  if (from >= 0 && to >= 0) return report.slice(0, from) + whole + report.slice(to + end.length);
  const lines = report === '' ? ['# Audit report', ''] : report.replace(/\n*$/, '\n').split('\n');
  const at = lines.findIndex((line) => line.trim() === heading);
  if (at < 0) return `${lines.join('\n').replace(/\n*$/, '')}\n\n${heading}\n\n${whole}\n`;
  const next = lines.findIndex((line, index) => index > at && /^##? /.test(line));
  const before = lines
    .slice(0, next < 0 ? undefined : next)
    .join('\n')
    .replace(/\n*$/, '');
  const after = next < 0 ? '' : `\n${lines.slice(next).join('\n')}`;
  return `${before}\n\n${whole}\n${after}`;
}

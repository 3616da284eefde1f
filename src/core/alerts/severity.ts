import type { Plan } from '../rollout/plan.ts';

/** Where a playbook's alerts carry their severity, and which of them are pages: a person has to act now. */
export interface SeverityRule {
  label: string;
  page: readonly string[];
}

/** What holds unless the playbook says otherwise: the label and the words that Prometheus' own rules use. */
export const usualRule: SeverityRule = { label: 'severity', page: ['page', 'critical'] };

export function severityRule(plan: Plan): SeverityRule {
  return plan.playbook.hypercare?.alerts?.severity ?? usualRule;
}

/** An alert without the label is a warning: told, and not a page. */
export function severityOf(labels: Readonly<Record<string, string>>, { label }: SeverityRule): string {
  return (Object.hasOwn(labels, label) && labels[label]) || 'warning';
}

export function isPage(severity: string, { page }: SeverityRule): boolean {
  return page.includes(severity);
}

const mild: ReadonlySet<string> = new Set(['info', 'information', 'informational', 'none', 'debug']);

/** 3 a page, 2 grave though no page, 1 anything else, 0 for information only, of which nobody is called. */
export function severityRank(severity: string, rule: SeverityRule): number {
  if (isPage(severity, rule)) return 3;
  const word = severity.toLowerCase();
  if (word === 'critical' || word === 'error') return 2;
  return mild.has(word) ? 0 : 1;
}

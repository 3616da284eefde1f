/** The forms in which the bot shows a report, by the ending of its address. */
export type ReportForm = 'html' | 'md' | 'audit.md';

/** Where a rollout's report is shown, by the address of the rollout's own page; made from the journal when it is asked for. */
export function reportAddress(page: string, id: string, form: ReportForm = 'html'): string {
  return new URL(`../api/rollouts/${id}/report.${form}`, page).href;
}

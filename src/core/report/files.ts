import type { Chart, RolloutEvent } from '../rollout/event.ts';
import { deploymentOf, htmlOf, type ReportScope, reportOf } from './report.ts';

/** A file of a report. */
export interface ReportFile {
  name: string;
  contentType: string;
  text: string;
}

const markdown = 'text/markdown; charset=utf-8';

/** What is archived of a rollout: the report as Markdown and as one page, and its entry for an audit report. */
export async function reportFiles(
  events: readonly RolloutEvent[],
  draw: (chart: Chart) => Promise<string>,
  scope: ReportScope,
): Promise<ReportFile[]> {
  const files = [
    { name: 'report.md', contentType: markdown, text: reportOf(events, scope) },
    { name: 'report.html', contentType: 'text/html; charset=utf-8', text: await htmlOf(events, draw, scope) },
    { name: 'audit.md', contentType: markdown, text: deploymentOf(events, scope) },
  ];
  return files.flatMap(({ text, ...file }) => (text === undefined ? [] : [{ ...file, text }]));
}

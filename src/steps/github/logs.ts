import type { Workflows } from '../../ports/github.ts';

/** The log of one job, at most: its end says what went wrong. */
const mostOfJob = 4 * 1024 * 1024;

/**
 * What the jobs of a run wrote, one after the other under a heading each, without secrets: what GitHub keeps of a log is
 * masked by what GitHub knows alone. Rejects with `ServiceError`.
 */
export async function logsOf(
  workflows: Workflows,
  run: number,
  { redact, signal }: { redact(text: string): string; signal: AbortSignal },
): Promise<string> {
  const { jobs } = await workflows.run(run, signal);
  const texts: string[] = [];
  for (const { id, name, status, conclusion } of jobs) {
    const log = await workflows.log(id, mostOfJob, signal);
    const cut = log !== undefined && log.cut > 0 ? `(the first ${log.cut} bytes are not kept)\n` : '';
    const text =
      log === undefined ? 'GitHub keeps no log of this job.' : `${cut}${log.text.replace(/^\uFEFF/, '')}`;
    texts.push(redact(`===== ${name}: ${conclusion ?? status} =====\n${text.trimEnd()}\n`));
  }
  return texts.join('\n');
}

import { join } from 'node:path';
import { longestReport, type Reporter, readReport } from '../../core/results/read.ts';
import type { Read } from '../../core/results/results.ts';
import { shown } from '../../core/step/shown.ts';
import { type Exit, LocalFileError, type LocalFiles } from '../../ports/world.ts';

/** Where a program's report is: what it prints, or a file that it writes. */
export interface ReportSource {
  parse: Reporter;
  /** Relative to `cwd`. */
  report?: string | undefined;
  cwd?: string | undefined;
}

/** Reads the report once the program has ended. */
export type ReportReader = (exit: Exit, signal: AbortSignal) => Promise<Read>;

function printed(parse: Reporter, { stdout }: Exit): Read {
  if (stdout.length >= longestReport) return { unusable: `it has ${longestReport} characters or more` };
  return readReport(parse, stdout);
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

async function written(files: LocalFiles, path: string, parse: Reporter, signal: AbortSignal): Promise<Read> {
  const text = textOf(await files.read(path, longestReport, signal));
  return text === undefined ? { unusable: `${path} is not UTF-8` } : readReport(parse, text);
}

/**
 * Makes ready to read a report, before the program starts: a file that the program then leaves as it was is one of
 * an earlier run, and is not taken for its report.
 */
export async function awaitReport(files: LocalFiles, source: ReportSource): Promise<ReportReader> {
  const { parse, report, cwd } = source;
  if (report === undefined) return async (exit) => printed(parse, exit);
  const path = cwd === undefined ? report : join(cwd, report);
  const stampOf = () => files.writtenAt(path);
  const before = await stampOf().catch(() => undefined);
  return async (_, signal) => {
    try {
      const after = await stampOf();
      if (after === undefined) return { unusable: `there is no file ${path}` };
      if (after === before) return { unusable: `${path} is of an earlier run: this one did not write it` };
      return await written(files, path, parse, signal);
    } catch (error) {
      if (!(error instanceof LocalFileError)) throw error;
      return { unusable: shown(error.message) };
    }
  };
}

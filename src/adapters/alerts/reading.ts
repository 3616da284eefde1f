import type { z } from 'zod';
import type { Telling } from '../../core/alerts/notice.ts';

/** What a body says: tellings, with a remark for the log where something is left out; or why it can't be read. */
export type Reading = { tellings: Telling[]; remark?: string } | { fault: string };

export type Reader = (body: unknown) => Reading;

/** A sentence about the first thing that is wrong; of the payload it repeats names at most. */
export function faultOf(what: string, { issues }: z.ZodError): { fault: string } {
  const [issue] = issues;
  const place = (issue?.path ?? []).map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`));
  const where = place.join('').replace(/^\./, '').slice(0, 100);
  const why = (issue?.message ?? 'it has another shape').slice(0, 300);
  return { fault: `This is ${what}: ${where === '' ? '' : `${where}: `}${why}.` };
}

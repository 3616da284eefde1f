import { z } from 'zod';
import type { LedgerEntry } from '../../sandbox/ledger.ts';
import type { Json } from '../../src/core/json.ts';
import type { Asked } from './faulty-forwarding.ts';
import { stepOf } from './writes.ts';

interface Write {
  step: string | null | undefined;
  method: string;
  path: string;
  body: Json;
}

const titledSchema = z.object({ displayName: z.string() });

/** What a call that changes something is about: `lock-trader: PATCH services cloud-trader`. */
function named({ step, method, path, body }: Write): string {
  const [address = ''] = path.split('?');
  const [collection = '', name = ''] = address.split('/').slice(-2);
  const title = titledSchema.safeParse(body).data?.displayName;
  const what = method === 'POST' ? `${name} ${title ?? collection}` : `${collection} ${title ?? name}`;
  return `${step ?? 'nobody'}: ${method} ${what}`;
}

/** A call on its way to Google. */
export function nameOf(asked: Asked): string {
  const text = asked.body.toString('utf8');
  return named({ ...asked, step: stepOf(asked), body: text === '' ? null : JSON.parse(text) });
}

/** The same of a call that Google took up. */
export function nameIn(entry: LedgerEntry): string {
  return named(entry);
}

/** Whether a call by this name changes something: some questions are asked by POST. */
export function isChange(name: string): boolean {
  return !/: POST \S+:list /.test(`${name} `);
}

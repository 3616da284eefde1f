import { z } from 'zod';
import type { Filler } from '../../../ports/forms.ts';
import { type Account, accountOf, whoSchema } from '../account.ts';
import type { Asker } from '../deliveries.ts';
import { type ReadForm, readForm } from './form-view.ts';

/** A form as it stands in somebody's window. */
export interface HeardForm {
  key: string;
  from: Asker;
  who: Account;
  form: ReadForm;
  view: { id: string; hash?: string };
}

const id = z.string().min(1);

const formBodySchema = whoSchema.extend({
  trigger_id: id.optional(),
  view: z.looseObject({ id, hash: id.optional() }),
});

/** A form that was submitted; undefined when it is none of ours. Rule: Slack, "view_submission payload". */
export function readSubmittedForm(body: unknown): HeardForm | undefined {
  return heardForm(body, ({ view }) => `view:${view.id}`);
}

/** A form in which something was chosen; undefined when it is none of ours. */
export function readChangedForm(body: unknown): HeardForm | undefined {
  return heardForm(body, ({ trigger_id, view }) => `press:${trigger_id ?? view.hash}`);
}

function heardForm(
  body: unknown,
  keyOf: (body: z.infer<typeof formBodySchema>) => string,
): HeardForm | undefined {
  const read = formBodySchema.safeParse(body);
  const form = read.success ? readForm(read.data.view) : undefined;
  if (!read.success || form === undefined) return undefined;
  const { user, trigger_id, view } = read.data;
  return {
    key: keyOf(read.data),
    from: { user: user.id, ...form.open, ...(trigger_id === undefined ? {} : { trigger: trigger_id }) },
    who: accountOf(read.data),
    form,
    view: { id: view.id, ...(view.hash === undefined ? {} : { hash: view.hash }) },
  };
}

export function fillerOf(who: Account, { channel }: Asker): Filler {
  return { platform: 'slack', ...who, ...(channel === undefined ? {} : { channel }) };
}

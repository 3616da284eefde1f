import { z } from 'zod';
import { durationSchema, milliseconds } from '../core/playbook/duration.ts';
import { redactJson } from '../core/redact.ts';
import { shownDuration } from '../core/step/deadline.ts';
import { listed, shown } from '../core/step/shown.ts';
import { iso } from '../ports/clock.ts';
import type { LogEntry } from '../ports/google-logs.ts';
import { ServiceError } from '../ports/service.ts';
import type { StepContext, StepKind } from '../ports/step.ts';
import { googleOf } from './google/cloud.ts';
import { connectionField } from './google/fields.ts';
import { type Finding, paceFields, poll } from './waiting/poll.ts';

const input = z.strictObject({
  connection: connectionField,
  filter: z
    .string()
    .min(1)
    .max(10_000)
    .describe(
      'Which entries count, in the language of Cloud Logging: `resource.labels.service_name="api" AND jsonPayload.event="order"`',
    ),
  structured: z
    .boolean()
    .default(true)
    .describe('Only entries with fields count (`jsonPayload`), and no lines of plain text'),
  last: durationSchema.default('15m').describe('How far back is looked'),
  atLeast: z.int().min(1).max(30).default(1).describe('So many entries are needed'),
  ...paceFields,
  interval: durationSchema
    .default('30s')
    .describe('The time between two looks; Google allows 60 in a minute for a project, whoever asks'),
});
type Input = z.infer<typeof input>;
type Context = StepContext<Input>;

function kindOf({ structured }: Input): string {
  return structured ? 'structured entry' : 'entry';
}

/** What an entry says, without its other fields: nobody here knows what else stands in them. */
function wordsOf({ content }: LogEntry, { redact }: Context): string {
  if (content === 'other') return 'in a form without words';
  if ('text' in content) return `“${shown(redact(content.text), 120)}”`;
  const fields = redactJson(content.fields, redact) as Record<string, unknown>;
  const said = [fields.message, fields.msg, fields.event].find((each) => typeof each === 'string');
  return said === undefined
    ? `with the fields ${shown(listed(Object.keys(fields).sort()), 120)}`
    : `“${shown(String(said), 120)}”`;
}

function sourceOf({ resource }: LogEntry): string {
  const name = resource.service_name ?? resource.job_name ?? resource.container_name;
  return name === undefined ? '' : `from ${shown(name, 60)} `;
}

function timeOf({ at }: LogEntry): string {
  return `${at.slice(0, 19).replace('T', ' ')} UTC`;
}

function advice({ filter, structured, last }: Input): string {
  const form = structured ? ', that they write each entry as one line of JSON to standard output' : '';
  return `Look whether the filter is right, that the services wrote something in the last ${shownDuration(last)}${form}, and that no exclusion filter of a log sink drops it. The filter: ${shown(filter, 500)}`;
}

function found(context: Context, entries: readonly LogEntry[]): Finding {
  const { input: given } = context;
  const [newest] = entries;
  const within = `in the last ${shownDuration(given.last)}`;
  const met = entries.length >= given.atLeast;
  const output = {
    entries: entries.length,
    newest:
      newest === undefined
        ? null
        : { at: newest.at, severity: newest.severity, resource: { ...newest.resource } },
  };
  if (newest === undefined)
    return { met, saw: `no ${kindOf(given)} ${within} matches`, output, detail: advice(given) };
  const last = `the newest ${sourceOf(newest)}at ${timeOf(newest)}: ${newest.severity} ${wordsOf(newest, context)}`;
  if (!met) {
    const few = `${entries.length} of ${given.atLeast} entries ${within}, ${last}`;
    return { met, saw: few, output, detail: advice(given) };
  }
  const many = given.atLeast === 1 ? '' : `${entries.length} or more ${within}, `;
  return { met, saw: `Log entries arrive: ${many}${last}`, output };
}

/** Google's refusal, with the right that is missing most likely. */
function refused({ reason, message }: ServiceError): Finding {
  const detail =
    'A 403 means that the worker’s service account has no permission logging.logEntries.list in this project (role roles/logging.viewer); a 400 that the filter is not in the language of Cloud Logging.';
  return reason === 'refused'
    ? { met: false, saw: message, detail, final: true }
    : { met: false, saw: message };
}

/** Looks for entries in the logs: those that there should be when a service is seen from outside. */
export const loggingEntries: StepKind<Input> = {
  uses: 'logging.entries',
  describe:
    'Looks for entries in Google Cloud Logging that match a filter, structured ones unless told otherwise.',
  input,
  effect: 'none',
  async plan({ input: given }) {
    const { filter, atLeast, last } = given;
    const what =
      atLeast === 1 ? `a ${kindOf(given).replace(/^entry/, 'log entry')}` : `${atLeast} log entries`;
    return { summary: `Look for ${what} of the last ${shownDuration(last)}: ${shown(filter)}`, diff: [] };
  },
  async run(context, signal) {
    signal.throwIfAborted();
    const { filter, structured, last, atLeast } = context.input;
    return poll(context, 'Log entries', async () => {
      const since = iso(context.now() - milliseconds(last));
      const question = { filter, structured, since, most: atLeast };
      try {
        const entries = await googleOf(context).entries.newest(question, signal);
        return found(context, structured ? entries.filter(({ content }) => isStructured(content)) : entries);
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof ServiceError) return refused(error);
        throw error;
      }
    });
  },
};

function isStructured(content: LogEntry['content']): boolean {
  return typeof content === 'object' && 'fields' in content;
}

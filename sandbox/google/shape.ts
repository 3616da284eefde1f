import { z } from 'zod';
import { type Refusal, refusal } from './refusal.ts';

/**
 * The fields of messages, made from Google's published protos: `[output ][map ]type[[]]` by name in JSON, and the
 * values of enums. A type that is neither a message nor an enum is a scalar.
 */
export const protoSchema = z.strictObject({
  source: z.string(),
  messages: z.record(z.string(), z.record(z.string(), z.string())),
  enums: z.record(z.string(), z.array(z.string())),
});
export type Proto = z.infer<typeof protoSchema>;

interface Field {
  output: boolean;
  map: boolean;
  repeated: boolean;
  type: string;
}

function fieldOf(text: string): Field {
  const words = text.split(' ');
  const last = words.at(-1) ?? '';
  return {
    output: words.includes('output'),
    map: words.includes('map'),
    repeated: last.endsWith('[]'),
    type: last.replace(/\[\]$/, ''),
  };
}

const whole = /^-?\d{1,19}$/;
const scalars: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  bool: (value) => typeof value === 'boolean',
  int32: (value) => Number.isInteger(value) || (typeof value === 'string' && whole.test(value)),
  int64: (value) => Number.isInteger(value) || (typeof value === 'string' && whole.test(value)),
  uint64: (value) => Number.isInteger(value) || (typeof value === 'string' && /^\d{1,20}$/.test(value)),
  double: (value) => typeof value === 'number',
  timestamp: (value) => typeof value === 'string' && !Number.isNaN(Date.parse(value)),
  duration: (value) => typeof value === 'string' && /^\d+(\.\d{1,9})?s$/.test(value),
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What is wrong with a body that should be this message, as Google says it; `root` is what it calls the body. */
export function faultIn(proto: Proto, message: string, body: unknown, root: string): Refusal | undefined {
  if (!isObject(body)) {
    return refusal('INVALID_ARGUMENT', 'Invalid JSON payload received. Expected an object.', root);
  }
  for (const [name, value] of Object.entries(body)) {
    const known = proto.messages[message]?.[name];
    if (known === undefined) {
      const text = `Invalid JSON payload received. Unknown name "${name}" at '${root}': Cannot find field.`;
      return refusal('INVALID_ARGUMENT', text, root);
    }
    const fault = value === null ? undefined : faultInField(proto, fieldOf(known), value, `${root}.${name}`);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function faultInField(proto: Proto, field: Field, value: unknown, path: string): Refusal | undefined {
  if (field.repeated) {
    if (!Array.isArray(value)) return invalid(path, field.type, value);
    return first(value.map((item, index) => faultInValue(proto, field.type, item, `${path}[${index}]`)));
  }
  if (field.map) {
    if (!isObject(value)) return invalid(path, field.type, value);
    return first(
      Object.entries(value).map(([key, item]) => faultInValue(proto, field.type, item, `${path}[${key}]`)),
    );
  }
  return faultInValue(proto, field.type, value, path);
}

function faultInValue(proto: Proto, type: string, value: unknown, path: string): Refusal | undefined {
  if (proto.messages[type] !== undefined) return faultIn(proto, type, value, path);
  const values = proto.enums[type];
  if (values !== undefined) {
    return values.includes(String(value)) ? undefined : invalid(path, `type.googleapis.com/${type}`, value);
  }
  return (scalars[type]?.(value) ?? true) ? undefined : invalid(path, `TYPE_${type.toUpperCase()}`, value);
}

function invalid(path: string, type: string, value: unknown): Refusal {
  return refusal('INVALID_ARGUMENT', `Invalid value at '${path}' (${type}), ${JSON.stringify(value)}`, path);
}

function first(faults: readonly (Refusal | undefined)[]): Refusal | undefined {
  return faults.find((fault) => fault !== undefined);
}

/** The fields that a client may set. */
export function settable(proto: Proto, message: string): string[] {
  return Object.entries(proto.messages[message] ?? {})
    .filter(([, field]) => !fieldOf(field).output)
    .map(([name]) => name);
}

/** The paths of an update mask (names in JSON, separated by commas). Throws as Google refuses an unknown one. */
export function maskOf(proto: Proto, message: string, text: string): string[] {
  return text.split(',').map((path) => {
    const steps = path.split('.');
    let at: string | undefined = message;
    for (const [index, step] of steps.entries()) {
      const known: string | undefined = at === undefined ? undefined : proto.messages[at]?.[step];
      const field: Field | undefined = known === undefined ? undefined : fieldOf(known);
      const ends = index === steps.length - 1;
      if (field === undefined || field.output || (!ends && (field.repeated || field.map))) {
        throw refusal(
          'INVALID_ARGUMENT',
          `Invalid field mask: no field "${path}" can be updated.`,
          'update_mask',
        );
      }
      at = field.type;
    }
    return path;
  });
}

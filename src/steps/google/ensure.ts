import { canonicalJson, sha256 } from '../../core/json.ts';
import type { Labelled, LabelledThings } from '../../ports/google.ts';
import { ServiceError } from '../../ports/service.ts';
import type { StepContext } from '../../ports/step.ts';

/** What became of a thing that should be there once. */
export interface Ensured {
  name: string;
  did: 'made' | 'changed' | 'left as it was';
  /** Others with the same label, which somebody has to remove. */
  doubles: string[];
}

const longest = 63;

/**
 * The label by which a step's thing is found again: the same in every rollout of the playbook in this environment, so
 * that the next one changes what the first one made. As Google allows labels: small letters, digits, `_` and `-`.
 */
export function labelOf({ rollout, environment, step }: StepContext<unknown>, part = ''): string {
  const whole = [rollout.playbook, environment.name, step.id, part].filter((each) => each !== '').join('-');
  return asLabel(whole);
}

export function asLabel(text: string): string {
  const label = text.toLowerCase().replaceAll(/[^a-z0-9_-]/g, '_');
  return label.length <= longest ? label : `${label.slice(0, longest - 13)}-${sha256(text).slice(7, 19)}`;
}

export function isSame<Thing>({ thing }: Labelled<Thing>, wanted: Thing): boolean {
  return thing !== undefined && canonicalJson(thing) === canonicalJson(wanted);
}

/**
 * Makes a thing, or changes the one with its label. Where the answer to making it gets lost, it is looked for before
 * anything else is done. Throws `ServiceError`.
 */
export async function ensure<Thing>(
  things: LabelledThings<Thing>,
  label: string,
  wanted: Thing,
  signal: AbortSignal,
): Promise<Ensured> {
  const [first, ...others] = await things.find(label, signal);
  if (first === undefined)
    return { name: await make(things, label, wanted, signal), did: 'made', doubles: [] };
  const doubles = others.map(({ name }) => name);
  if (isSame(first, wanted)) return { name: first.name, did: 'left as it was', doubles };
  await things.update(first.name, label, wanted, signal);
  return { name: first.name, did: 'changed', doubles };
}

async function make<Thing>(
  things: LabelledThings<Thing>,
  label: string,
  wanted: Thing,
  signal: AbortSignal,
): Promise<string> {
  try {
    return await things.create(label, wanted, signal);
  } catch (error) {
    if (!(error instanceof ServiceError) || error.reason !== 'doubtful') throw error;
    const [found] = await things.find(label, signal);
    if (found !== undefined) return found.name;
    throw error;
  }
}

/** Said where something stands there twice: it is never removed by itself. */
export function aboutDoubles(all: readonly Ensured[]): string {
  const doubles = all.flatMap((one) => one.doubles);
  return doubles.length === 0 ? '' : `; remove what carries the same label: ${doubles.join(', ')}`;
}

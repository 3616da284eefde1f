import { assemble } from './assemble.ts';
import type { Config } from './config.ts';
import { faultsBetween } from './rules.ts';
import { unknownVariables } from './unknown.ts';
import type { Variable } from './variable.ts';
import { type Values, type VariableName, variables } from './variables.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const entries = Object.entries(variables) as [VariableName, Variable][];

/**
 * Reads the configuration. All faults come at once, each a sentence that names the variable; no value of a
 * secret stands in one. A variable that is empty or blank counts as unset.
 */
export function readConfig(env: Environment): { config: Config } | { faults: string[] } {
  const given = givenTexts(env);
  const faults = unknownVariables(Object.keys(given), Object.keys(variables));
  const values: Record<string, unknown> = {};
  for (const [name, variable] of entries) {
    const raw = given[name] ?? variable.default;
    const result = raw === undefined ? undefined : variable.read.safeParse(raw);
    if (result?.success === false) faults.push(faultOf(name, variable, raw, result.error.issues[0]?.message));
    else values[name] = result?.data;
  }
  faults.push(...faultsBetween(given));
  if (faults.length > 0) return { faults };
  return { config: assemble(values as Values, secretsOf(given)) };
}

function givenTexts(env: Environment): Record<string, string> {
  const trimmed = Object.entries(env).map(([name, value]) => [name, value?.trim() ?? ''] as const);
  return Object.fromEntries(trimmed.filter(([, value]) => value !== ''));
}

function faultOf(name: string, variable: Variable, raw: unknown, must = 'is not valid'): string {
  return variable.secret ? `${name} ${must}.` : `${name} is "${raw}", but it ${must}.`;
}

/** The values of the secrets that are set; of an address with a password, the password too. */
function secretsOf(given: Readonly<Record<string, string>>): string[] {
  const found: string[] = [];
  for (const [name, variable] of entries) {
    const value = given[name];
    if (value === undefined) continue;
    const password = URL.parse(value)?.password;
    if (password) found.push(password, decoded(password));
    if (variable.secret && name !== 'REDIS_URL') found.push(value);
  }
  return [...new Set(found)];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

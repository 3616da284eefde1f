import { z } from 'zod';
import { suggestion } from './nearest.ts';
import { describeIssues, type Located, locate } from './playbook/issues.ts';
import { jsonSchemaOf } from './playbook/json-schema-walk.ts';
import { inFileOrder, type Problem } from './playbook/problem.ts';
import { readSource } from './playbook/source.ts';
import { type Channel, platformSchema } from './rollout/actor.ts';
import { connectionSchema } from './rollout/plan.ts';

const name = z
  .string()
  .regex(/^[a-z][a-z0-9-]*$/, 'lower-case letters, digits and dashes, starting with a letter');
const variable = z
  .string()
  .regex(
    /^[a-zA-Z][a-zA-Z0-9_]*$/,
    'letters, digits and _, starting with a letter: expressions read it as env.<name>',
  );

const platforms = platformSchema.options.filter((platform) => platform !== 'cli').join('|');
const channelText = z
  .string()
  .regex(
    new RegExp(`^(${platforms}):\\S+$`),
    'a channel such as slack:C0123, telegram:-100123 or console:rollouts',
  );

/** One environment, as it stands in the file. Secrets are named in playbooks; nothing here is expanded. */
export const environmentSchema = z.strictObject({
  vars: z.record(variable, z.json()).default({}).describe('What expressions read as env.<name>'),
  connections: z
    .record(name, connectionSchema)
    .default({})
    .describe('Ways to reach systems, by name; each has a kind, and what that kind needs'),
  channels: z.array(channelText).default([]).describe('Where every rollout here is followed'),
});
export const environmentsSchema = z.record(name, environmentSchema);

export interface Environment extends Omit<z.infer<typeof environmentSchema>, 'channels'> {
  channels: Channel[];
}
export type Environments = ReadonlyMap<string, Environment>;

function channelOf(text: string): Channel {
  const [platform, ...rest] = text.split(':');
  return { platform: platformSchema.parse(platform), id: rest.join(':') };
}

/** The environments of a checked value: of the file, or of the sandbox. */
export function environmentsOf(value: z.infer<typeof environmentsSchema>): Environments {
  return new Map(
    Object.entries(value).map(([key, { channels, ...rest }]) => [
      key,
      { ...rest, channels: channels.map(channelOf) },
    ]),
  );
}

/** What a connection may be, by its kind. */
export type ConnectionKinds = ReadonlyMap<string, z.ZodType>;

/**
 * Reads environments.yaml; gives the environments by name, or all problems in the order of the file. Never throws.
 * Without `connections` only their form is looked at.
 */
export function loadEnvironments(
  text: string,
  { file, connections }: { file: string; connections?: ConnectionKinds },
): { environments: Environments } | { problems: Problem[] } {
  const source = readSource(text, file);
  if ('problems' in source) return source;
  const parsed = environmentsSchema.safeParse(source.value);
  const found = parsed.success
    ? connections && wrongConnections(parsed.data, connections)
    : describeIssues(parsed.error.issues, source.value, jsonSchemaOf(environmentsSchema));
  if (found && found.length > 0) return { problems: inFileOrder(locate(source, found)) };
  return { environments: environmentsOf(parsed.data ?? {}) };
}

function wrongConnections(all: z.infer<typeof environmentsSchema>, kinds: ConnectionKinds): Located[] {
  return Object.entries(all).flatMap(([environment, { connections }]) =>
    Object.entries(connections).flatMap(([name, connection]) => {
      const base = [environment, 'connections', name];
      const schema = kinds.get(connection.kind);
      if (!schema) return [unknownKind([...base, 'kind'], connection.kind, kinds)];
      const parsed = schema.safeParse(connection);
      return parsed.success
        ? []
        : describeIssues(parsed.error.issues, connection, jsonSchemaOf(schema), base);
    }),
  );
}

function unknownKind(path: string[], kind: string, kinds: ConnectionKinds): Located {
  const hint = suggestion(kind, [...kinds.keys()]);
  return { path, message: `unknown kind of connection "${kind}"`, ...(hint ? { hint } : {}) };
}

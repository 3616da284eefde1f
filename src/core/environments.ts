import { z } from 'zod';
import { describeIssues, locate } from './playbook/issues.ts';
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

/** Reads environments.yaml; gives the environments by name, or all problems in the order of the file. Never throws. */
export function loadEnvironments(
  text: string,
  options: { file: string },
): { environments: Environments } | { problems: Problem[] } {
  const source = readSource(text, options.file);
  if ('problems' in source) return source;
  const parsed = environmentsSchema.safeParse(source.value);
  if (parsed.success) return { environments: environmentsOf(parsed.data) };
  const found = describeIssues(parsed.error.issues, source.value, jsonSchemaOf(environmentsSchema));
  return { problems: inFileOrder(locate(source, found)) };
}

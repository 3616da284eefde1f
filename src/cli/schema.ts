import { Command } from 'commander';
import { playbookJsonSchema } from '../core/playbook/json-schema.ts';
import { stepKinds } from '../steps/registry.ts';

/** `cutover schema`: what an editor needs to complete and check playbooks. */
export function schema(): Command {
  return new Command('schema')
    .description('print the JSON Schema of playbooks, for editors')
    .action(() => void process.stdout.write(`${JSON.stringify(playbookJsonSchema(stepKinds), null, 2)}\n`));
}

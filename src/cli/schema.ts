import { Argument, Command } from 'commander';
import { alertJsonSchema } from '../adapters/alerts/generic.ts';
import { playbookJsonSchema } from '../core/playbook/json-schema.ts';
import { stepKinds } from '../steps/registry.ts';

const schemas = {
  playbook: () => playbookJsonSchema(stepKinds),
  alert: alertJsonSchema,
} as const;

/** `cutover schema`: what an editor needs to complete and check playbooks, and a sender of alerts its alerts. */
export function schema(): Command {
  const names = Object.keys(schemas);
  return new Command('schema')
    .description('print the JSON Schema of playbooks, for editors; or of alerts, for senders of your own')
    .addArgument(new Argument('[what]', 'which schema').choices(names).default('playbook'))
    .action((what: keyof typeof schemas) => {
      process.stdout.write(`${JSON.stringify(schemas[what](), null, 2)}\n`);
    });
}

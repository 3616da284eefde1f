import { z } from 'zod';
import { durationSchema } from '../../core/playbook/duration.ts';
import { localPathSchema } from '../evidence/local-path.ts';
import { connectionName, nameSchema, namespaceSchema } from '../kubernetes/place.ts';

const text = z.string().min(1);

export const jobInput = z
  .strictObject({
    connection: connectionName,
    namespace: namespaceSchema,
    file: localPathSchema.optional().describe('A Job or a PodTemplate in YAML, below the bot’s folder'),
    template: z
      .record(z.string(), z.json())
      .optional()
      .describe('The same in the playbook: a pod template, `{ spec: { containers: [...] } }`'),
    image: text.optional().describe('Instead of the template’s, in its first container'),
    command: z.array(text).min(1).optional(),
    args: z.array(z.string()).optional(),
    env: z
      .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'the name of a variable'), z.string())
      .default({})
      .describe('Put over the first container’s. They stand in the Job for who may read it: no secrets'),
    serviceAccount: nameSchema.optional(),
    deadline: durationSchema
      .default('30m')
      .describe('Kubernetes ends the Job after this time, also when no worker is there'),
    retries: z.int().min(0).max(20).default(0).describe('How often Kubernetes begins a failed pod anew'),
  })
  .refine(({ file, template, image }) => [file, template, image].some((given) => given !== undefined), {
    message: 'give `file`, `template` or `image`',
  })
  .refine(({ file, template }) => file === undefined || template === undefined, {
    message: 'give either `file` or `template`, and not both',
  });
export type JobInput = z.infer<typeof jobInput>;

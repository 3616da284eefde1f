import { z } from 'zod';
import { durationSchema } from '../../core/playbook/duration.ts';

/** What each step that reaches Google Cloud is given. */
export const connectionField = z.string().describe('A connection of the environment of the kind google');

export const serviceField = z
  .string()
  .regex(/^[a-z](?:[a-z0-9-]{0,47}[a-z0-9])?$/, 'the name of a Cloud Run service');

export const withinField = durationSchema.default('10m').describe('How long Google has to bring it about');

/** The name of a resource of Compute Engine. */
export const resourceField = z
  .string()
  .regex(/^[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?$/, 'lower-case letters, digits and dashes');

import { z } from 'zod';

/**
 * A file below the folder that the bot runs in: relative, and no part of it begins with a dot, so that
 * neither a parent folder nor a hidden file (`.env`) is reached.
 */
export const localPathSchema = z
  .string()
  .max(500)
  .refine((path) => path.split('/').every((part) => /^[^.\0\\][^\0\\]*$/.test(part)), {
    message: 'a relative path without hidden parts, such as reports/openapi.json',
  });

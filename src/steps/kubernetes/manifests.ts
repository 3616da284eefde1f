import { z } from 'zod';
import { type Json, sha256 } from '../../core/json.ts';
import { documentsIn } from '../../core/step/manifests.ts';
import type { KubernetesObject } from '../../ports/kubernetes.ts';
import { LocalFileError, type LocalFiles } from '../../ports/world.ts';
import { localPathSchema } from '../evidence/local-path.ts';
import { labelsSchema, nameSchema, namespaceSchema } from './place.ts';

const mostOfAFile = 1024 * 1024;

/** An object as a playbook or a file gives it. Secrets are not: their values would stand in the journal. */
export const manifestSchema = z
  .looseObject({
    apiVersion: z.string().regex(/^([a-z0-9.-]+\/)?v[0-9a-z]+$/, 'such as v1 or apps/v1'),
    kind: z.string().regex(/^[A-Z][A-Za-z0-9]*$/, 'such as ConfigMap'),
    metadata: z.looseObject({
      name: nameSchema,
      namespace: namespaceSchema.optional(),
      labels: labelsSchema.optional(),
    }),
  })
  .refine(({ kind, apiVersion }) => kind !== 'Secret' || apiVersion !== 'v1', {
    message:
      'a Secret is not applied from a playbook: copy it with kubernetes.copy, or let the chart make it',
  })
  .refine((given) => given.status === undefined, { message: 'a status is the controllers’ to write' });

export const sourceFields = {
  namespace: namespaceSchema.describe('Of the objects that name none themselves'),
  objects: z.array(manifestSchema).max(100).default([]),
  files: z.array(localPathSchema).max(50).default([]).describe('YAML files below the bot’s folder'),
};

interface Sources {
  namespace: string;
  objects: readonly z.infer<typeof manifestSchema>[];
  files: readonly string[];
}

/** A file can't be used; the message says which and why. */
export class WrongFile extends Error {
  override readonly name = 'WrongFile';
}

export interface Manifests {
  objects: KubernetesObject[];
  /** The hash of each file that was read. */
  files: Record<string, string>;
}

/** All objects, in the order given: inline first, then file by file. */
export async function manifestsOf(
  given: Sources,
  files: LocalFiles,
  signal: AbortSignal,
): Promise<Manifests> {
  const objects = given.objects.map((object) => placed(object, given.namespace));
  const hashes: Record<string, string> = {};
  for (const path of given.files) {
    const bytes = await files.read(path, mostOfAFile, signal).catch((cause: unknown) => {
      throw cause instanceof LocalFileError ? new WrongFile(cause.message, { cause }) : cause;
    });
    hashes[path] = sha256(bytes);
    objects.push(...objectsIn(path, new TextDecoder().decode(bytes), given.namespace));
  }
  return { objects, files: hashes };
}

function objectsIn(path: string, text: string, namespace: string): KubernetesObject[] {
  const parsed = z.array(manifestSchema).safeParse(read(path, text));
  if (parsed.success) return parsed.data.map((object) => placed(object, namespace));
  const [issue] = parsed.error.issues;
  throw new WrongFile(`${path}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not an object'}`);
}

function read(path: string, text: string): Json[] {
  try {
    return documentsIn(text);
  } catch (cause) {
    throw new WrongFile(`${path}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

function placed(object: z.infer<typeof manifestSchema>, namespace: string): KubernetesObject {
  return { ...object, metadata: { namespace, ...object.metadata } } as KubernetesObject;
}

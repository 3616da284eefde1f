import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
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

/** A local file that can't be used; the message says why. */
export class LocalFileError extends Error {
  override readonly name = 'LocalFileError';
}

async function inside(root: string, path: string): Promise<string> {
  const [real, base] = await Promise.all([realpath(path), realpath(root)]);
  if (real.startsWith(base + sep)) return real;
  throw new LocalFileError(`${path} leads out of ${base}`);
}

/** Reads a file below `root` whole. Throws `LocalFileError` when it is missing, leads out, or is over `most` bytes. */
export async function readLocal(
  root: string,
  path: string,
  most: number,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const full = resolve(root, path);
  try {
    const real = await inside(root, full);
    const { size } = await stat(real);
    if (size > most) throw new LocalFileError(`${path} has ${size} bytes, over the limit of ${most}`);
    return await readFile(real, { signal });
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof LocalFileError) throw cause;
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'failed';
    throw new LocalFileError(`${path} can't be read (${code})`, { cause });
  }
}

/** Replaces a file below `root` by what `change` makes of its text ('' when it is missing), whole or not at all. */
export async function rewriteLocal(
  root: string,
  path: string,
  change: (text: string) => string,
): Promise<void> {
  const full = resolve(root, path);
  await mkdir(dirname(full), { recursive: true });
  if (dirname(full) !== resolve(root)) await inside(root, dirname(full));
  const before = await readFile(full, 'utf8').catch((cause: unknown) => {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return '';
    throw new LocalFileError(`${path} can't be read`, { cause });
  });
  const temporary = join(dirname(full), `.${basename(full)}.${randomBytes(6).toString('hex')}`);
  try {
    await writeFile(temporary, change(before), { flag: 'wx' });
    const file = await open(temporary, 'r');
    await file.sync();
    await file.close();
    await rename(temporary, full);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw new LocalFileError(`${path} can't be written`, { cause });
  }
}

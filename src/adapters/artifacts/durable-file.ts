import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

async function write(path: string, body: Uint8Array, signal?: AbortSignal): Promise<void> {
  const file = await open(path, 'wx', 0o640);
  try {
    await file.writeFile(body, signal === undefined ? {} : { signal });
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Writes a file whole or not at all; it is on the disk when this returns. Its folder must be there. */
export async function writeDurably(path: string, body: Uint8Array, signal?: AbortSignal): Promise<void> {
  const folder = dirname(path);
  const temporary = join(folder, `.${randomBytes(8).toString('hex')}.part`);
  try {
    await write(temporary, body, signal);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(folder);
}

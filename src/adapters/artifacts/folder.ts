import { randomBytes } from 'node:crypto';
import { mkdir, open, realpath, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { sha256 } from '../../core/json.ts';
import type { ArtifactStore } from '../../ports/world.ts';
import { ArtifactError } from './error.ts';
import { checkedKey } from './key.ts';

async function writeDurably(path: string, body: Uint8Array, signal: AbortSignal): Promise<void> {
  const file = await open(path, 'wx', 0o640);
  try {
    await file.writeFile(body, { signal });
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

/** The folder of a file below the root, made where missing; a symbolic link that leads out is refused. */
async function folderOf(root: string, path: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  const [real, realRoot] = await Promise.all([realpath(dirname(path)), realpath(root)]);
  if (real === realRoot || real.startsWith(realRoot + sep)) return real;
  throw new ArtifactError('refused', `${dirname(path)} leads out of the archive ${root}`);
}

/**
 * Keeps artefacts as files. A file appears whole or not at all, and is on the disk when `put` returns.
 * Throws `ArtifactError` for a bad key or a way out of the folder.
 */
export function folderStore(given: string): ArtifactStore {
  const root = resolve(given);
  return {
    async put(key, body, _contentType, signal) {
      signal.throwIfAborted();
      const path = join(root, checkedKey(key));
      await mkdir(root, { recursive: true });
      const folder = await folderOf(root, path);
      const temporary = join(folder, `.${randomBytes(8).toString('hex')}.part`);
      try {
        await writeDurably(temporary, body, signal);
        await rename(temporary, path);
      } catch (error) {
        await rm(temporary, { force: true });
        throw error;
      }
      await syncFolder(folder);
      return { uri: pathToFileURL(path).href, sha256: sha256(body), bytes: body.byteLength };
    },
  };
}

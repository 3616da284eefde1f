import { mkdir, readFile, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { sha256 } from '../../core/json.ts';
import type { ArtifactStore } from '../../ports/world.ts';
import { writeDurably } from './durable-file.ts';
import { ArtifactError } from './error.ts';
import { checkedKey } from './key.ts';
import { tooLarge } from './reading.ts';

/** The folder of a file below the root, made where missing; a symbolic link that leads out is refused. */
async function folderOf(root: string, path: string): Promise<string> {
  await mkdir(root, { recursive: true });
  await mkdir(dirname(path), { recursive: true });
  const [real, realRoot] = await Promise.all([realpath(dirname(path)), realpath(root)]);
  if (real === realRoot || real.startsWith(realRoot + sep)) return real;
  throw new ArtifactError('refused', `${dirname(path)} leads out of the archive ${root}`);
}

/** The file that a URI of this store names, wherever links lead; undefined where there is none. */
async function fileOf(root: string, uri: string): Promise<string | undefined> {
  const path = uri.startsWith('file://') ? fileURLToPath(uri) : uri;
  const inside = path.startsWith(root + sep);
  if (!inside) throw new ArtifactError('refused', `${uri} is not in the archive ${root}`);
  try {
    const [real, realRoot] = await Promise.all([realpath(path), realpath(root)]);
    if (real.startsWith(realRoot + sep)) return real;
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw cause;
  }
  throw new ArtifactError('refused', `${path} leads out of the archive ${root}`);
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
      const folder = await folderOf(root, path);
      await writeDurably(join(folder, basename(path)), body, signal);
      return { uri: pathToFileURL(path).href, sha256: sha256(body), bytes: body.byteLength };
    },
    async get(uri, most, signal) {
      signal.throwIfAborted();
      const path = await fileOf(root, uri);
      if (path === undefined) return undefined;
      if ((await stat(path)).size > most) throw tooLarge(uri, most);
      return readFile(path, { signal });
    },
  };
}

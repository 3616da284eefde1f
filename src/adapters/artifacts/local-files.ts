import { mkdir, readFile, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { LocalFileError, type LocalFiles } from '../../ports/world.ts';
import { writeDurably } from './durable-file.ts';

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : 'failed';
}

/** The real path of a file or folder below the root, the root itself being one. */
async function inside(root: string, path: string): Promise<string> {
  const [real, base] = await Promise.all([realpath(path), realpath(root)]);
  if (real === base || real.startsWith(base + sep)) return real;
  throw new LocalFileError(`${path} leads out of ${base}`);
}

function wrapped(what: string, cause: unknown): LocalFileError {
  return cause instanceof LocalFileError
    ? cause
    : new LocalFileError(`${what} (${codeOf(cause)})`, { cause });
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return '';
    throw cause;
  }
}

/** The files below a folder. */
export function localFiles(root: string): LocalFiles {
  return {
    async read(path, most, signal) {
      signal.throwIfAborted();
      try {
        const real = await inside(root, resolve(root, path));
        const { size } = await stat(real);
        if (size > most) throw new LocalFileError(`${path} has ${size} bytes, over the limit of ${most}`);
        return await readFile(real, { signal });
      } catch (cause) {
        signal.throwIfAborted();
        throw wrapped(`${path} can't be read`, cause);
      }
    },
    async writtenAt(path) {
      try {
        return (await stat(await inside(root, resolve(root, path)))).mtimeMs;
      } catch (cause) {
        if (codeOf(cause) === 'ENOENT') return undefined;
        throw wrapped(`${path} can't be read`, cause);
      }
    },
    async rewrite(path, change) {
      const full = resolve(root, path);
      try {
        if (!full.startsWith(resolve(root) + sep)) throw new LocalFileError(`${path} leads out of ${root}`);
        await mkdir(dirname(full), { recursive: true });
        const file = join(await inside(root, dirname(full)), basename(full));
        await writeDurably(file, new TextEncoder().encode(change(await textOf(file))));
      } catch (cause) {
        throw wrapped(`${path} can't be written`, cause);
      }
    },
  };
}

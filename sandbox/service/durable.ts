import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';

/** A value in a file. Its ETag changes with every `set`, also when it returns to an earlier value. */
export interface Durable<T> {
  readonly value: T;
  readonly etag: string;
  /** Durable when it returns. */
  set(value: T): void;
}

/** Opens a value that survives a restart; `initial` where there is no file yet. Throws when the file can't be read. */
export function durable<T>(file: string, schema: z.ZodType<T>, initial: T): Durable<T> {
  mkdirSync(dirname(file), { recursive: true });
  if (!existsSync(file)) write(file, { revision: 1, value: initial });
  let { revision, value } = read(file, schema);
  return {
    get value() {
      return value;
    },
    get etag() {
      return `"${revision}"`;
    },
    set(next) {
      write(file, { revision: revision + 1, value: next });
      revision += 1;
      value = next;
    },
  };
}

/** Whether an `If-Match` header allows a change of what has this ETag; absent allows it. */
export function preconditionHolds(ifMatch: string | undefined, etag: string): boolean {
  if (ifMatch === undefined) return true;
  const tags = ifMatch.split(',').map((tag) => tag.trim());
  return tags.includes('*') || tags.includes(etag);
}

function read<T>(file: string, schema: z.ZodType<T>): { revision: number; value: T } {
  try {
    return z
      .object({ revision: z.int().min(1), value: schema })
      .parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw new Error(`${file} is not readable; delete it to begin anew`, { cause });
  }
}

function write(file: string, content: { revision: number; value: unknown }): void {
  const fresh = `${file}.new`;
  const handle = openSync(fresh, 'w');
  writeSync(handle, JSON.stringify(content));
  fsyncSync(handle);
  closeSync(handle);
  renameSync(fresh, file);
}

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where steps get the secrets from that a playbook names (`secrets.NAME`). */
export interface SecretSource {
  /** The value as it is now, without the line end that editors add; undefined where there is none. */
  get(name: string): Promise<string | undefined>;
  /** What could be asked for, sorted; never a value. */
  names(): Promise<string[]>;
}

export interface SecretSourceOptions {
  /** A folder with one file a secret, as Docker and Kubernetes mount them; it wins over the environment. */
  dir?: string;
  /** The process environment: `SECRET_NAME` is the secret NAME. */
  env: Readonly<Record<string, string | undefined>>;
  /** Told each value that is handed out, for redaction. */
  remember(value: string): void;
}

const prefix = 'SECRET_';
const wellFormed = /^[A-Za-z_][A-Za-z0-9_-]*$/;

/**
 * Secrets from files, then from the process environment. They are read when they are asked for, so that a rotated
 * one counts at once, and nothing is kept but in the memory of the redaction. An empty value counts as none.
 * Throws, without the value, when a file is there and can't be read.
 */
export function secretSource({ dir, env, remember }: SecretSourceOptions): SecretSource {
  return {
    async get(name) {
      if (!wellFormed.test(name)) return undefined;
      const value = (dir && (await fromFile(dir, name))) || env[prefix + name] || undefined;
      if (value !== undefined) remember(value);
      return value;
    },
    async names() {
      const files = dir ? await readdir(dir, { withFileTypes: true }) : [];
      const named = files.filter((file) => !file.isDirectory()).map((file) => file.name);
      const set = Object.keys(env).filter((name) => name.startsWith(prefix) && env[name]);
      const all = new Set([...named, ...set.map((name) => name.slice(prefix.length))]);
      return [...all].filter((name) => wellFormed.test(name)).sort();
    },
  };
}

async function fromFile(dir: string, name: string): Promise<string | undefined> {
  try {
    return (await readFile(join(dir, name), 'utf8')).replace(/\r?\n$/, '');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw new Error(`The file of the secret ${name} under SECRETS_DIR can't be read.`, { cause });
  }
}

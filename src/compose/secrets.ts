import { secretSource } from '../adapters/secrets.ts';
import type { AppParts } from './app.ts';

/** Secrets by their names, from files or the environment; each value that is read is remembered for redaction. */
export function secretsOf({ config, env, secrets }: AppParts): (name: string) => Promise<string | undefined> {
  const { secrets: dir } = config.files;
  const named = secretSource({
    ...(dir === undefined ? {} : { dir }),
    env,
    remember: (value) => secrets.add(value),
  });
  return (name) => named.get(name);
}

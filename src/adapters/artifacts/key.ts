import { ArtifactError } from './error.ts';

const part = /^[A-Za-z0-9_][A-Za-z0-9._+=@-]{0,127}$/;

/**
 * A key of an artefact: parts of letters, digits and `._+=@-` with slashes between, none beginning with a
 * dot, 512 characters at most. So a key can't leave its folder, and needs no escaping in any store.
 * Throws `ArtifactError`.
 */
export function checkedKey(key: string): string {
  if (key.length <= 512 && key.split('/').every((name) => part.test(name))) return key;
  throw new ArtifactError('refused', `not a key for an artefact: ${JSON.stringify(key.slice(0, 80))}`);
}

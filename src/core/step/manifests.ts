import { parseAllDocuments } from 'yaml';
import type { Json } from '../json.ts';

/** The documents of a YAML file, empty ones left out. Throws a sentence that names the line. */
export function documentsIn(text: string): Json[] {
  const documents = parseAllDocuments(text, { version: '1.2', uniqueKeys: true });
  const faults = [...documents].flatMap(({ errors }) => errors);
  const [fault] = faults;
  if (fault !== undefined) throw new SyntaxError(fault.message.split('\n')[0] ?? 'not YAML');
  return [...documents]
    .map((document) => document.toJS({ maxAliasCount: 100 }) as Json)
    .filter((value) => value !== null);
}

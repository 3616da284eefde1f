import { parseAllDocuments } from 'yaml';

/**
 * The documents of a YAML text, empty ones left out. Throws a sentence about the first fault. Aliases are held to the
 * library's own limit, so that a small text never becomes a huge value.
 */
export function documentsIn(text: string): unknown[] {
  const documents = parseAllDocuments(text);
  if (!Array.isArray(documents)) return [];
  const fault = documents.flatMap(({ errors }) => errors)[0];
  if (fault) throw new Error(fault.message.split('\n')[0] ?? fault.message);
  return documents.map((document): unknown => document.toJS()).filter((value) => value !== null);
}

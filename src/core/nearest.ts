import { distance } from 'fastest-levenshtein';

/** How many letters may be wrong for a mistake to be a likely one. */
function tolerance(length: number): number {
  if (length <= 2) return 0;
  if (length === 3) return 1;
  return length <= 8 ? 2 : 3;
}

/**
 * The known word that was most likely meant, upper and lower case aside; undefined when none is really near.
 * Of equally near words the first known one wins.
 */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  if (word.length > 200) return undefined;
  const wanted = word.toLowerCase();
  let best: { word: string; away: number } | undefined;
  for (const candidate of known) {
    const away = distance(wanted, candidate.toLowerCase());
    const allowed = Math.min(tolerance(wanted.length), tolerance(candidate.length));
    if (away <= allowed && (best === undefined || away < best.away)) best = { word: candidate, away };
  }
  return best?.word;
}

/** `did you mean "start"?`, or what is known when nothing is near and the list is short enough to read. */
export function suggestion(word: string, known: Iterable<string>): string | undefined {
  const words = [...known];
  const meant = nearest(word, words);
  if (meant !== undefined) return `did you mean "${meant}"?`;
  if (words.length === 0) return undefined;
  const shown = words.slice(0, 12).join(', ');
  return words.length > 12 ? `known: ${shown}, …` : `known: ${shown}`;
}

import { RE2JS } from '@bufbuild/re2';

/** The longest pattern, and the longest text that one is held against, in characters. */
export const maxPatternLength = 200;
export const maxTextLength = 200;

/**
 * Why a pattern can't be used; undefined when it can. Patterns are RE2's: no look-around and no back-references,
 * and in return no pattern takes more than linear time, whatever text a person types.
 */
export function patternProblem(pattern: string): string | undefined {
  if (pattern.length > maxPatternLength) return `the pattern is longer than ${maxPatternLength} characters`;
  try {
    RE2JS.compile(pattern);
    return undefined;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return `not a regular expression that RE2 knows: ${reason.replace(/^error parsing regexp: /, '')}`;
  }
}

/** Whether the whole text matches. Throws for a pattern that `patternProblem` has something to say about. */
export function matchesWhole(pattern: string, text: string): boolean {
  return text.length <= maxTextLength && RE2JS.compile(pattern).matches(text);
}

/** Crockford's base 32: no I, L, O or U, so that a code can be read aloud and typed on a phone. */
export const codeAlphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
export const codeLength = 8;

const alike: Readonly<Record<string, string>> = { I: '1', L: '1', O: '0' };

/** A code as it was typed, in its one spelling; undefined for what can be none. */
export function readCode(typed: string): string | undefined {
  const letters = typed
    .toUpperCase()
    .replaceAll(/[\s-]/g, '')
    .replaceAll(/[ILO]/g, (letter) => alike[letter] ?? letter);
  const fits = letters.length === codeLength && [...letters].every((letter) => codeAlphabet.includes(letter));
  return fits ? letters : undefined;
}

/** `7H3K-9QXT`. */
export function writeCode(code: string): string {
  return `${code.slice(0, codeLength / 2)}-${code.slice(codeLength / 2)}`;
}

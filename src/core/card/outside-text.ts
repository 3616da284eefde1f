import { cut } from './words.ts';

/** Direction overrides and isolates: they can make text read as something else (Unicode TR 36, 2.2). */
const directions = /[\u202a-\u202e\u2066-\u2069]/g;
/** Control characters but line ends and tabs. */
const controls = /(?![\t\n])\p{Cc}/gu;

/**
 * A text from outside as every platform can show it: direction controls are made visible, other control
 * characters are taken out, and half characters become `�`. It may still hold mark-up: each adapter escapes its own.
 */
export function presentable(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(controls, '')
    .replace(directions, (mark) => `[U+${mark.charCodeAt(0).toString(16).toUpperCase()}]`)
    .toWellFormed();
}

/** The same on at most `most` UTF-16 units; of a longer text only the beginning is looked at. */
export function presentableAtMost(text: string, most: number): string {
  return cut(presentable(cut(text, most)), most);
}

/** Whether nothing of a text can be seen. */
export function isBlank(text: string): boolean {
  return !/[^\s\p{Cc}\p{Cf}\u115f\u1160\u3164\uffa0]/u.test(text);
}

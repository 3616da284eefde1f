/**
 * Telegram's limits. Rule: its Bot API reference and the source of its Bot API server; lengths are counted in
 * UTF-16 units here, which is never less than what Telegram counts.
 */
export const limits = {
  /** Of a message, as it reads. */
  text: 4_096,
  /** Of a picture's caption, as it reads. */
  caption: 1_024,
  /** Of a text with its mark-up, in bytes: beyond 32,768 the server says "Text is too long". */
  markupBytes: 30_000,
  /** Of what a button carries, in bytes. */
  callbackData: 64,
  buttonLabel: 64,
  buttons: 100,
  /** Of the notice that a press is answered with. */
  notice: 200,
  placeholder: 64,
  /** Of what stands under a document: what a step is called, far below the 1,024 of a caption. */
  documentTitle: 200,
} as const;

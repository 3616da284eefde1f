/** The lines of a stream as they come. One that the stream breaks off is left out unless it is wanted. */
export async function* linesOf(
  stream: ReadableStream<Uint8Array> | null,
  { unfinished = false } = {},
): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream ?? []) {
    rest += decoder.decode(chunk, { stream: true });
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    yield* lines.filter((line) => line !== '');
  }
  if (unfinished && rest !== '') yield rest;
}

/**
 * Waits for all parts, also when some fail: what one has started is then known, and every fault is told at once.
 * Throws one `AggregateError` of the faults.
 */
export async function together<const T extends readonly Promise<unknown>[]>(
  parts: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  const settled = await Promise.allSettled(parts);
  const reasons = settled.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  if (reasons.length > 0) throw new AggregateError(reasons, 'Not every part could be started.');
  return Promise.all(parts);
}

/** Every fault in an error, in words. */
export function faultsIn(error: unknown): string[] {
  if (error instanceof AggregateError) return error.errors.flatMap(faultsIn);
  return [error instanceof Error ? error.message : String(error)];
}

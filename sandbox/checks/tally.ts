let passed = 0;
const failed: string[] = [];

/** Counts one check and says how it went. */
export function check(what: string, holds: boolean): void {
  console.log(`${holds ? 'ok    ' : 'not ok'} ${what}`);
  if (holds) passed += 1;
  else failed.push(what);
}

/** Says how many checks passed, and ends with 1 when one failed. */
export function report(): void {
  console.log(`${passed} passed, ${failed.length} failed`);
  process.exitCode = failed.length === 0 ? 0 : 1;
}

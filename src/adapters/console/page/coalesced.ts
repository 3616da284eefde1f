/**
 * Work that is asked for often and need not run as often: while it runs, any number of further calls make it
 * run once more afterwards. `pause`: milliseconds between two runs.
 */
export function coalesced(work: () => Promise<void>, pause = 150): () => void {
  let running = false;
  let again = false;
  async function run(): Promise<void> {
    running = true;
    do {
      again = false;
      await work();
      await new Promise((resolve) => setTimeout(resolve, pause));
    } while (again);
    running = false;
  }
  return () => {
    again = true;
    if (!running) void run();
  };
}

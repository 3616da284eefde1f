import { enableCompileCache, flushCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

/**
 * Half of a start is reading and compiling code: what was compiled once is kept among the packages, where nobody else
 * may write. Where this can't be written either, each start compiles anew.
 */
enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/cutover', import.meta.url)));

const { program } = await import('./cli/program.ts');
// A process that is killed keeps nothing otherwise.
setImmediate(flushCompileCache);
await program.parseAsync();

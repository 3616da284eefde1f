/** A process that runs a program as the bot does, says what it prints, and waits to be killed. */
import { processRunner } from '../../src/adapters/world/processes.ts';

const source = process.argv[2] ?? '';
const invocation = { argv: [process.execPath, '-e', source] as [string, ...string[]] };
const onLine = (line: string) => process.stdout.write(`${line}\n`);
const exit = await processRunner().run({ ...invocation, onLine }, new AbortController().signal);
process.stdout.write(`ended ${JSON.stringify(exit)}\n`);

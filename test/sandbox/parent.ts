import { startSandbox } from '../../sandbox/start.ts';

const [dataDir = ''] = process.argv.slice(2);
const sandbox = await startSandbox({ dataDir, basePort: 0 });
process.stdout.write(`${JSON.stringify(sandbox.pids())}\n`);
setInterval(() => undefined, 60_000);

#!/usr/bin/env node
// Runs src/main.ts, with what a .env file of the working folder adds to the environment. The sources are TypeScript
// without a build, which Node 24 takes as they are; under an older Node the one among the packages is started in its
// place. Plain JavaScript that any Node from 18 on understands.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const wanted = 24;
const main = new URL('../src/main.ts', import.meta.url);

if (Number.parseInt(process.versions.node, 10) >= wanted) {
  if (existsSync('.env')) process.loadEnvFile('.env');
  process.argv[1] = fileURLToPath(main);
  await import(main.href);
} else {
  const node = bundledNode();
  if (node) handOver(node);
  else giveUp();
}

function bundledNode() {
  try {
    const found = createRequire(import.meta.url).resolve(
      `node-${process.platform}-${process.arch}/package.json`,
    );
    return join(dirname(found), 'bin', 'node');
  } catch {
    return undefined;
  }
}

/**
 * The terminal sends Ctrl-C to both processes; the other signals are passed on. The end is the program's; when this
 * process is killed, the channel between them tells the program to stop.
 */
function handOver(node) {
  const program = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  process.on('SIGINT', () => undefined);
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => program.kill(signal));
  program.on('error', giveUp);
  program.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
  });
}

function giveUp() {
  process.stderr.write(
    `Cutover needs Node ${wanted} or newer; this is ${process.version}.\n` +
      'On Linux (x64, arm64) npm ci brings one along. Elsewhere install one from https://nodejs.org.\n',
  );
  process.exitCode = 1;
}

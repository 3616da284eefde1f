import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Ports } from './supervisor/layout.ts';

const names = ['router', 'supervisor', 'blue', 'green', 'alerter'] as const;
/** Below the range from which systems take the ports of outgoing connections. */
const free = { from: 10_000, to: 32_000 };
/** Milliseconds that the sandbox of a killed bot gets to go. */
const patience = 1_500;

/** Five ports from `basePort` on, all free now; 0 looks for five that are. Throws a sentence for a person. */
export async function reservePorts(basePort: number): Promise<Ports> {
  if (basePort === 0) return anyPorts();
  const ports = portsFrom(basePort);
  for (const name of names) {
    if (!(await isFreeSoon(ports[name]))) throw new Error(inUse(name, ports[name]));
  }
  return ports;
}

async function anyPorts(): Promise<Ports> {
  for (;;) {
    const ports = portsFrom(randomInt(free.from, free.to));
    const answers = await Promise.all(names.map((name) => isFree(ports[name])));
    if (answers.every(Boolean)) return ports;
  }
}

function portsFrom(base: number): Ports {
  return { router: base, supervisor: base + 1, blue: base + 2, green: base + 3, alerter: base + 4 };
}

function inUse(name: string, port: number): string {
  return (
    `Port ${port} (the sandbox's ${name}) is in use by another program. ` +
    'End that program, or set SANDBOX_PORT to the first of five free ports.'
  );
}

async function isFreeSoon(port: number): Promise<boolean> {
  const limit = Date.now() + patience;
  while (!(await isFree(port))) {
    if (Date.now() > limit) return false;
    await pause(50);
  }
  return true;
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}

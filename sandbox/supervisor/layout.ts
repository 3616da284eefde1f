import { join } from 'node:path';
import type { Colour } from '../colour.ts';
import { ledgerFolder } from '../ledger.ts';
import type { Launch } from '../process/child.ts';

export interface Ports extends Record<Colour, number> {
  router: number;
  supervisor: number;
  alerter: number;
}

/** Where the parts of a sandbox are, and how its processes are started. */
export interface Layout {
  readonly ports: Ports;
  state(service: string): string;
  ledger(service: string): string;
  router(): Omit<Launch, 'onMessage'>;
  alerter(): Omit<Launch, 'onMessage'>;
  platform(colour: Colour, version: string, frozen: boolean): Omit<Launch, 'onMessage'>;
}

export function layoutOf(dataDir: string, ports: Ports): Layout {
  const state = (service: string) => join(dataDir, 'state', `${service}.json`);
  const ledger = (service: string) => join(ledgerFolder(dataDir), `${service}.jsonl`);
  const files = (service: string) => ['--state', state(service), '--ledger', ledger(service)];
  const sides = ['--blue', `${ports.blue}`, '--green', `${ports.green}`];
  const program = (name: string) => join(import.meta.dirname, '..', name);
  return {
    ports,
    state,
    ledger,
    router: () => ({
      file: program('router.ts'),
      args: ['--port', `${ports.router}`, ...sides, ...files('router')],
    }),
    alerter: () => ({
      file: program('alerter.ts'),
      args: [
        ...['--port', `${ports.alerter}`, '--router', `${ports.router}`, ...sides],
        ...['--state', state('alerter')],
      ],
    }),
    platform: (colour, version, frozen) => ({
      file: program('platform.ts'),
      args: [
        ...['--colour', colour, '--port', `${ports[colour]}`, '--version', version],
        ...files(colour),
        ...(frozen ? ['--frozen'] : []),
      ],
    }),
  };
}

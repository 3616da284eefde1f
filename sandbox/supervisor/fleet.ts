import { rmSync } from 'node:fs';
import { z } from 'zod';
import { type Colour, colours } from '../colour.ts';
import { type Kept, keepRunning } from '../process/keeper.ts';
import { durable } from '../service/durable.ts';
import type { Layout } from './layout.ts';

const version = z.string().nullable();
const versionsSchema = z.strictObject({ blue: version, green: version });

/** A colour as it stands: its version (null when it is not deployed), and whether it serves. */
export interface Deployment {
  version: string | null;
  ready: boolean;
  port: number;
}

/** The platforms that should run, and do. What is deployed survives a restart of the supervisor. */
export interface Fleet {
  describe(colour: Colour): Deployment;
  deployed(): Colour[];
  pids(): number[];
  /** Runs this version of a colour, its writes frozen when it is new; false when it does so already. */
  deploy(colour: Colour, version: string): boolean;
  /** Ends a colour and forgets its state; false when it was not deployed. */
  remove(colour: Colour): boolean;
  stop(): Promise<void>;
}

/** Starts what was deployed when the supervisor ended; blue v1.0.0 at first. */
export function startFleet(layout: Layout, onChange: () => void): Fleet {
  const versions = durable(layout.state('supervisor'), versionsSchema, { blue: 'v1.0.0', green: null });
  const running = new Map<Colour, Kept>();
  const ending = new Map<Colour, Promise<void>>();

  const start = (colour: Colour, version: string, frozen: boolean) => {
    const launch = layout.platform(colour, version, frozen);
    running.set(colour, keepRunning(launch, onChange));
  };
  const end = (colour: Colour): Promise<void> => {
    const kept = running.get(colour);
    running.delete(colour);
    const done = Promise.all([ending.get(colour), kept?.stop()]).then(() => undefined);
    ending.set(colour, done);
    return done;
  };
  /** The last word counts: a change that came while a process was ending is not overtaken by an older one. */
  const startIfWanted = (colour: Colour, version: string) => {
    if (versions.value[colour] === version && !running.has(colour)) start(colour, version, true);
    onChange();
  };

  for (const colour of colours) {
    const version = versions.value[colour];
    if (version !== null) start(colour, version, false);
  }
  return {
    describe: (colour) => ({
      version: versions.value[colour],
      ready: running.get(colour)?.ready ?? false,
      port: layout.ports[colour],
    }),
    deployed: () => colours.filter((colour) => versions.value[colour] !== null),
    pids: () => [...running.values()].flatMap(({ pid }) => (pid === undefined ? [] : [pid])),
    deploy(colour, version) {
      if (versions.value[colour] === version) return false;
      versions.set({ ...versions.value, [colour]: version });
      void end(colour).then(() => startIfWanted(colour, version));
      onChange();
      return true;
    },
    remove(colour) {
      if (versions.value[colour] === null) return false;
      versions.set({ ...versions.value, [colour]: null });
      void end(colour).then(() => rmSync(layout.state(colour), { force: true }));
      onChange();
      return true;
    },
    async stop() {
      await Promise.all(colours.map(end));
    },
  };
}

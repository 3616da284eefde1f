import { rmSync } from 'node:fs';
import { z } from 'zod';
import { type Colour, colourSchema, colours } from '../colour.ts';
import { type Kept, keepRunning } from '../process/keeper.ts';
import { durable } from '../service/durable.ts';
import type { Layout } from './layout.ts';

const version = z.string().nullable();
const fleetSchema = z.strictObject({
  blue: version,
  green: version,
  fresh: z
    .array(colourSchema)
    .default([])
    .describe(
      'Deployed, and not up since: a restart of the supervisor must not forget that they begin frozen',
    ),
});

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
  const first = { blue: 'v1.0.0', green: null, fresh: [] };
  const kept = durable(layout.state('supervisor'), fleetSchema, first);
  const running = new Map<Colour, Kept>();
  const ending = new Map<Colour, Promise<void>>();

  const start = (colour: Colour, version: string, frozen: boolean) => {
    const launch = layout.platform(colour, version, frozen);
    const platform = keepRunning(launch, () => {
      if (platform.ready) cameUp(colour);
      onChange();
    });
    running.set(colour, platform);
  };
  const cameUp = (colour: Colour) => {
    const { fresh, ...versions } = kept.value;
    if (fresh.includes(colour)) kept.set({ ...versions, fresh: fresh.filter((each) => each !== colour) });
  };
  const want = (colour: Colour, version: string | null) => {
    const others = kept.value.fresh.filter((each) => each !== colour);
    kept.set({ ...kept.value, [colour]: version, fresh: version === null ? others : [...others, colour] });
  };
  const end = (colour: Colour): Promise<void> => {
    const platform = running.get(colour);
    running.delete(colour);
    const done = Promise.all([ending.get(colour), platform?.stop()]).then(() => undefined);
    ending.set(colour, done);
    return done;
  };
  /** The last word counts: a change that came while a process was ending is not overtaken by an older one. */
  const startIfWanted = (colour: Colour, version: string) => {
    if (kept.value[colour] === version && !running.has(colour)) start(colour, version, true);
    onChange();
  };

  for (const colour of colours) {
    const version = kept.value[colour];
    if (version !== null) start(colour, version, kept.value.fresh.includes(colour));
  }
  return {
    describe: (colour) => ({
      version: kept.value[colour],
      ready: running.get(colour)?.ready ?? false,
      port: layout.ports[colour],
    }),
    deployed: () => colours.filter((colour) => kept.value[colour] !== null),
    pids: () => [...running.values()].flatMap(({ pid }) => (pid === undefined ? [] : [pid])),
    deploy(colour, version) {
      if (kept.value[colour] === version) return false;
      want(colour, version);
      void end(colour).then(() => startIfWanted(colour, version));
      onChange();
      return true;
    },
    remove(colour) {
      if (kept.value[colour] === null) return false;
      want(colour, null);
      void end(colour).then(() => rmSync(layout.state(colour), { force: true }));
      onChange();
      return true;
    },
    async stop() {
      await Promise.all(colours.map(end));
    },
  };
}

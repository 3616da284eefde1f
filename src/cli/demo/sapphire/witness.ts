import { z } from 'zod';
import { services } from '../../../../sandbox/sapphire/names.ts';
import type { SapphireGround } from '../../../../sandbox/sapphire/place.ts';
import type { Standing } from '../../../../sandbox/sapphire/standing.ts';

export type Place = 'staging' | 'production';

/** Google Cloud's double and its clients, asked beside the bot: what they say counts, not what the bot says of them. */
export interface SapphireWitness {
  /** What the project keeps of all that a launch changes. */
  standing(place: Place): Promise<Standing>;
  /** The revisions that get traffic, each with its share. */
  serving(place: Place): Promise<string[]>;
  /** What the trader that a client behind the load balancer meets calls itself. */
  served(place: Place): Promise<string>;
  /** The digests of what both services run in the newest revision. */
  digests(place: Place): Promise<string[]>;
  /** New revisions of the trader fail this share of their requests in production. */
  spoil(errors: number): Promise<void>;
}

const healthSchema = z.object({ version: z.string() });

export function witnessOfSapphire({ projects, standing, spoil, digests }: SapphireGround): SapphireWitness {
  return {
    standing,
    digests,
    async serving(place) {
      const all = Object.values((await standing(place)).services).flatMap(({ serving }) => serving);
      return all
        .filter((share) => !/ 0\b/.test(share))
        .map((share) => share.split(' ').slice(0, 2).join(' '));
    },
    async served(place) {
      const answer = await fetch(`${projects[place]?.url}/lb/${services.trader}/healthz`);
      return healthSchema.parse(await answer.json()).version;
    },
    spoil: (errors) => spoil('production', errors),
  };
}

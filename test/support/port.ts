import { portTaken } from '../../src/adapters/redis/embedded/port.ts';

const [least, most] = [20_000, 30_000];
let next = least + Math.floor(Math.random() * (most - least));

/** A free port of 127.0.0.1 that no outgoing connection takes before it is used: it lies below the range of those. */
export async function portForLater(): Promise<number> {
  do next = next + 1 < most ? next + 1 : least;
  while (await portTaken(next));
  return next;
}

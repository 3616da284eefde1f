import { type Calling, callWebhook } from './calling.ts';
import { type People, peopleOf } from './people.ts';
import { serveApi } from './server.ts';
import { World } from './world.ts';

/** A Telegram on this machine: strict where Telegram is strict. */
export interface TelegramDouble {
  world: World;
  /** For `TELEGRAM_API_ROOT`. */
  apiRoot: string;
  people: People;
  calling: Calling;
  stop(): Promise<void>;
}

export async function startTelegramDouble(): Promise<TelegramDouble> {
  const world = new World();
  const api = await serveApi(world);
  const calling = callWebhook(world);
  return {
    world,
    apiRoot: api.url,
    people: peopleOf(world),
    calling,
    async stop() {
      calling.stop();
      await api.stop();
    },
  };
}

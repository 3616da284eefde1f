import { ChatError } from '../../ports/chat.ts';
import type { Memory } from '../../ports/memory.ts';

/** A chat, or a topic in a forum. */
export interface Place {
  chat: number;
  topic?: number;
}

/** Where rooms are. A group that becomes a supergroup gets another id; its messages stay behind under the old one. */
export interface Rooms {
  /** Where a room named in an environment is now. Throws `ChatError` for a name that is none. */
  locate(channel: string): Promise<Place>;
  /** The name of a place, as environments and policy know it: the old one of a group that moved, unless they name the new one. */
  nameOf(place: Place): Promise<string>;
  /** Remembers that a group has a new id. */
  moved(from: number, to: number): Promise<void>;
}

/** A move is for good; five years (milliseconds). */
const kept = 5 * 365 * 86_400_000;

/** `isNamed`: environments or policy know this room by this very name. */
export function createRooms(memory: Memory, isNamed: (channel: string) => boolean = () => false): Rooms {
  const known = new Map<string, number>();

  /** Without the memory's answer a room is taken for where it was. */
  async function look(key: string): Promise<number | undefined> {
    const there = known.get(key) ?? Number(await memory.read(key).catch(() => undefined));
    if (!Number.isSafeInteger(there) || there === 0) return undefined;
    known.set(key, there);
    return there;
  }
  async function note(key: string, chat: number): Promise<void> {
    known.set(key, chat);
    await memory.write(key, String(chat), kept);
  }

  return {
    async locate(channel) {
      const place = placeOf(channel);
      const chat = await look(`moved:${place.chat}`);
      return chat === undefined ? place : { ...place, chat };
    },
    async nameOf(place) {
      const name = channelOf(place);
      if (isNamed(name)) return name;
      const chat = await look(`from:${place.chat}`);
      return chat === undefined ? name : channelOf({ ...place, chat });
    },
    async moved(from, to) {
      await note(`moved:${from}`, to);
      await note(`from:${to}`, from);
    },
  };
}

/** `-100123`, or `-100123/45` for a topic. */
export function channelOf({ chat, topic }: Place): string {
  return topic === undefined ? `${chat}` : `${chat}/${topic}`;
}

function placeOf(channel: string): Place {
  const [, chat, topic] = /^(-?\d{1,16})(?:\/(\d{1,10}))?$/.exec(channel) ?? [];
  if (chat === undefined) {
    throw new ChatError(
      'closed',
      `telegram:${channel} names no chat. Write the number that \`/rollout whoami\` says there, such as telegram:-100123 or telegram:-100123/45 for a topic.`,
    );
  }
  return { chat: Number(chat), ...(topic === undefined ? {} : { topic: Number(topic) }) };
}

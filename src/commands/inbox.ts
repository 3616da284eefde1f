import { personOf } from '../core/policy/policy.ts';
import type { Inbox, Incoming, Reply } from '../ports/chat.ts';
import type { Asked } from './asked.ts';
import type { InboxDeps } from './call.ts';
import { handle } from './handlers.ts';
import { parse } from './parse.ts';
import { strangerReply, unknownPerson } from './people.ts';
import { refusalReply } from './reply.ts';

/**
 * The way in for every platform: who is it, what do they want, may they, and then it is done. What a person did
 * never makes it throw; a fault of ours comes back as a calm card with a reference that stands in the log.
 */
export function createInbox(deps: InboxDeps): Inbox {
  let faults = 0;
  return async (incoming) => {
    try {
      return await answer(deps, incoming);
    } catch (error) {
      faults += 1;
      return faulted(deps, incoming, error, `${deps.clock.now().toString(36)}-${faults}`);
    }
  };
}

async function answer(deps: InboxDeps, incoming: Incoming): Promise<Reply> {
  const { channel, account, text, press } = incoming;
  const policy = deps.policy();
  const parsed = parse(text);
  const person = personOf(policy, channel.platform, account);
  if (person === undefined) {
    const asksWho = 'command' in parsed && parsed.command.name === 'whoami';
    return asksWho ? strangerReply(incoming) : refusalReply(unknownPerson(incoming));
  }
  if ('refusal' in parsed) return refusalReply(parsed.refusal);
  const asked: Asked = {
    person: { kind: 'person', id: person.id, name: person.name, via: channel.platform },
    policy,
    now: deps.clock.now(),
    ...(press === undefined ? {} : { drawnAt: press.drawnAt }),
  };
  return handle(parsed.command.name, { command: parsed.command, asked, incoming, deps });
}

function faulted(
  deps: InboxDeps,
  { channel, account, text }: Incoming,
  error: unknown,
  reference: string,
): Reply {
  const command = text.trim().split(/\s/)[0]?.slice(0, 40);
  deps.log.error({ err: error, reference, command, platform: channel.platform, account }, 'a command failed');
  return {
    ok: false,
    card: {
      tone: 'bad',
      title: ['That did not work.'],
      lines: [
        [`The fault is the bot’s, not yours. Its reference is ${reference}.`],
        ['Look at ', { code: '/rollout status' }, ' to see whether it was recorded, and try again.'],
      ],
      actions: [],
      links: [],
    },
  };
}

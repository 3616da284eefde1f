import { withLinks } from '../core/accounts/account.ts';
import { type PolicyPerson, personOf } from '../core/policy/policy.ts';
import type { Policy } from '../core/policy/schema.ts';
import type { Ahead, Inbox, Incoming, Reply } from '../ports/chat.ts';
import { StoreAway } from '../ports/store-away.ts';
import { createLookAhead } from './ahead.ts';
import type { Asked } from './asked.ts';
import type { InboxDeps } from './call.ts';
import type { Command } from './grammar.ts';
import { handle } from './handlers.ts';
import { enter } from './link.ts';
import { parse } from './parse.ts';
import { refusalReply } from './reply.ts';
import { isOutside, strangerReply, unknownPerson } from './strangers.ts';

/**
 * The way in for every platform: who is it, what do they want, may they, and then it is done. What a person did
 * never makes it throw; a fault of ours comes back as a calm card with a reference that stands in the log.
 */
export function createInbox(deps: InboxDeps): Inbox {
  const calmly = calmReplies(deps);
  const lookAhead = createLookAhead(deps);
  return (incoming) =>
    calmly(incoming, () => answer(deps, { ...incoming, ahead: incoming.ahead ?? lookAhead(incoming) }));
}

/** Answers whatever happens: a store that is away and a fault of ours become calm replies. */
export function calmReplies(deps: Pick<InboxDeps, 'clock' | 'log'>) {
  let faults = 0;
  return async (incoming: Incoming, act: () => Promise<Reply>): Promise<Reply> => {
    try {
      return await act();
    } catch (error) {
      if (error instanceof StoreAway) return storeAway;
      faults += 1;
      return faulted(deps, incoming, error, `${deps.clock.now().toString(36)}-${faults}`);
    }
  };
}

async function answer(deps: InboxDeps, incoming: Incoming & { ahead: Ahead }): Promise<Reply> {
  const { channel, text, press, ahead } = incoming;
  const { links } = await ahead.accounts;
  const policy = withLinks(deps.policy(), links);
  const parsed = parse(text);
  const person = whoIs(incoming, policy);
  if (person === undefined)
    return answerStranger(incoming, 'command' in parsed ? parsed.command : undefined, deps);
  if ('refusal' in parsed) return refusalReply(parsed.refusal);
  const asked: Asked = {
    person: { kind: 'person', id: person.id, name: person.name, via: channel.platform },
    policy,
    now: deps.clock.now(),
    ...(press === undefined ? {} : { drawnAt: press.drawnAt }),
  };
  return handle(parsed.command.name, { command: parsed.command, asked, incoming, deps });
}

/** Somebody whom neither the policy nor a link names: may ask who they are, and enter a code. */
async function answerStranger(
  incoming: Incoming,
  command: Command | undefined,
  deps: InboxDeps,
): Promise<Reply> {
  if (command?.name === 'whoami') return strangerReply(incoming, deps.policy());
  const code = command?.name === 'link' ? command.code : undefined;
  if (code !== undefined && !isOutside(incoming, deps.policy())) return enter(incoming, deps, code);
  return refusalReply(await unknownPerson(incoming, command, deps));
}

/** The person of the policy who speaks, by any name that the platform has for their account. */
export function whoIs(
  { channel, account, aliases = [] }: Pick<Incoming, 'channel' | 'account' | 'aliases'>,
  policy: Policy,
): PolicyPerson | undefined {
  const known = [account, ...aliases].map((name) => personOf(policy, channel.platform, name));
  return known.find((person) => person !== undefined);
}

/** In the first moments of an outage, before it is one that everybody is told of. */
const storeAway: Reply = {
  ok: false,
  card: {
    tone: 'bad',
    title: ['I can’t reach my journal (Redis) just now.'],
    lines: [
      ['Nothing is lost: what was recorded stands, and steps under way finish.'],
      [
        'Try again in a few seconds. What you just asked for may have been recorded: look at ',
        { code: '/rollout status' },
        ' first.',
      ],
    ],
    actions: [],
    links: [],
  },
};

function faulted(
  deps: Pick<InboxDeps, 'log'>,
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

import { drawSvg } from '../adapters/chart/draw.ts';
import type { ConsoleChat } from '../adapters/console/chat.ts';
import type { ConsoleChannel } from '../adapters/console/context.ts';
import { consoleRoutes } from '../adapters/console/routes.ts';
import { sandboxPages } from '../adapters/console/sandbox-pages.ts';
import { tellingAway } from '../adapters/redis/away.ts';
import type { WebDeps } from '../adapters/web/server.ts';
import { commandNames, grammar, usageOf } from '../commands/grammar.ts';
import { present } from '../config/config.ts';
import { type ThreadNotes, withNotes } from '../core/card/notes.ts';
import { cardSeenFrom } from '../core/card/seen-from.ts';
import { threadOf } from '../core/card/thread.ts';
import type { PeopleWithRoles } from '../core/card/words.ts';
import { peopleFor, rolesOf } from '../core/policy/policy.ts';
import type { Inbox } from '../ports/chat.ts';
import type { Rollout } from '../ports/rollouts.ts';
import type { ConsolePerson } from '../ports/viewer.ts';
import type { Catalogue } from './catalogue.ts';
import type { GatewayParts } from './gateway-parts.ts';
import type { Outbound } from './outbound.ts';

/** The console's routes, and in the sandbox its pages: for who has signed in. */
export function consoleDoors(
  parts: GatewayParts,
  { chat, inbox, outbound }: { chat: ConsoleChat; inbox: Inbox; outbound: Outbound },
): NonNullable<WebDeps['guarded']> {
  const { store, catalogue, faults, sandboxPages: ofSandbox } = parts;
  return [
    (gate) =>
      consoleRoutes({
        chat: tellingAway(chat),
        inbox,
        rollouts: store.rollouts,
        viewerOf: gate.viewerOf,
        people: () => consolePeople(catalogue).map(({ person }) => person),
        channels: () => consoleChannels(catalogue),
        vocabulary: () => vocabulary(catalogue),
        rootCard: (rollout) => rootCardOf(parts, rollout, outbound.notesOn(rollout)),
        drawSvg,
        ...(faults ? { faults } : {}),
      }),
    ...(ofSandbox ? [() => sandboxPages(ofSandbox, drawSvg)] : []),
  ];
}

/** The root card as the console shows it beside the thread, with where else it can't be seen. */
function rootCardOf(
  { catalogue, clock }: GatewayParts,
  { plan, state }: Rollout,
  closed: ThreadNotes['closed'],
) {
  const people: PeopleWithRoles = (roles, ids) => peopleFor(catalogue.policy())(roles, ids);
  const root = cardSeenFrom('console', threadOf(plan, state, people, clock.now()).root);
  return withNotes(root, { uncertain: 0, closed });
}

/** Who may sign in. */
export function consolePeople({ policy }: Catalogue): { person: ConsolePerson; tokenDigest?: string }[] {
  return Object.entries(policy().people).map(([id, { name, console: tokenDigest }]) => ({
    person: { id, name, roles: rolesOf(policy(), id) },
    ...(tokenDigest === undefined ? {} : { tokenDigest }),
  }));
}

/** The console's rooms; a policy without any gets one. */
function consoleChannels({ policy }: Catalogue): ConsoleChannel[] {
  const rooms = Object.entries(policy().channels).flatMap(([name, { environment, playbook }]) =>
    name.startsWith('console:')
      ? [{ id: name.slice('console:'.length), ...present({ environment, playbook }) }]
      : [],
  );
  return rooms.length > 0 ? rooms : [{ id: 'rollouts' }];
}

function vocabulary({ playbooks }: Catalogue) {
  return {
    commands: commandNames.map((word) => ({ word, usage: usageOf(word), help: grammar[word].help })),
    playbooks: [...playbooks().values()].map(({ name, targets }) => ({ name, targets })),
  };
}

import { type Answer, type Args, type Method, parsed, refused } from './answers.ts';
import { viewFault } from './block-kit/rules.ts';
import type { OpenView, Workspace } from './workspace.ts';

/** A trigger opens one window, within three seconds. */
const triggerTime = 3_000;
const deepest = 3;

/** Modals and Home tabs. Rules: Slack's references of the methods, "Modals" and "App Home". */
export const viewMethods: Readonly<Record<string, { allowed: readonly string[]; run: Method }>> = {
  'views.open': { allowed: ['trigger_id', 'view'], run: open },
  'views.push': { allowed: ['trigger_id', 'view'], run: push },
  'views.update': { allowed: ['view_id', 'external_id', 'view', 'hash'], run: update },
  'views.publish': { allowed: ['user_id', 'view', 'hash'], run: publish },
};

type Content = { view: Record<string, unknown> } | { refusal: Answer };

/** A view of this type, with the block ids that Slack gives to blocks without. */
function contentOf(workspace: Workspace, { view: json = '' }: Args, type: 'modal' | 'home'): Content {
  const view = parsed(json);
  const fault = viewFault(view);
  if (fault !== undefined) return { refusal: refused(fault.error, fault.messages) };
  const { blocks, ...rest } = view as { type: string; blocks: Record<string, unknown>[] };
  if (rest.type !== type) return { refusal: refused('invalid_arguments', [`the view is no ${type}`]) };
  return {
    view: { ...rest, blocks: blocks.map((block) => ({ block_id: workspace.nextId('b'), ...block })) },
  };
}

function triggerFault(workspace: Workspace, trigger: string): Answer | undefined {
  const made = workspace.triggers.get(trigger);
  if (made === undefined)
    return refused(/^trigger\./.test(trigger) ? 'exchanged_trigger_id' : 'invalid_trigger_id');
  return Date.now() - made > triggerTime ? refused('expired_trigger_id') : undefined;
}

function opened(workspace: Workspace, args: Args, under?: string): Answer {
  const trigger = args.trigger_id ?? '';
  const fault = triggerFault(workspace, trigger);
  if (fault !== undefined) return fault;
  const content = contentOf(workspace, args, 'modal');
  if ('refusal' in content) return content.refusal;
  workspace.triggers.delete(trigger);
  const view: OpenView = {
    id: workspace.nextId('V'),
    user: workspace.triggerUsers.get(trigger) ?? '',
    view: content.view,
    hash: workspace.nextId('hash.'),
    ...(under === undefined ? {} : { under }),
  };
  workspace.views.push(view);
  return { ok: true, view: shown(view) };
}

function open(workspace: Workspace, args: Args): Answer {
  return opened(workspace, args);
}

/** On top of the modal that the trigger comes from. */
function push(workspace: Workspace, args: Args): Answer {
  const under = workspace.triggerViews.get(args.trigger_id ?? '');
  const stack = [];
  for (let at = standing(workspace, under); at !== undefined; at = standing(workspace, at.under))
    stack.push(at);
  if (under === undefined || stack.length === 0) return refused('not_found');
  if (stack.length >= deepest) return refused('push_limit_reached');
  return opened(workspace, args, under);
}

function standing(workspace: Workspace, id: string | undefined): OpenView | undefined {
  return workspace.views.find((view) => view.id === id && view.closed !== true);
}

function update(workspace: Workspace, args: Args): Answer {
  const view = standing(workspace, args.view_id);
  if (view === undefined) return refused('not_found');
  if (args.hash !== undefined && args.hash !== view.hash) return refused('hash_conflict');
  const content = contentOf(workspace, args, 'modal');
  if ('refusal' in content) return content.refusal;
  Object.assign(view, { view: content.view, hash: workspace.nextId('hash.') });
  return { ok: true, view: shown(view) };
}

function publish(workspace: Workspace, args: Args): Answer {
  const user = args.user_id ?? '';
  if (![...workspace.channels.values()].some(({ people }) => people.has(user)))
    return refused('user_not_found');
  const before = workspace.homes.get(user);
  if (args.hash !== undefined && args.hash !== before?.hash) return refused('hash_conflict');
  const content = contentOf(workspace, args, 'home');
  if ('refusal' in content) return content.refusal;
  const home = {
    id: before?.id ?? workspace.nextId('V'),
    user,
    view: content.view,
    hash: workspace.nextId('hash.'),
    published: (before?.published ?? 0) + 1,
  };
  workspace.homes.set(user, home);
  return { ok: true, view: shown(home) };
}

function shown({ id, hash, view, under }: OpenView): Record<string, unknown> {
  return { ...view, id, hash, previous_view_id: under ?? null };
}

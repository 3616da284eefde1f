import { createHmac } from 'node:crypto';
import { type Acknowledged, ackTime, type DeliveryType } from './sockets.ts';
import { pressedInView, submitted, type Values } from './view-payloads.ts';
import type { OpenView, StoredMessage, Workspace } from './workspace.ts';

/** Brings a payload to the bot, or brings it again; undefined when it was not acknowledged in time. */
export type Deliver = (
  type: DeliveryType,
  payload: unknown,
  retry?: number,
) => Promise<Acknowledged | undefined>;

/** Where somebody comes from: with Slack Connect another workspace, in an Enterprise Grid an organisation. */
export interface Origin {
  team?: string;
  enterprise?: string;
}

/** What people do in Slack. Each returns once the bot has acknowledged, or Slack has shown an error. */
export interface People {
  type(user: string, text: string, options?: Origin & { channel?: string; times?: number }): Promise<void>;
  press(
    user: string,
    message: StoredMessage,
    label: string,
    options?: Origin & { times?: number },
  ): Promise<void>;
  /** Presses a button of a modal or a Home tab. */
  pressIn(user: string, view: OpenView, label: string): Promise<void>;
  /** Chooses in the field of the open modal that has this label. */
  choose(user: string, label: string, value: string): Promise<void>;
  /** Fills the only field of the open modal, or its fields by their labels, and submits it. */
  submit(user: string, values: string | Values, options?: { times?: number }): Promise<void>;
  /** Uses a shortcut, on a message where one is given. */
  shortcut(
    user: string,
    callback: string,
    message?: Pick<StoredMessage, 'channel' | 'ts' | 'thread_ts'>,
  ): Promise<void>;
  openHome(user: string, options?: Origin & { times?: number; tab?: string }): Promise<void>;
}

export function peopleOf(
  workspace: Workspace,
  deliver: Deliver,
  responseUrl: (channel: string, user: string) => string,
): People {
  async function send(type: DeliveryType, payload: unknown, times = 1): Promise<Acknowledged | undefined> {
    let last: Acknowledged | undefined;
    for (let sent = 0; sent < times; sent += 1) {
      last = await deliver(type, payload, sent === 0 ? undefined : sent);
      if (last !== undefined) continue;
      workspace.errorsShown.push(`${type}: operation_timeout`);
      workspace.changed();
    }
    return last;
  }

  function openOf(user: string): OpenView {
    const open = workspace.openView(user);
    if (open === undefined) throw new Error(`no modal is open for ${user}`);
    return open;
  }

  return {
    async type(user, text, { channel = 'C1', times, ...origin } = {}) {
      await send(
        'slash_commands',
        slash(workspace, user, text, channel, origin, responseUrl(channel, user)),
        times,
      );
    },
    async press(user, message, label, { times, ...origin } = {}) {
      const url = responseUrl(message.channel, user);
      await send('interactive', pressPayload(workspace, user, origin, message, label, url), times);
    },
    async pressIn(user, view, label) {
      const button = buttonsOf(view.view as { blocks: StoredMessage['blocks'] }).find(
        ({ text }) => text.text === label,
      );
      if (button === undefined) throw new Error(`no button ${label} in ${JSON.stringify(view.view)}`);
      await send('interactive', {
        ...pressedInView(workspace, user, view, button),
        ...person(workspace, user),
      });
    },
    async choose(user, label, value) {
      const open = openOf(user);
      const payload = pressedInView(workspace, user, open, undefined, { label, value });
      await send('interactive', { ...payload, ...person(workspace, user) });
    },
    async submit(user, values, { times } = {}) {
      const open = openOf(user);
      const payload = { ...submitted(workspace, user, open, values), ...person(workspace, user) };
      const acknowledged = await send('interactive', payload, times);
      if (acknowledged) closed(workspace, open, acknowledged.payload);
    },
    async shortcut(user, callback_id, message) {
      await send('interactive', shortcutPayload(workspace, user, callback_id, message, responseUrl));
    },
    async openHome(user, { times, tab = 'home', ...origin } = {}) {
      await send('events_api', openedPayload(workspace, user, tab, origin), times);
    },
  };
}

/** A modal closes when it is acknowledged, unless its fields are refused. */
function closed(workspace: Workspace, open: OpenView, payload: unknown): void {
  const { response_action, errors } = (payload ?? {}) as {
    response_action?: string;
    errors?: Record<string, string>;
  };
  delete open.errors;
  if (response_action === 'errors') {
    const inputs = (open.view.blocks as { type: string; block_id: string }[]).filter(
      ({ type }) => type === 'input',
    );
    const known = Object.keys(errors ?? {}).every((block) =>
      inputs.some(({ block_id }) => block_id === block),
    );
    if (known && errors) open.errors = errors;
    else workspace.errorsShown.push('view_submission: errors at unknown blocks');
  } else open.closed = true;
  workspace.changed();
}

function person(
  workspace: Workspace,
  user: string,
  { team = workspace.team, enterprise }: Origin = {},
): object {
  const organisation = enterprise ?? workspace.enterprise;
  return {
    user: { id: user, username: user.toLowerCase(), name: user.toLowerCase(), team_id: team },
    team: {
      id: workspace.team,
      domain: 'team',
      ...(organisation === undefined ? {} : { enterprise_id: organisation, enterprise_name: 'The group' }),
    },
    enterprise: organisation === undefined ? null : { id: organisation, name: 'The group' },
    is_enterprise_install: false,
    api_app_id: 'A1',
    token: 'verification',
  };
}

function slash(
  workspace: Workspace,
  user: string,
  text: string,
  channel: string,
  { team = workspace.team, enterprise = workspace.enterprise }: Origin,
  response_url: string,
): object {
  return {
    token: 'verification',
    team_id: team,
    team_domain: 'team',
    ...(enterprise === undefined ? {} : { enterprise_id: enterprise, enterprise_name: 'The group' }),
    channel_id: channel,
    channel_name: 'rollouts',
    user_id: user,
    user_name: user.toLowerCase(),
    command: '/rollout',
    text,
    api_app_id: 'A1',
    is_enterprise_install: 'false',
    response_url,
    trigger_id: workspace.newTrigger(user),
  };
}

interface DrawnButton {
  type: string;
  action_id: string;
  value: string;
  text: { text: string };
}

/** The buttons that a message or a view shows, in order. */
export function buttonsOf(message: Pick<StoredMessage, 'blocks'>): DrawnButton[] {
  return message.blocks.flatMap((block) =>
    block.type === 'actions' && Array.isArray(block.elements) ? (block.elements as DrawnButton[]) : [],
  );
}

function pressPayload(
  workspace: Workspace,
  user: string,
  origin: Origin,
  message: StoredMessage,
  label: string,
  response_url: string,
): object {
  const button = buttonsOf(message).find((candidate) => candidate.text.text === label);
  if (button === undefined) throw new Error(`no button ${label} on ${message.text}`);
  const { channel, ts, thread_ts, onlyFor } = message;
  const thread = thread_ts === undefined ? {} : { thread_ts };
  const seen = { type: 'message', ts, text: message.text, blocks: message.blocks, ...thread };
  return {
    type: 'block_actions',
    ...person(workspace, user, origin),
    container: {
      type: 'message',
      message_ts: ts,
      channel_id: channel,
      is_ephemeral: onlyFor !== undefined,
      ...thread,
    },
    trigger_id: workspace.newTrigger(user),
    channel: { id: channel, name: 'rollouts' },
    ...(onlyFor === undefined ? { message: seen } : {}),
    state: { values: {} },
    response_url,
    actions: [{ ...button, block_id: 'b1', action_ts: workspace.nextTs() }],
  };
}

function shortcutPayload(
  workspace: Workspace,
  user: string,
  callback_id: string,
  message: Pick<StoredMessage, 'channel' | 'ts' | 'thread_ts'> | undefined,
  responseUrl: (channel: string, user: string) => string,
): object {
  const all = { ...person(workspace, user), callback_id, trigger_id: workspace.newTrigger(user) };
  if (message === undefined) return { type: 'shortcut', ...all, action_ts: workspace.nextTs() };
  const { channel, ts, thread_ts } = message;
  return {
    type: 'message_action',
    ...all,
    channel: { id: channel, name: 'rollouts' },
    message_ts: ts,
    message: {
      type: 'message',
      user: 'U9',
      text: 'words',
      ts,
      ...(thread_ts === undefined ? {} : { thread_ts }),
    },
    response_url: responseUrl(channel, user),
  };
}

function openedPayload(
  workspace: Workspace,
  user: string,
  tab: string,
  { team = workspace.team, enterprise = workspace.enterprise }: Origin,
): object {
  return {
    token: 'verification',
    team_id: team,
    api_app_id: 'A1',
    type: 'event_callback',
    event_id: workspace.nextId('Ev'),
    event_time: Math.floor(Date.now() / 1_000),
    authorizations: [
      {
        enterprise_id: enterprise ?? null,
        team_id: team,
        user_id: 'UBOT',
        is_bot: true,
        is_enterprise_install: false,
      },
    ],
    event: { type: 'app_home_opened', user, channel: `D${user}`, tab, event_ts: workspace.nextTs() },
  };
}

/** A signed request as Slack sends it in HTTP mode. */
export function signedRequest(
  secret: string,
  type: DeliveryType,
  payload: unknown,
  at = Math.floor(Date.now() / 1_000),
): { body: string; headers: Record<string, string> } {
  const body =
    type === 'events_api'
      ? JSON.stringify(payload)
      : new URLSearchParams(
          type === 'interactive' ? { payload: JSON.stringify(payload) } : (payload as Record<string, string>),
        ).toString();
  const signature = createHmac('sha256', secret).update(`v0:${at}:${body}`).digest('hex');
  const headers = {
    'content-type': type === 'events_api' ? 'application/json' : 'application/x-www-form-urlencoded',
    'x-slack-request-timestamp': String(at),
    'x-slack-signature': `v0=${signature}`,
  };
  return { body, headers };
}

/** Delivers by HTTP to the bot's address, each time newly signed, as Slack does. */
export function httpDelivery(secret: string, url: string): Deliver {
  let at = Math.floor(Date.now() / 1_000);
  return async (type, payload, retry) => {
    at += 1;
    const { body, headers } = signedRequest(secret, type, payload, at);
    const again = { 'x-slack-retry-num': String(retry), 'x-slack-retry-reason': 'http_timeout' };
    try {
      const answer = await fetch(url, {
        method: 'POST',
        body,
        headers: { ...headers, ...(retry === undefined ? {} : again) },
        signal: AbortSignal.timeout(ackTime),
      });
      const text = await answer.text();
      if (!answer.ok) return undefined;
      return text.startsWith('{') ? { payload: JSON.parse(text) as unknown } : {};
    } catch {
      return undefined;
    }
  };
}

import { createHmac } from 'node:crypto';
import { ackTime } from './sockets.ts';
import type { StoredMessage, Workspace } from './workspace.ts';

/** Brings a payload to the bot; false when it was not acknowledged in time. */
export type Deliver = (type: 'slash_commands' | 'interactive', payload: unknown) => Promise<boolean>;

/** What people do in Slack. Each returns once the bot has acknowledged, or Slack has shown an error. */
export interface People {
  type(user: string, text: string, options?: { channel?: string; times?: number }): Promise<void>;
  press(
    user: string,
    message: StoredMessage,
    label: string,
    options?: { times?: number; team?: string },
  ): Promise<void>;
  /** Fills the modal that was last opened for this person. */
  submit(user: string, value: string, options?: { times?: number }): Promise<void>;
}

export function peopleOf(
  workspace: Workspace,
  deliver: Deliver,
  responseUrl: (channel: string, user: string) => string,
): People {
  async function send(type: 'slash_commands' | 'interactive', payload: unknown, times = 1): Promise<void> {
    for (let sent = 0; sent < times; sent += 1) {
      if (await deliver(type, payload)) continue;
      workspace.errorsShown.push(`${type}: operation_timeout`);
      workspace.changed();
    }
  }

  return {
    type: (user, text, { channel = 'C1', times } = {}) =>
      send(
        'slash_commands',
        {
          token: 'verification',
          team_id: workspace.team,
          team_domain: 'team',
          channel_id: channel,
          channel_name: 'rollouts',
          user_id: user,
          user_name: user.toLowerCase(),
          command: '/rollout',
          text,
          api_app_id: 'A1',
          is_enterprise_install: 'false',
          response_url: responseUrl(channel, user),
          trigger_id: workspace.newTrigger(user),
        },
        times,
      ),
    press: (user, message, label, { times, team = workspace.team } = {}) =>
      send(
        'interactive',
        pressPayload(workspace, user, team, message, label, responseUrl(message.channel, user)),
        times,
      ),
    submit(user, value, { times } = {}) {
      const open = workspace.views.findLast((view) => view.user === user);
      if (open === undefined) throw new Error(`no modal is open for ${user}`);
      return send('interactive', submission(workspace, user, open, value), times);
    },
  };
}

interface DrawnButton {
  type: string;
  action_id: string;
  value: string;
  text: { text: string };
}

/** The buttons that a message shows, by their label. */
export function buttonsOf(message: StoredMessage): DrawnButton[] {
  return message.blocks.flatMap((block) =>
    block.type === 'actions' && Array.isArray(block.elements) ? (block.elements as DrawnButton[]) : [],
  );
}

function pressPayload(
  workspace: Workspace,
  user: string,
  team: string,
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
    user: { id: user, username: user.toLowerCase(), name: user.toLowerCase(), team_id: team },
    api_app_id: 'A1',
    token: 'verification',
    container: {
      type: 'message',
      message_ts: ts,
      channel_id: channel,
      is_ephemeral: onlyFor !== undefined,
      ...thread,
    },
    trigger_id: workspace.newTrigger(user),
    team: { id: workspace.team, domain: 'team' },
    enterprise: null,
    is_enterprise_install: false,
    channel: { id: channel, name: 'rollouts' },
    ...(onlyFor === undefined ? { message: seen } : {}),
    state: { values: {} },
    response_url,
    actions: [{ ...button, block_id: 'b1', action_ts: workspace.nextTs() }],
  };
}

function submission(
  workspace: Workspace,
  user: string,
  { id, view }: { id: string; view: Record<string, unknown> },
  value: string,
): object {
  const input = (view.blocks as { type: string; block_id?: string; element?: { action_id: string } }[]).find(
    (block) => block.type === 'input',
  );
  const values = {
    [input?.block_id ?? '']: { [input?.element?.action_id ?? '']: { type: 'plain_text_input', value } },
  };
  return {
    type: 'view_submission',
    team: { id: workspace.team, domain: 'team' },
    user: { id: user, username: user.toLowerCase(), name: user.toLowerCase(), team_id: workspace.team },
    api_app_id: 'A1',
    token: 'verification',
    trigger_id: workspace.newTrigger(user),
    view: { ...view, id, state: { values }, team_id: workspace.team },
    response_urls: [],
    is_enterprise_install: false,
    enterprise: null,
  };
}

/** A signed request as Slack sends it in HTTP mode. */
export function signedRequest(
  secret: string,
  type: 'slash_commands' | 'interactive',
  payload: unknown,
  at = Math.floor(Date.now() / 1_000),
): { body: string; headers: Record<string, string> } {
  const fields =
    type === 'interactive' ? { payload: JSON.stringify(payload) } : (payload as Record<string, string>);
  const body = new URLSearchParams(fields).toString();
  const signature = createHmac('sha256', secret).update(`v0:${at}:${body}`).digest('hex');
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    'x-slack-request-timestamp': String(at),
    'x-slack-signature': `v0=${signature}`,
  };
  return { body, headers };
}

/** Delivers by HTTP to the bot's address, each time newly signed, as Slack does. */
export function httpDelivery(secret: string, url: string): Deliver {
  let at = Math.floor(Date.now() / 1_000);
  return async (type, payload) => {
    at += 1;
    const { body, headers } = signedRequest(secret, type, payload, at);
    try {
      const answer = await fetch(url, {
        method: 'POST',
        body,
        headers,
        signal: AbortSignal.timeout(ackTime),
      });
      return answer.ok;
    } catch {
      return false;
    }
  };
}

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { messageShortcut, startShortcut } from '../../src/adapters/slack/shortcuts.ts';
import { root } from '../architecture/source.ts';
import { methods } from '../doubles/slack/methods.ts';

const adapter = join(root, 'src/adapters/slack');
const source = readdirSync(adapter, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => readFileSync(join(adapter, file), 'utf8'))
  .join('\n');

/** Every name that stands in the group of a pattern, each once, sorted. */
function found(pattern: RegExp): string[] {
  return [
    ...new Set([...source.matchAll(pattern)].map(([, name = '']) => name.replaceAll(/\s/g, ''))),
  ].sort();
}

const calls = found(/\bclient\s*\.\s*(\w+(?:\s*\.\s*\w+)+)\(/g);

/** The scopes of a bot token that each method of the Web API needs. Rule: the methods' pages at docs.slack.dev. */
const scopesOf: Readonly<Record<string, readonly string[]>> = {
  'apps.connections.open': [],
  'auth.test': [],
  'chat.getPermalink': [],
  'chat.postEphemeral': ['chat:write'],
  'chat.postMessage': ['chat:write'],
  'chat.update': ['chat:write'],
  'conversations.history': ['channels:history', 'groups:history'],
  'conversations.info': ['channels:read', 'groups:read'],
  'conversations.open': ['im:write'],
  'conversations.replies': ['channels:history', 'groups:history'],
  'files.completeUploadExternal': ['files:write'],
  'files.delete': ['files:write'],
  'files.getUploadURLExternal': ['files:write'],
  'files.info': ['files:read'],
  'usergroups.users.list': ['usergroups:read'],
  'views.open': [],
  'views.publish': [],
  'views.push': [],
  'views.update': [],
};

const text = (most: number) => z.string().min(1).max(most);
const manifestSchema = z.strictObject({
  display_information: z.strictObject({
    name: text(35),
    description: text(140),
    background_color: z.string().regex(/^#[0-9a-f]{6}$/),
  }),
  features: z.strictObject({
    bot_user: z.strictObject({ display_name: text(80), always_online: z.boolean() }),
    app_home: z.strictObject({
      home_tab_enabled: z.boolean(),
      messages_tab_enabled: z.boolean(),
      messages_tab_read_only_enabled: z.boolean(),
    }),
    shortcuts: z.array(
      z.strictObject({
        name: text(24),
        type: z.enum(['global', 'message']),
        callback_id: text(255),
        description: text(150),
      }),
    ),
    slash_commands: z.array(
      z.strictObject({
        command: z.string().regex(/^\/[a-z-]{1,31}$/),
        description: text(2_000),
        usage_hint: text(1_000),
        should_escape: z.literal(true),
      }),
    ),
  }),
  oauth_config: z.strictObject({ scopes: z.strictObject({ bot: z.array(z.string()) }) }),
  settings: z.strictObject({
    interactivity: z.strictObject({ is_enabled: z.literal(true) }),
    event_subscriptions: z.strictObject({ bot_events: z.array(z.string()) }),
    org_deploy_enabled: z.boolean(),
    socket_mode_enabled: z.literal(true),
    token_rotation_enabled: z.literal(false),
  }),
});

const written = readFileSync(join(root, 'docs/slack-manifest.yaml'), 'utf8');
const manifest = manifestSchema.parse(parse(written));
const { features, oauth_config, settings } = manifest;

describe('the manifest of the Slack app', () => {
  it('asks for the scopes of what the adapter calls, no more and no fewer', () => {
    expect(calls.filter((method) => !Object.hasOwn(scopesOf, method))).toEqual([]);
    const needed = [...calls.flatMap((method) => scopesOf[method] ?? []), 'commands'];
    expect(oauth_config.scopes.bot.toSorted()).toEqual([...new Set(needed)].sort());
  });

  it('has the commands, shortcuts and events that the adapter listens to', () => {
    expect(features.slash_commands.map(({ command }) => command).toSorted()).toEqual(
      found(/\bapp\.command\('([^']+)'/g),
    );
    expect(features.shortcuts.map(({ type, callback_id }) => `${type} ${callback_id}`)).toEqual([
      `global ${startShortcut}`,
      `message ${messageShortcut}`,
    ]);
    expect(found(/\bapp\.shortcut\((\w+)/g)).toEqual(['messageShortcut', 'startShortcut']);
    expect(settings.event_subscriptions.bot_events.toSorted()).toEqual(found(/\bapp\.event\('([^']+)'/g));
    expect(features.app_home.home_tab_enabled).toBe(calls.includes('views.publish'));
  });

  it('names the three addresses of HTTP mode, to be taken in', () => {
    const addresses = written.match(/# (?:request_)?url: https:\/\/cutover\.example\.com\/slack\/events/g);
    expect(addresses).toHaveLength(3);
  });

  it('is what the double of Slack knows, too', () => {
    const known = [...Object.keys(methods), 'apps.connections.open'];
    expect(known.toSorted()).toEqual(calls);
  });
});

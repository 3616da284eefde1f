import type { FactData, FactType } from '../rollout/event.ts';
import { because, instant, said } from './text.ts';

type AlertFactType = Extract<FactType, `alert${string}`>;

const shown = 8;

function count(groups: readonly string[]): string {
  return `${groups.length} ${groups.length === 1 ? 'group' : 'groups'} of alerts`;
}

function named({ group, name }: { group: string; name?: string | undefined }): string {
  return `alert ${said(name ?? group)}`;
}

function changed({ groups }: FactData<'alerts.changed'>): string {
  const told = groups
    .slice(0, shown)
    .map(({ name, firing, total }) =>
      firing === 0 ? `${said(name)} resolved` : `${said(name)} ${firing} of ${total} firing`,
    );
  const more = groups.length > shown ? [`and ${groups.length - shown} more`] : [];
  return `Alerts: ${[...told, ...more].join(', ')}`;
}

/** What an event about alerts says, in plain words. */
export const alertWords: { [T in AlertFactType]: (data: FactData<T>) => string } = {
  'alerts.changed': changed,
  'alerts.called': ({ groups, roles }) => `Pinged ${said(roles.join(', '))} about ${count(groups)}`,
  'alerts.escalated': ({ groups, roles }) => `Escalated ${count(groups)} to ${said(roles.join(', '))}`,
  'alert.acknowledged': (data) => `Acknowledged ${named(data)}${because(data.reason)}`,
  'alert.silence-asked': (data) =>
    `Asked to silence ${named(data)} until ${instant(data.until)}${because(data.reason)}`,
  'alert.silenced': (data) =>
    `Silenced ${named(data)}${data.silence === undefined ? ' in Cutover alone' : ''} until ${instant(data.until)}`,
  'alert.silence-failed': (data) =>
    `Could not ${data.removal ? 'remove the silence of' : 'silence'} ${named(data)}${because(data.why)}`,
  'alert.unsilence-asked': (data) => `Asked to remove the silence of ${named(data)}${because(data.reason)}`,
  'alert.silence-removed': (data) => `Removed the silence of ${named(data)}${because(data.reason)}`,
};

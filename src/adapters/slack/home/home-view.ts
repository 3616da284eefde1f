import type { types } from '@slack/bolt';
import type { Card } from '../../../core/card/card.ts';
import type { Overview, OverviewEntry, OverviewSection } from '../../../core/card/overview.ts';
import { cut } from '../../../core/card/words.ts';
import { messageOf } from '../blocks.ts';
import { buttonsOf } from '../buttons.ts';
import { cutMarkup } from '../cut-markup.ts';
import { context, section } from '../elements.ts';
import { limits } from '../limits.ts';
import { type AccountsOf, escapeText, mrkdwnLine, mrkdwnLink } from '../mrkdwn.ts';

/** The address of a rollout's thread; undefined where it is not known. */
export type ThreadLinks = ReadonlyMap<string, string>;

/** An overview as a Home tab, within Slack's 100 blocks: what does not fit is cut at the end, and says so. */
export function homeView(
  overview: Overview,
  links: ThreadLinks,
  accountsOf: AccountsOf,
  notice?: Card,
): types.HomeView {
  const head: types.KnownBlock[] = [
    ...(notice === undefined ? [] : [...messageOf(notice, accountsOf).blocks.slice(0, 20), divider]),
    lineSection([overview.title, ...overview.lines], accountsOf),
    ...buttonsOf(overview.actions, undefined).blocks,
  ];
  const groups = overview.sections.flatMap((each) => sectionGroups(each, links, accountsOf));
  return { type: 'home', blocks: fitted(head, groups) };
}

const divider: types.DividerBlock = { type: 'divider' };

/** Blocks that belong together, so that a cut never takes the buttons from their lines. */
type Group = types.KnownBlock[];

function fitted(head: types.KnownBlock[], groups: readonly Group[]): types.KnownBlock[] {
  const blocks = [...head];
  for (const [index, group] of groups.entries()) {
    const rest = groups.length - index - 1;
    if (blocks.length + group.length + (rest === 0 ? 0 : 1) > limits.viewBlocks) {
      return [...blocks.slice(0, limits.viewBlocks - 1), context(['There is more: `/rollout list`'])];
    }
    blocks.push(...group);
  }
  return blocks;
}

function sectionGroups(
  { title, entries, more }: OverviewSection,
  links: ThreadLinks,
  accountsOf: AccountsOf,
): Group[] {
  const header: types.HeaderBlock = {
    type: 'header',
    text: { type: 'plain_text', text: cut(title, limits.headerText), emoji: false },
  };
  const drawn = entries.map((entry) => entryGroup(entry, links, accountsOf));
  const [first = [], ...others] = drawn;
  const rest = more === 0 ? [] : [[context([`and ${more} more: \`/rollout list\``])]];
  return [[header, ...first], ...others, ...rest];
}

function entryGroup(entry: OverviewEntry, links: ThreadLinks, accountsOf: AccountsOf): Group {
  const link = entry.rollout && links.get(entry.rollout.id);
  return [
    lineSection(
      entry.lines,
      accountsOf,
      link === undefined ? undefined : mrkdwnLink('Open the thread', link),
    ),
    ...buttonsOf(entry.actions, entry.drawnAt).blocks,
  ];
}

function lineSection(lines: Card['lines'], accountsOf: AccountsOf, last?: string): types.SectionBlock {
  const text = lines.map((line) => mrkdwnLine(line, accountsOf)).join('\n');
  const room = limits.sectionText - (last === undefined ? 0 : last.length + 1);
  const fits = cutMarkup(text, room);
  return section(last === undefined ? fits : `${fits}\n${last}`);
}

/** What people see whose overview can't be made now. */
export function homeWithout(reason: string): types.HomeView {
  return { type: 'home', blocks: [section(escapeText(reason))] };
}

import type { types } from '@slack/bolt';
import { messageOf } from '../../src/adapters/slack/blocks.ts';
import type { Card } from '../../src/core/card/card.ts';
import { readableTime } from './time.ts';

const accounts = (person: string) => [`T1/U${person.toUpperCase()}`];

/** A card's real blocks, drawn as Slack draws them on a phone. `picture` is where the chart's picture is. */
export function slackLook(card: Card, picture: string | undefined): string {
  const attached = picture === undefined ? {} : { picture };
  return messageOf(card, accounts, attached)
    .blocks.map((block) => drawn(block, picture))
    .join('');
}

function drawn(block: types.KnownBlock, picture: string | undefined): string {
  switch (block.type) {
    case 'section':
      return `<p>${marked(block.text?.text ?? '')}</p>`;
    case 'context':
      return `<p class="context">${block.elements
        .map((element) => ('text' in element ? marked(String(element.text)) : ''))
        .join(' ')}</p>`;
    case 'image':
      return `<img src="${picture ?? ''}" alt="">`;
    case 'actions':
      return `<div class="actions">${block.elements.map(button).join('')}</div>`;
    default:
      throw new Error(`the look of a ${block.type} block is not drawn`);
  }
}

function button(element: types.ActionsBlockElement): string {
  if (element.type !== 'button') throw new Error(`the look of a ${element.type} is not drawn`);
  return `<span class="button ${element.style ?? ''}">${element.text.text}</span>`;
}

/** Slack's mark-up as HTML; the text in it is escaped already. Rule: Slack, "Formatting text for app surfaces". */
function marked(text: string): string {
  return text
    .replaceAll(/```([\s\S]*?)```/g, '<pre>$1</pre>')
    .replaceAll(/<!date\^(\d+)\^[^|]*\|[^>]*>/g, (_, seconds: string) =>
      readableTime(Number(seconds) * 1_000),
    )
    .replaceAll(
      /<@U([A-Z]+)>/g,
      (_, id: string) => `<b class="mention">@${id.charAt(0)}${id.slice(1).toLowerCase()}</b>`,
    )
    .replaceAll(/<(https?:[^|>]+)\|([^>]+)>/g, '<a>$2</a>')
    .replaceAll(/(^|[\s(·])\*([^*\n]+)\*/g, '$1<b>$2</b>')
    .replaceAll(/(^|[\s(·:])_([^_\n]+)_/g, '$1<i>$2</i>')
    .replaceAll(/`([^`\n]+)`/g, '<code>$1</code>')
    .replaceAll('\n', '<br>');
}

import { describe, expect, it } from 'vitest';
import { blocksFault, viewFault } from '../doubles/slack/block-kit/rules.ts';

const plain = (text: string) => ({ type: 'plain_text', text });
const mrkdwn = (text: string) => ({ type: 'mrkdwn', text });
const section = (text: string, more: object = {}) => ({ type: 'section', text: mrkdwn(text), ...more });
const button = (more: object = {}) => ({ type: 'button', action_id: 'a', text: plain('Go'), ...more });
const actions = (...elements: object[]) => ({ type: 'actions', elements });
const option = (value: string, more: object = {}) => ({ text: plain(value), value, ...more });
const select = (more: object = {}) => ({
  type: 'static_select',
  action_id: 's',
  options: [option('one'), option('two')],
  ...more,
});
const image = (more: object = {}) => ({
  type: 'image',
  alt_text: 'errors 4 %',
  slack_file: { id: 'F0123456789' },
  ...more,
});
const input = (element: object, more: object = {}) => ({
  type: 'input',
  label: plain('Label'),
  element,
  ...more,
});
const text = (more: object = {}) => ({ type: 'plain_text_input', action_id: 't', ...more });
const modal = (blocks: object[], more: object = {}) => ({
  type: 'modal',
  title: plain('Title'),
  submit: plain('OK'),
  blocks,
  ...more,
});
const x = (times: number) => 'x'.repeat(times);

describe('blocks that Slack takes', () => {
  it.each<[string, object]>([
    ['a section', section('*words* <https://x.example|link> <@U1> &amp;')],
    ['a date', section('<!date^1795276800^{date_short_pretty} {time}|2026-11-21>')],
    ['fields', { type: 'section', fields: [mrkdwn('one'), plain('two')] }],
    ['an accessory', section('words', { accessory: button() })],
    ['a context of text and picture', { type: 'context', elements: [mrkdwn('words'), image()] }],
    ['buttons and a select', actions(button(), select())],
    ['a picture of a file', image({ title: plain('Soak') })],
    ['a header', { type: 'header', text: plain('words') }],
    ['a divider', { type: 'divider', block_id: 'd' }],
  ])('%s', (_, block) => {
    expect(blocksFault([block])).toBeUndefined();
  });
});

describe('blocks that Slack refuses', () => {
  it.each<[string, object]>([
    ['an unknown block', { type: 'chart' }],
    ['an unknown field', section('words', { colour: 'red' })],
    ['an unknown field of a text', { type: 'section', text: { ...mrkdwn('words'), size: 2 } }],
    ['a section of nothing', { type: 'section' }],
    ['an empty text', section('')],
    ['a text of blanks', section(' \n')],
    ['half a character', section('half \uD83D')],
    ['3,001 characters', section(x(3_001))],
    ['a field of 2,001 characters', { type: 'section', fields: [mrkdwn(x(2_001))] }],
    ['eleven fields', { type: 'section', fields: Array(11).fill(mrkdwn('x')) }],
    ['a bare <', section('a < b')],
    ['a bare &', section('a & b')],
    ['a channel mention', section('<!channel>')],
    ['a user group', section('<!subteam^S1>')],
    ['a link without an address', section('<|words>')],
    ['a link without words', section('<https://x.example|>')],
    ['a link to no web page', section('<javascript:alert(1)|words>')],
    ['a date without a fallback', section('<!date^1795276800^{date}>')],
    ['eleven elements in a context', { type: 'context', elements: Array(11).fill(mrkdwn('x')) }],
    ['no elements', actions()],
    ['26 buttons', actions(...Array.from({ length: 26 }, (_, i) => button({ action_id: `a${i}` })))],
    ['two buttons of one name', actions(button(), button())],
    ['a button without a name', actions({ type: 'button', text: plain('Go') })],
    ['a label of 76 characters', actions(button({ text: plain(x(76)) }))],
    ['a label in mark-up', actions(button({ text: mrkdwn('Go') }))],
    ['a value of 2,001 characters', actions(button({ value: x(2_001) }))],
    ['an unknown style', actions(button({ style: 'default' }))],
    ['a confirmation of 301 characters', actions(button({ confirm: { text: plain(x(301)) } }))],
    ['a confirmation title of 101', actions(button({ confirm: { text: plain('x'), title: plain(x(101)) } }))],
    ['a confirming word of 31', actions(button({ confirm: { text: plain('x'), confirm: plain(x(31)) } }))],
    ['101 options', actions(select({ options: Array.from({ length: 101 }, (_, i) => option(`${i}`)) }))],
    ['no options', actions(select({ options: [] }))],
    ['an option of 76 characters', actions(select({ options: [option(x(76))] }))],
    ['a chosen option that is not offered', actions(select({ initial_option: option('three') }))],
    [
      'an overflow of six',
      actions({ type: 'overflow', action_id: 'o', options: Array(6).fill(option('x')) }),
    ],
    ['a date in words', actions({ type: 'datepicker', action_id: 'd', initial_date: 'tomorrow' })],
    ['a time of 24:00', actions({ type: 'timepicker', action_id: 'd', initial_time: '24:00' })],
    ['a picture without words for it', image({ alt_text: '' })],
    ['2,001 characters for a picture', image({ alt_text: x(2_001) })],
    ['a picture from two places', image({ image_url: 'https://x.example/a.png' })],
    ['a picture from nowhere', { type: 'image', alt_text: 'x' }],
    ['a file by id and address', image({ slack_file: { id: 'F0123456789', url: 'https://x.example' } })],
    ['what is no id of a file', image({ slack_file: { id: 'U0123456789' } })],
    ['a header in mark-up', { type: 'header', text: mrkdwn('words') }],
    ['a header of 151 characters', { type: 'header', text: plain(x(151)) }],
    ['an input in a message', input(text())],
    ['a block_id of 256 characters', section('words', { block_id: x(256) })],
  ])('%s', (_, block) => {
    expect(blocksFault([block])?.error).toBe('invalid_blocks');
  });

  it('says where the fault is', () => {
    expect(blocksFault([section('fine'), section('')])?.messages).toEqual([
      '[ERROR] must be more than 0 characters [json-pointer:/blocks/1/text/text]',
    ]);
  });

  it('too many, too much, or two of one name', () => {
    expect(blocksFault(Array(51).fill(section('x')))?.error).toBe('invalid_blocks');
    expect(blocksFault([section('x', { block_id: 'a' }), section('y', { block_id: 'a' })])?.error).toBe(
      'invalid_blocks',
    );
    expect(blocksFault(Array(5).fill(section(x(2_640))))).toBeUndefined();
    expect(blocksFault(Array(5).fill(section(x(2_641))))?.error).toBe('msg_blocks_too_long');
    const told = [...Array(4).fill(section(x(3_000))), image({ alt_text: x(1_201) })];
    expect(blocksFault(told)?.error).toBe('msg_blocks_too_long');
  });
});

describe('modals', () => {
  it('are taken with every kind of input that we know', () => {
    const blocks = [
      section('words'),
      input(text({ multiline: true, min_length: 1, max_length: 1_000, focus_on_load: true })),
      input(select({ initial_option: option('one') })),
      input({ type: 'radio_buttons', action_id: 'r', options: [option('x')] }, { optional: true }),
      input({ type: 'checkboxes', action_id: 'c', options: [option('x')] }, { hint: plain('hint') }),
      input({ type: 'datetimepicker', action_id: 'd', initial_date_time: 1_795_276_800 }),
      input({ type: 'number_input', action_id: 'n', is_decimal_allowed: false, min_value: '1' }),
    ];
    expect(viewFault(modal(blocks))).toBeUndefined();
    expect(viewFault({ type: 'home', blocks: [section('words'), actions(button())] })).toBeUndefined();
  });

  it.each<[string, object]>([
    ['a title of 25 characters', modal([section('x')], { title: plain(x(25)) })],
    ['an input without a button to submit', modal([input(text())], { submit: undefined })],
    [
      'two inputs in focus',
      modal([input(text({ focus_on_load: true })), input(text({ focus_on_load: true }))]),
    ],
    ['3,001 characters of metadata', modal([section('x')], { private_metadata: x(3_001) })],
    ['101 blocks', modal(Array(101).fill(section('x')))],
    ['a shortest length over the longest', modal([input(text({ min_length: 5, max_length: 4 }))])],
    ['a first value over the longest', modal([input(text({ initial_value: 'long', max_length: 3 }))])],
    ['3,001 characters to type', modal([input(text({ max_length: 3_001 }))])],
    ['two blocks of one name', modal([input(text(), { block_id: 'a' }), input(text(), { block_id: 'a' })])],
    [
      'a number as a number',
      modal([input({ type: 'number_input', action_id: 'n', is_decimal_allowed: true, min_value: 1 })]),
    ],
    ['an unknown field', modal([section('x')], { colour: 'red' })],
    ['a home with a title', { type: 'home', title: plain('x'), blocks: [] }],
  ])('refused: %s', (_, view) => {
    expect(viewFault(JSON.parse(JSON.stringify(view)))?.error).toBe('invalid_arguments');
  });
});

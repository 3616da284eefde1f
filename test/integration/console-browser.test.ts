import { mkdir } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { drawSvg } from '../../src/adapters/chart/draw.ts';
import { desktop, launchBrowser, phone, type Watched, watchedPage } from '../console/browser.ts';
import { hostileCard, plainCard, rootCards } from '../console/cards.ts';
import { scriptedBackEnd } from '../console/scripted-back-end.ts';
import { startedBot } from '../console/started-bot.ts';

const output = new URL('../output/', import.meta.url).pathname;
let browser: Browser;
let back: Awaited<ReturnType<typeof scriptedBackEnd>>;
let watched: Watched | undefined;

beforeAll(async () => {
  await mkdir(output, { recursive: true });
  browser = await launchBrowser();
});
afterAll(() => browser.close());
beforeEach(async () => {
  back = await scriptedBackEnd({ drawSvg });
});
afterEach(async () => {
  await watched?.close();
  watched = undefined;
  await back.stop();
});

async function open(path = '/', options: Parameters<typeof watchedPage>[2] = {}): Promise<Page> {
  watched = await watchedPage(browser, back.url + path, options);
  return watched.page;
}

/** A thread as it stands while people wait for an approval. */
async function postWaiting() {
  const root = await back.chat.post('rollouts', undefined, rootCards.waiting, 'root');
  for (const said of ['✓ Preflight, 5 checks in 2 min', '✓ Green is up: 7 of 7 services ready in 4 min'])
    await back.chat.post('rollouts', root, plainCard(said, 'good'), said);
  return root;
}

async function postEachTone() {
  for (const [tone, card] of Object.entries(rootCards)) {
    if (tone !== 'waiting') await back.chat.post('rollouts', undefined, card, tone);
  }
  await postWaiting();
}

/** Presses Tab until a button with this text has the focus; the way there must be short. */
async function tabTo(page: Page, label: string): Promise<number> {
  for (let presses = 1; presses <= 40; presses += 1) {
    await page.keyboard.press('Tab');
    const text = await page.evaluate(() => document.activeElement?.textContent?.trim());
    if (text === label) return presses;
  }
  throw new Error(`40 presses of Tab did not reach “${label}”`);
}

const overflow = (page: Page) =>
  page.evaluate(() =>
    [...document.querySelectorAll('html, .feed, .rollout, .top, .composer, .card')]
      .filter((element) => element.scrollWidth > element.clientWidth + 1)
      .map((element) => element.className || element.tagName),
  );

describe('the page', () => {
  it.each([
    ['desktop-dark', desktop, 'dark'],
    ['desktop-light', desktop, 'light'],
    ['phone-dark', phone, 'dark'],
    ['phone-light', phone, 'light'],
  ] as const)(
    'shows every tone without a complaint or an overflow: %s',
    async (name, viewport, colorScheme) => {
      await postEachTone();
      const page = await open('/', { viewport, colorScheme });
      await page.locator('.thread').nth(7).waitFor();
      const words = await page.locator('.message.root .tone-word').allTextContents();
      expect(words).toEqual(['Done', 'Rolled back', 'In doubt', 'Trouble', 'Watching', 'Running', 'Waiting']);
      await page.locator('.chart img').scrollIntoViewIfNeeded();
      await page.waitForFunction(
        () => document.querySelector<HTMLImageElement>('.chart img')?.naturalWidth === 800,
      );
      await page.screenshot({ path: `${output}/console-watch-${name}.png` });
      await page.locator('.feed').evaluate((feed) => feed.scrollTo(0, feed.scrollHeight));
      await page.screenshot({ path: `${output}/console-${name}.png` });
      expect(await overflow(page)).toEqual([]);
      await page.goto(`${back.url}/rollouts/aether-7`);
      await page.locator('.timeline').waitFor();
      await page.screenshot({ path: `${output}/rollout-${name}.png` });
      expect(await overflow(page)).toEqual([]);
      expect(watched?.complaints).toEqual([]);
    },
  );

  it('tells a newcomer what to type, and fills it in', async () => {
    const page = await open('/channels/quiet');
    await page.getByRole('button', { name: 'Fill in /rollout start green' }).click();
    expect(await page.locator('#line').inputValue()).toBe('/rollout start green');
    await page.keyboard.press('Enter');
    await page.getByText('Understood: start green').waitFor();
    expect(back.received).toMatchObject([
      { channel: { platform: 'console', id: 'quiet' }, text: 'start green' },
    ]);
  });

  it('shows what harms as text', async () => {
    await back.chat.post('rollouts', undefined, hostileCard, 'hostile');
    const page = await open();
    await page.locator('.thread').waitFor();
    const text = (await page.locator('.thread').textContent()) ?? '';
    for (const part of [
      '<script>window.hacked = 1</script>',
      'onerror=',
      '[U+202E]gnp.exe[U+202C]',
      'javascript:window.hacked=3',
      '<b>Mallory</b>',
    ])
      expect(text).toContain(part);
    expect(await page.locator('.thread a').count()).toBe(0);
    await page.getByRole('button', { name: '<b>Retry</b>' }).click();
    expect(await page.getByRole('dialog').textContent()).toContain('<script>');
    expect(await page.evaluate(() => 'hacked' in window)).toBe(false);
    expect(
      await page.locator('.thread img, .thread svg, .thread script, .thread b, .thread i, dialog u').count(),
    ).toBe(0);
    expect(watched?.complaints).toEqual([]);
  });
});

describe('by keyboard alone', () => {
  it('reaches Approve, confirms, and gives the focus back', async () => {
    await postWaiting();
    const page = await open();
    await page.locator('.thread').waitFor();
    await tabTo(page, 'Approve…');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Approve aether-7?' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await page.evaluate(() => document.activeElement?.textContent?.trim())).toBe('Approve…');
    expect(back.received).toEqual([]);
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Enter');
    await page.getByText('Understood: approve aether-7').waitFor();
    expect(back.received).toEqual([
      {
        channel: { platform: 'console', id: 'rollouts' },
        isPrivate: true,
        account: 'alice',
        text: 'approve aether-7 nonce=n0nce',
        press: { drawnAt: 7 },
      },
    ]);
  });

  it('asks again at a press that comes before the browser has told of the last dialog’s end', async () => {
    await postWaiting();
    const page = await open();
    await page.getByRole('button', { name: 'Approve…' }).click();
    await page.getByRole('dialog', { name: 'Approve aether-7?' }).waitFor();
    await page.evaluate(() => {
      document.querySelector('dialog')?.close();
      const buttons = [...document.querySelectorAll<HTMLButtonElement>('.thread button')];
      buttons.find(({ textContent }) => textContent?.trim() === 'Roll back…')?.click();
    });
    await page.getByRole('dialog', { name: /Roll back/ }).waitFor();
    await page.getByRole('dialog').getByRole('textbox').fill('errors');
    expect(await page.getByRole('dialog').count()).toBe(1);
  });

  it('stays in a dialog until it is closed', async () => {
    await postWaiting();
    const page = await open();
    await page.getByRole('button', { name: 'Roll back…' }).click();
    await page.getByRole('dialog').waitFor();
    for (let presses = 0; presses < 6; presses += 1) {
      await page.keyboard.press('Tab');
      const outside = await page.evaluate(() => {
        const focused = document.activeElement;
        return focused !== document.body && focused?.closest('dialog') === null;
      });
      expect(outside).toBe(false);
    }
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(back.received).toEqual([]);
  });

  it('asks for the reason of a rollback and does not go without one', async () => {
    await postWaiting();
    const page = await open();
    await page.locator('.thread').waitFor();
    await tabTo(page, 'Roll back…');
    await page.keyboard.press('Enter');
    await page.getByText('Puts back: hosts api, app: blue').waitFor();
    await page.screenshot({ path: `${output}/console-rollback-dialog.png` });
    await page.keyboard.press('Enter');
    expect(await page.getByRole('dialog').isVisible()).toBe(true);
    await page.keyboard.type('  checkout   errors ');
    await page.keyboard.press('Enter');
    await page.getByText('Understood: rollback').waitFor();
    expect(back.received).toMatchObject([{ text: 'rollback aether-7 checkout errors' }]);
  });

  it('skips to the messages', async () => {
    const page = await open();
    await page.locator('.welcome').waitFor();
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to the messages');
    await page.keyboard.press('Enter');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('main');
  });

  it('completes, recalls, and answers for this person alone', async () => {
    const page = await open();
    await page.locator('#line').focus();
    await page.keyboard.type('/rollout sta');
    await page.locator('#suggestions [role=option]').first().waitFor();
    await page.screenshot({ path: `${output}/console-completion.png` });
    await page.keyboard.press('Tab');
    expect(await page.locator('#line').inputValue()).toBe('/rollout start ');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    expect(await page.locator('[aria-selected=true]').textContent()).toBe('green');
    await page.keyboard.press('Enter');
    await page.keyboard.type('version=v2.4.0');
    await page.keyboard.press('Enter');
    await page.getByText('Only you see this').waitFor();
    expect(back.received).toMatchObject([{ text: 'start green version=v2.4.0' }]);
    await page.keyboard.press('ArrowUp');
    expect(await page.locator('#line').inputValue()).toBe('/rollout start green version=v2.4.0');
    await page.getByRole('button', { name: 'Dismiss' }).click();
    expect(await page.getByText('Only you see this').count()).toBe(0);
    const other = await watchedPage(browser, `${back.url}/`);
    await other.page.locator('.welcome').waitFor();
    expect(await other.page.getByText('Understood').count()).toBe(0);
    await other.close();
  });
});

describe('what changes while it is open', () => {
  it('edits cards in place, keeps what stands below where it is, and announces a new tone', async () => {
    const root = await postWaiting();
    const page = await open();
    const reply = page.locator('.reply').first();
    await reply.waitFor();
    const before = await reply.boundingBox();
    await back.chat.update(root, {
      ...rootCards.running,
      title: rootCards.waiting.title,
      lines: [['Now: moving the hosts']],
    });
    await page.getByText('Now: moving the hosts').waitFor();
    expect((await reply.boundingBox())?.y).toBe(before?.y);
    expect(await page.locator('.when').first().textContent()).toContain('edited');
    await page.waitForFunction(() =>
      document.querySelector('[aria-live]')?.textContent?.startsWith('Running: aether-7'),
    );
  });

  it('says that the connection is lost, comes back by itself and catches up', async () => {
    await postWaiting();
    const page = await open();
    await page.locator('.thread').waitFor();
    await back.goAway();
    await page.getByText('Connection lost').waitFor();
    await page.screenshot({ path: `${output}/console-connection-lost.png` });
    await back.chat.post('rollouts', undefined, plainCard('posted meanwhile'), 'meanwhile');
    await back.comeBack();
    await page.locator('.card-title', { hasText: 'posted meanwhile' }).waitFor();
    await page.getByText('Connection lost').waitFor({ state: 'detached' });
  });

  it('folds long threads and unfolds them', async () => {
    const root = await postWaiting();
    for (let n = 1; n <= 8; n += 1) await back.chat.post('rollouts', root, plainCard(`reply ${n}`), `r${n}`);
    const page = await open();
    await page.getByText('Show 6 earlier replies').click();
    expect(await page.locator('.reply').count()).toBe(10);
  });

  it('shows the timeline grow, and the proven journal', async () => {
    const page = await open('/rollouts/aether-7');
    await page.getByText('812 passed').waitFor();
    back.rollouts.put('aether-7', [
      { type: 'step.succeeded', data: { step: 'approve-switch', summary: 'Approved by Bob' } },
    ]);
    await page.getByText('Approved by Bob').waitFor();
    await page.getByRole('link', { name: 'Journal', exact: true }).last().click();
    await page.getByText('Verified: the chain of 8 events holds').waitFor();
    await page.screenshot({ path: `${output}/rollout-journal.png` });
    await page.goBack();
    await page.locator('.timeline').waitFor();
  });
});

describe('who acts', () => {
  it('acts as the person chosen in the sandbox, also after a reload', async () => {
    const page = await open();
    await page.getByLabel('Act as').selectOption('bob');
    await page.reload();
    await page.locator('#line').fill('/rollout status');
    await page.keyboard.press('Enter');
    await page.getByText('Understood: status').waitFor();
    expect(back.received).toMatchObject([{ account: 'bob' }]);
  });

  it('switches faults on from the panel', async () => {
    const page = await open();
    await page.getByRole('button', { name: 'Errors on green' }).click();
    await page.getByText('Green answers every third request with an error.').waitFor();
    expect(back.faults).toEqual(['errors']);
  });

  it('asks for a token outside the sandbox: the shared one reads, an own one acts', async () => {
    await back.stop();
    back = await scriptedBackEnd({ access: { token: 'shared-token', sandbox: false } });
    await postWaiting();
    const page = await open();
    await page.getByLabel('Token').fill('wrong');
    await page.keyboard.press('Enter');
    await page.getByText('neither the console’s nor a person’s').waitFor();
    await page.screenshot({ path: `${output}/console-sign-in.png` });
    await page.getByLabel('Token').fill('shared-token');
    await page.keyboard.press('Enter');
    await page.getByText('Reading only').waitFor();
    await page.getByRole('button', { name: 'Approve…' }).click();
    await page.getByRole('button', { name: 'Approve', exact: true }).click();
    await page.getByText('Sign in with a token of your own').waitFor();
    expect(back.received).toEqual([]);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Token').fill('bobs-own-token');
    await page.keyboard.press('Enter');
    await page.locator('.acting', { hasText: 'Bob' }).waitFor();
    await page.getByRole('button', { name: 'Approve…' }).click();
    await page.getByRole('button', { name: 'Approve', exact: true }).click();
    await page.getByText('Understood: approve').waitFor();
    expect(back.received).toMatchObject([{ account: 'bob' }]);
  });
});

const alertCard = (page: Page) => page.locator('.reply', { hasText: 'HighErrorRate' }).first();

/** The card of an alert: acknowledged and silenced by its form, which fits a phone too; its links lead somewhere. */
async function throughAlert(page: Page): Promise<void> {
  const card = alertCard(page);
  await card.getByText('1 group firing').waitFor({ timeout: 30_000 });
  for (const [label, heading] of [
    ['Runbook', 'HighErrorRate'],
    ['Dashboard', 'Blue and green'],
  ] as const) {
    const href = (await card.getByRole('link', { name: label }).getAttribute('href')) ?? '';
    const other = await page.context().newPage();
    await other.goto(new URL(href, page.url()).href);
    await other.getByRole('heading', { name: heading }).waitFor();
    await other.screenshot({ path: `${output}/bot-${label.toLowerCase()}.png` });
    await other.close();
  }
  await card.getByRole('button', { name: 'Acknowledge' }).click();
  await card.getByText('acknowledged by').waitFor();
  await page.setViewportSize(phone);
  await card.scrollIntoViewIfNeeded();
  await page.screenshot({ path: `${output}/bot-alert-phone.png` });
  expect(await overflow(page)).toEqual([]);
  await card.getByRole('button', { name: 'Silence…' }).click();
  const form = page.getByRole('dialog');
  await form.waitFor();
  await page.screenshot({ path: `${output}/bot-silence-phone.png` });
  await form.getByLabel('For how long').fill('30m');
  await form.getByLabel('Reason').fill('Bob looks at it');
  await page.keyboard.press('Enter');
  await card.getByText('silenced until').waitFor({ timeout: 15_000 });
  await page.setViewportSize(desktop);
  await card.scrollIntoViewIfNeeded();
  await page.screenshot({ path: `${output}/bot-alert.png` });
}

describe('the whole bot', () => {
  it('takes a newcomer from the first line to a switch, a fault and a rollback', async () => {
    const bot = await startedBot();
    watched = await watchedPage(browser, bot.url);
    const { page, complaints } = watched;
    try {
      await page.getByRole('button', { name: 'Fill in /rollout start green' }).click();
      await page.keyboard.press('Enter');
      const approve = page.getByRole('button', { name: 'Approve', exact: true });
      await approve.click({ timeout: 60_000 });
      await page.locator('.whisper', { hasText: 'Refused' }).waitFor();
      await page.locator('.feed').evaluate((feed) => feed.scrollTo(0, 0));
      await page.screenshot({ path: `${output}/bot-approval.png` });
      await page.getByLabel('Act as').selectOption('bob');
      await approve.click();
      await page.locator('.reply', { hasText: 'Approved by Bob' }).waitFor();
      await page.locator('.root .tone-word', { hasText: 'Watching' }).waitFor({ timeout: 90_000 });
      await page.screenshot({ path: `${output}/bot-hypercare.png` });
      await page.getByRole('button', { name: 'Errors on green' }).click();
      await page.locator('.root .tone-word', { hasText: 'Trouble' }).waitFor({ timeout: 60_000 });
      await page.locator('.feed').evaluate((feed) => feed.scrollTo(0, 0));
      await page.waitForFunction(
        () => document.querySelector<HTMLImageElement>('.root .chart img')?.complete,
      );
      await page.screenshot({ path: `${output}/bot-noticed.png` });
      await throughAlert(page);
      await alertCard(page)
        .getByRole('button', { name: /^Roll back: .*blue/ })
        .click();
      await page.getByLabel('Reason').fill('errors after the switch');
      await page.keyboard.press('Enter');
      await page.locator('.root .tone-word', { hasText: 'Rolled back' }).waitFor({ timeout: 30_000 });
      await page.getByRole('button', { name: /^Show \d+ earlier replies$/ }).click();
      await page.locator('.reply', { hasText: 'The alert is resolved' }).waitFor({ timeout: 30_000 });
      await page.locator('.root').getByRole('link').first().click();
      await page.locator('.timeline').waitFor();
      await page.screenshot({ path: `${output}/bot-timeline.png`, fullPage: true });
      expect(complaints).toEqual([]);
    } finally {
      await bot.stop();
    }
  });
});

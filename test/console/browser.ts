import { access } from 'node:fs/promises';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export const desktop = { width: 1280, height: 800 };
export const phone = { width: 390, height: 844 };

/** Starts a real Chromium; its absence is a failure, never a skip. */
export async function launchBrowser(): Promise<Browser> {
  await access(executablePath).catch((cause) => {
    const next = 'Install it with `apt-get install chromium`, or set CHROMIUM to its path.';
    throw new Error(`There is no browser at ${executablePath}. ${next}`, { cause });
  });
  return chromium.launch({ executablePath, args });
}

export interface Watched {
  page: Page;
  /** Errors of the console, of scripts and of the content security policy, and requests to other hosts. */
  complaints: string[];
  close(): Promise<void>;
}

/** Opens a page and writes down everything that should not happen on it. */
export async function watchedPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Watched> {
  const context = await browser.newContext({ viewport: desktop, colorScheme: 'dark', ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(`script: ${error.message}`));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(`console: ${message.text()}`);
  });
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== new URL(url).origin) complaints.push(`request: ${request.url()}`);
  });
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) =>
      console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`),
    );
  });
  await page.goto(url);
  return { page, complaints, close: () => context.close() };
}

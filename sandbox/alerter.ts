import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { openBook } from './alerter/book.ts';
import { type Receiver, receiverSchema } from './alerter/payload.ts';
import { createRecent } from './alerter/recent.ts';
import { createScrape } from './alerter/scrape.ts';
import { silenceRoutes } from './alerter/silences.ts';
import { liveWithParent, tellReady } from './process/parent.ts';
import { listen, type Route, serve } from './service/http.ts';

const text = { type: 'string' } as const;
const port = z.coerce.number();
const { values } = parseArgs({ options: { port: text, router: text, blue: text, green: text, state: text } });
const options = z.object({ port, router: port, blue: port, green: port, state: z.string() }).parse(values);

/** Milliseconds between two looks. */
const every = 1_000;

const newsSchema = z.object({ receiver: receiverSchema });
let receiver: Receiver | undefined;
process.on('message', (message) => {
  receiver = newsSchema.parse(message).receiver;
});

liveWithParent();
const book = openBook(options.state);
const recent = createRecent();
const routes: Route[] = [
  { method: 'GET', path: '/healthz', handle: () => ({ status: 200, body: { status: 'ok' } }) },
  { method: 'GET', path: '/samples', handle: () => ({ status: 200, body: recent.all() }) },
  { method: 'GET', path: '/api/v2/alerts', handle: () => ({ status: 200, body: book.shown(Date.now()) }) },
  ...silenceRoutes(book.silences),
];
await listen(serve(routes), options.port);
tellReady();
const scrape = createScrape(options);
for (;;) {
  const signals = await scrape();
  const now = Date.now();
  recent.add(signals, now);
  book.look(signals, receiver, now);
  await pause(every - (Date.now() - now));
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { Chart } from '../../../core/rollout/event.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { Memory } from '../../../ports/memory.ts';
import { slackClient } from '../client.ts';
import type { Log } from '../log.ts';
import type { AccountsOf } from '../mrkdwn.ts';
import { createAttempts } from './attempts.ts';
import { type CardFiles, cardFiles, filesTime, withoutFiles } from './card-files.ts';
import { createOutputs } from './outputs.ts';
import { createPictures } from './pictures.ts';
import { slackUpload } from './upload.ts';

export interface FilesOptions {
  botToken: string;
  apiUrl?: string;
  accountsOf?: AccountsOf;
  /** Charts are pictures, and long output is a file, where both are given; else the words stand. */
  drawPng?(chart: Chart): Promise<Uint8Array>;
  memory?: Memory;
  clock: Clock;
  log: Log;
}

/** The files of cards, on a connection of its own: an upload is given up sooner than a message. */
export function slackFiles(options: FilesOptions): CardFiles {
  const { botToken, apiUrl, accountsOf = () => [], drawPng, memory, clock, log } = options;
  if (drawPng === undefined || memory === undefined) return withoutFiles;
  const client = slackClient(botToken, apiUrl, log, filesTime);
  const upload = slackUpload(client, fetch, filesTime);
  const attempts = createAttempts(clock, log);
  const remove = (file: string) => client.files.delete({ file });
  return cardFiles({
    pictures: createPictures({ upload, remove, drawPng, memory, attempts, log }),
    fileOf: createOutputs({ upload, memory, attempts, accountsOf }),
    clock,
    sleep,
  });
}

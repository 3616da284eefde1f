import type { Config } from '../config/config.ts';

/** Where people find the console's pages. */
export interface Pages {
  /** The page of a rollout. */
  rollout(id: string): string;
  /** Told where the server listens: with `PORT=0` nobody knows before. A public URL goes before it. */
  listeningAt(url: string): void;
}

export function createPages({ web }: Pick<Config, 'web'>): Pages {
  let base = web.publicUrl ?? `http://${web.host}:${web.port}`;
  return {
    rollout: (id) => `${base}/rollouts/${id}`,
    listeningAt(url) {
      base = web.publicUrl ?? url;
    },
  };
}

import type { Workspace } from './workspace.ts';

/** What a method answers: `ok` and more, or an error code. */
export type Answer = { ok: true; [key: string]: unknown } | { ok: false; error: string; messages?: string[] };

export type Args = Record<string, string>;
export type Method = (workspace: Workspace, args: Args) => Answer;

export const refused = (error: string, messages?: string[]): Answer => ({
  ok: false,
  error,
  ...(messages === undefined || messages.length === 0 ? {} : { messages }),
});

export function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

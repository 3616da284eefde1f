import type { ConsolePerson, Viewer } from '../../ports/viewer.ts';

/** A room of the console. */
export interface ConsoleChannel {
  id: string;
  environment?: string;
  /** What `/rollout start <target>` runs here. */
  playbook?: string;
}

/** What can be typed after `/rollout`. */
export interface Vocabulary {
  commands: readonly { word: string; usage: string; help: string }[];
  playbooks: readonly { name: string; targets: readonly string[] }[];
}

/** A fault of the sandbox that can be switched on, and the button's words. */
export interface FaultChoice {
  id: string;
  label: string;
}

/** The sandbox's faults; `apply` answers what is so now, in a sentence. */
export interface Faults {
  choices: readonly FaultChoice[];
  apply(id: string): Promise<string>;
}

/** What the page needs before it can draw anything: `GET /console/context`. */
export interface ConsoleContext {
  viewer: Viewer;
  people: readonly ConsolePerson[];
  channels: readonly ConsoleChannel[];
  vocabulary: Vocabulary;
  /** Empty outside the sandbox. */
  faults: readonly FaultChoice[];
}

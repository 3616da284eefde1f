import type { Incoming } from './chat.ts';

/** One thing to fill in. What is filled in is a text of this kind; a time is ISO 8601, a channel the platform's id. */
export interface Field {
  name: string;
  label: string;
  hint?: string;
  kind: 'text' | 'number' | 'choice' | 'time' | 'channel';
  optional: boolean;
  initial?: string;
  /** Of a choice. */
  choices?: readonly { value: string; label: string }[];
  /** Another choice makes another form. */
  decides?: boolean;
}

/** Something to fill in that becomes a command. Values of fields that two variants share are not carried over. */
export interface Form {
  variant: string;
  title: string;
  intro: string;
  fields: readonly Field[];
  submit: string;
  /** What to type where the form can't be shown. */
  typed: string;
}

/** What was filled in, by the name of the field; what was left empty is absent. */
export type Filled = Readonly<Record<string, string>>;

/** Who fills in; `channel` is absent where it was opened outside of any room. */
export type Filler = Pick<Incoming, 'account' | 'aliases'> & {
  platform: Incoming['channel']['platform'];
  channel?: string;
};

/** Forms beside the command line. Quick and pure: a chat platform waits for them with a person's finger on the button. */
export interface Forms {
  /** The form for a `start` that lacks something; undefined where the text goes to the inbox as it is, to be done or refused. */
  formFor(filler: Filler, text: string): Form | undefined;
  /** The form again, after a field that decides was changed. */
  formAgain(filler: Filler, filled: Filled): Form | undefined;
  /** The command that a person could have typed, and the room that it counts for; or what is wrong, by field. */
  read(filler: Filler, filled: Filled): { text: string; channel: string } | { faults: Filled };
}

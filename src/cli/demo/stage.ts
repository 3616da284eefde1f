import { setTimeout as pause } from 'node:timers/promises';
import { drawCard } from '../../adapters/terminal/draw.ts';
import type { Screen } from '../../adapters/terminal/screen.ts';
import type { Action, Card, ThreadView } from '../../core/card/card.ts';
import type { Checklist } from './checklist.ts';
import type { Answer, Room } from './room.ts';
import type { Witness } from './witness.ts';

/** What an act of the demo plays on; `W` is asked beside the bot for what is really so. */
export interface Stage<W = Witness> {
  room: Room;
  witness: W;
  checks: Checklist;
  /** Says who does what. */
  tell(text: string): void;
  /** Types a command as a person, and shows the answer that they alone get. */
  type(person: string, text: string): Promise<Answer>;
  /**
   * Presses the button with this label (and what it names, as in “Roll back: …”): on the newest root card, or on the
   * card that `press.on` picks. Throws when it is not there.
   */
  press(person: string, label: string, press?: Press): Promise<Answer>;
  /** The newest thread; undefined as long as there is none. */
  thread(): Promise<ThreadView | undefined>;
  /** Waits until `look` gives something. Throws a sentence when that takes longer than `seconds`. */
  until<T>(what: string, seconds: number, look: () => Promise<T | undefined>): Promise<T>;
}

export interface Press {
  /** What the button asks for. */
  word?: string;
  on?(thread: ThreadView): Card | undefined;
}

/** A part of the demo, with a heading. */
export interface Act<W = Witness> {
  title: string;
  play(stage: Stage<W>): Promise<void>;
}

const lookEvery = 150;
/** Milliseconds before a press, so that people can read what it is about. */
const beat = 1_500;

export interface StageParts<W> {
  room: Room;
  witness: W;
  checks: Checklist;
  screen: Screen;
  signal: AbortSignal;
}

export function createStage<W>({ room, witness, checks, screen, signal }: StageParts<W>): Stage<W> {
  const tell = (text: string) => screen.say(`${screen.paint('bold', '▶')} ${text}`);
  const thread = async () => (await room.threads()).at(-1);
  const answered = (person: string, answer: Answer): Answer => {
    const only = `only ${nameOf(person)} sees: `;
    const lines = drawCard({ ...answer.card, tone: 'plain', links: [] }, screen.paint);
    const indented = lines.map((line, index) => (index === 0 ? line : ' '.repeat(only.length + 2) + line));
    screen.say(`  ${screen.paint('dim', only)}${indented.join('\n')}`);
    return answer;
  };
  return {
    room,
    witness,
    checks,
    tell,
    thread,
    async type(person, text) {
      tell(`${nameOf(person)} types ${screen.paint('cyan', `/rollout ${text}`)}`);
      return answered(person, await room.type(person, text));
    },
    async press(person, label, { word, on = (thread: ThreadView) => thread.root } = {}) {
      await pause(beat, undefined, { signal });
      const now = await thread();
      if (now === undefined) throw new Error('There is no thread in the room.');
      screen.show(now);
      const card = on(now);
      if (card === undefined) throw new Error(`There is no card with a button “${label}” in the thread.`);
      const action = buttonOf(card.actions, label);
      tell(pressInWords(person, action, word));
      return answered(person, await room.press(person, card, action, word));
    },
    async until(what, seconds, look) {
      const limit = performance.now() + seconds * 1_000;
      for (;;) {
        const found = await look();
        if (found !== undefined) return found;
        if (performance.now() > limit) throw new Error(`${what}: not within ${seconds} s`);
        await pause(lookEvery, undefined, { signal });
      }
    },
  };
}

/** A person's id is their name in small letters in the sandbox. */
export function nameOf(person: string): string {
  return `${person.charAt(0).toUpperCase()}${person.slice(1)}`;
}

function buttonOf(actions: readonly Action[], label: string): Action {
  const found = actions.find((action) => action.label === label || action.label.startsWith(`${label}: `));
  if (found !== undefined) return found;
  const there = actions.map((action) => action.label).join(', ') || 'none';
  throw new Error(`The card has no button “${label}”; there are: ${there}.`);
}

function pressInWords(person: string, { label, confirm }: Action, word: string | undefined): string {
  const asked = confirm === undefined ? '' : `, is asked “${confirm.title} ${confirm.text}”, and confirms`;
  const given = word === undefined ? '' : `: “${word}”`;
  return `${nameOf(person)} presses [ ${label} ]${asked}${given}`;
}

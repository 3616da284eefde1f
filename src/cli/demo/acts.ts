import type { ThreadView } from '../../core/card/card.ts';
import { plainText } from '../../core/card/plain-text.ts';
import { approvalAsked, approvers, ended, find, inStatus, newest, proven, rootIn, wordsOf } from './looks.ts';
import type { Act, Stage } from './stage.ts';

/** A thread of a rollout without trouble has at most so many messages, the root among them. */
const mostMessages = 12;

const toBlue = { api: 'blue', app: 'blue' };
const toGreen = { api: 'green', app: 'green' };

const switched: Act = {
  title: 'Bob starts a rollout, and Carol approves it',
  async play(stage) {
    const { checks, room, witness } = stage;
    const started = await stage.type('bob', 'start green');
    checks.holds('Bob starts the rollout', started.ok, wordsOf(started.card));
    const id = await newest(stage);
    await approvalAsked(stage);
    await refusedToBob(stage);
    checks.equal('Traffic is still on blue', await witness.servedBy(), toBlue);
    await stage.press('carol', 'Approve');
    await stage.until('the switch of traffic to green', 60, async () =>
      (await witness.hosts()).api === 'green' ? true : undefined,
    );
    checks.equal('Clients are served by green', await witness.servedBy(), toGreen);
    await stage.until('hypercare', 90, () => inStatus(stage, id, 'hypercare'));
    checks.equal('Carol alone approved', approvers(await room.journal(id)), ['carol']);
    const { steps } = await room.rollout(id);
    checks.equal('The soak passed', steps.find((step) => step.id === 'soak')?.status, 'succeeded');
    checks.equal('Writes are open on green', await witness.frozen('green'), false);
    checks.equal('Writes are frozen on blue', await witness.frozen('blue'), true);
  },
};

const undone: Act = {
  title: 'Green begins to fail; an alert fires, Dan takes it in hand, and Carol rolls back',
  async play(stage) {
    const { checks, room, witness } = stage;
    const id = await newest(stage);
    stage.tell(`Somebody breaks green. ${await room.fault('errors')}`);
    await stage.until('the card of the alert', 30, () => alertWith(stage, /firing/));
    await takenInHand(stage);
    const pressed = await stage.press('carol', 'Roll back', {
      word: 'errors after the switch',
      on: alertCard,
    });
    checks.holds('Carol’s press on the alert is taken', pressed.ok, wordsOf(pressed.card));
    await stage.until('the end of the rollback', 60, () => inStatus(stage, id, 'rolled-back'));
    await stage.until('the card of the rollback', 30, () => rootIn(stage, 'undone'));
    const over = await stage.until('the end of the alert', 30, () => alertWith(stage, /is resolved/));
    checks.equal('The alert is over, and its card offers nothing any more', over.actions, []);
    const captured = find(await room.journal(id), 'step.captured', ({ step }) => step === 'flip')?.before;
    checks.equal('The hosts are back as they were captured', await witness.hosts(), captured);
    checks.equal('Clients are served by blue', await witness.servedBy(), toBlue);
    checks.equal('Writes are open on blue again', await witness.frozen('blue'), false);
    checks.equal('Writes are frozen on green', await witness.frozen('green'), true);
    checks.equal('The router moved once there and once back', await witness.moves(id), [
      'flip: green',
      'restore-hosts: blue',
    ]);
    await proven(stage, id);
  },
};

const clean: Act = {
  title: 'Green is mended; a second rollout runs to its end',
  async play(stage) {
    const { checks, room, witness } = stage;
    stage.tell(`Somebody mends green. ${await room.fault('clear')}`);
    await stage.type('bob', 'start green version=v2.4.1');
    const id = await newest(stage);
    await approvalAsked(stage);
    await stage.press('dan', 'Approve');
    await stage.until('the end of hypercare', 90, () => inStatus(stage, id, 'succeeded'));
    const thread = await stage.until('the last reply', 30, () => ended(stage));
    checks.equal('Dan alone approved', approvers(await room.journal(id)), ['dan']);
    checks.equal('Clients are served by green, now by the mended one', await witness.servedBy(), toGreen);
    checks.equal('The router moved once, and not back', await witness.moves(id), ['flip: green']);
    const messages = 1 + thread.replies.length;
    checks.holds(
      `The thread has at most ${mostMessages} messages`,
      messages <= mostMessages,
      `it has ${messages}`,
    );
    const titles = thread.replies.map(({ card }) => plainText(card)[0]);
    const told = await room.journal(id);
    checks.holds('No alert was told', find(told, 'alerts.changed') === undefined, 'there was one');
    checks.equal('No reply stands there twice', new Set(titles).size, titles.length);
    await proven(stage, id);
  },
};

/** The demo, in order. An act expects what the ones before it left behind. */
export const acts: readonly Act[] = [switched, undone, clean];

async function takenInHand(stage: Stage): Promise<void> {
  const { checks } = stage;
  const pressed = await stage.press('dan', 'Acknowledge', { on: alertCard });
  checks.holds('Dan takes the alert in hand', pressed.ok, wordsOf(pressed.card));
  const card = await stage.until('his name on it', 30, () => alertWith(stage, /acknowledged by Dan/));
  const [words, labels] = [wordsOf(card), card.actions.map(({ label }) => label)];
  checks.holds('The card says what fires, and how badly', /HighErrorRate · page/.test(words), words);
  const names = labels.some((label) => /^Roll back: .*blue/.test(label));
  checks.holds('Its button names what a rollback restores', names, labels.join(', '));
  const linked = card.links.map(({ label }) => label);
  checks.equal('It links to the runbook and the dashboard', linked, ['Runbook', 'Dashboard']);
}

async function refusedToBob(stage: Stage): Promise<void> {
  const { checks } = stage;
  const refused = await stage.press('bob', 'Approve');
  checks.equal('Bob may not approve what he started', refused.refused, 'own-rollout');
  const words = wordsOf(refused.card);
  checks.holds('He is told who can', /Carol/.test(words) && /Dan/.test(words), words);
}

/** The one card of the rollout's alerts. */
function alertCard({ replies }: ThreadView): ThreadView['root'] | undefined {
  return replies
    .map(({ card }) => card)
    .find((card) => /group(s)? firing|alert is resolved/.test(wordsOf(card)));
}

async function alertWith(stage: Stage, words: RegExp) {
  const thread = await stage.thread();
  const card = thread && alertCard(thread);
  return card && words.test(wordsOf(card)) ? card : undefined;
}

import type { Alert } from './alerts.ts';
import { payloadOf, type Receiver } from './payload.ts';

/** Tells alerts, a group of the same name at a time, as Alertmanager does. */
export interface Delivery {
  /**
   * Begins to tell what is news, and what still fires again after a while. What could not be told is tried again at
   * a later call.
   */
  tell(alerts: readonly Alert[], receiver: Receiver, now: number): void;
}

/** Milliseconds until what fires is told again. */
const repeatEvery = 60_000;
/** Milliseconds until a delivery that failed is tried again, more after each failure. */
const retryAfter = { first: 1_000, most: 10_000 };
/** Milliseconds that an answer may take. */
const patience = 5_000;

interface Group {
  /** What was told last, and when. */
  told: string;
  at: number;
  busy: boolean;
  pause: number;
  retryAt: number;
}

/** `onTold` is called with what the receiver has taken. */
export function createDelivery(onTold: (alerts: readonly Alert[]) => void): Delivery {
  const groups = new Map<string, Group>();
  const groupNamed = (name: string): Group => {
    const group = groups.get(name) ?? { told: '', at: 0, busy: false, pause: 0, retryAt: 0 };
    groups.set(name, group);
    return group;
  };
  return {
    tell(alerts, receiver, now) {
      for (const [name, members] of byName(alerts)) {
        const group = groupNamed(name);
        const saying = JSON.stringify(members.map(({ startsAt, endsAt }) => [startsAt, endsAt]));
        const isDue = saying !== group.told || now - group.at >= repeatEvery;
        if (!isDue || group.busy || now < group.retryAt) continue;
        group.busy = true;
        void post(receiver, payloadOf(name, members, receiver)).then((taken) => {
          group.busy = false;
          group.pause = taken ? 0 : Math.min(group.pause * 2 || retryAfter.first, retryAfter.most);
          group.retryAt = taken ? 0 : Date.now() + group.pause;
          if (!taken) return;
          Object.assign(group, { told: saying, at: now });
          onTold(members);
        });
      }
    },
  };
}

function byName(alerts: readonly Alert[]): Map<string, Alert[]> {
  return Map.groupBy(alerts, ({ labels }) => labels.alertname ?? '');
}

/** Whether the receiver has taken it. A receiver that is away, or that sheds load, is no news in the log. */
async function post({ webhook, token }: Receiver, payload: unknown): Promise<boolean> {
  try {
    const answer = await fetch(webhook, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(payload),
      signal: AbortSignal.timeout(patience),
    });
    const said = await answer.text();
    if (!answer.ok && answer.status < 500)
      console.error(`the alerts were refused: ${answer.status} ${said.slice(0, 300)}`);
    return answer.ok;
  } catch {
    return false;
  }
}

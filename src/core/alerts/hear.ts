import type { Notice, Telling } from './notice.ts';
import { noteEvery, retention } from './retention.ts';

/** What is kept of the newest telling of an alert, enough to judge the next one. Milliseconds since the epoch. */
export interface Told {
  status: Notice['status'];
  startsAt: number;
  /** When it was resolved; 0 while it fires. */
  endsAt: number;
  /** When it was heard. */
  at: number;
}

/** What a telling changes: everything, only the note of what was told last, or nothing. */
export type Heard =
  | { news: true; notice: Notice; told: Told }
  | { news: false; told: Told }
  | { news: false; told?: undefined };

/**
 * For so long after an alert's resolution, a telling that it fires from the same beginning is a late one: Alertmanager
 * repeats a failed delivery for one `group_interval`, 5 minutes by default. After that it fires again: a sender that
 * lost its own source for a while resolves an alert and tells it anew with its old beginning.
 */
const lateness = 5 * 60_000;
/** Peers that each saw the same alert begin differ by less: they look at it once a minute or oftener. */
const jitter = 60_000;
/** A time so far ahead of our clock was told by one that is wrong, and doesn't outrank what comes after it. */
const skew = 5 * 60_000;

/**
 * Judges a telling by what was told before. Deliveries come twice, late and out of order, and several senders with
 * their own clocks tell of one alert, so the beginning and the end of the alert decide and not the order of arrival.
 */
export function hear(told: Told | undefined, telling: Telling, now: number): Heard {
  const startsAt = telling.startsAt ?? new Date(assumedStart(told, telling, now)).toISOString();
  const heard = toldOf({ ...telling, startsAt }, now);
  if (told === undefined || (isNewer(heard, told, now) && !isPeers(heard, told))) {
    return { news: true, notice: { ...telling, startsAt }, told: heard };
  }
  return { news: false, ...noteOf(heard, told, now) };
}

/** Until when a telling is kept. */
export function keptUntil({ status, at }: Told): number {
  return at + retention[status];
}

/** The beginning of an alert whose sender doesn't say it: that of what was told before, unless it fires anew. */
function assumedStart(told: Told | undefined, { status }: Telling, now: number): number {
  if (told === undefined) return now;
  if (status === 'resolved' || told.status === 'firing') return told.startsAt;
  return Math.max(now, Math.min(told.endsAt, now + skew));
}

function toldOf({ status, startsAt, endsAt }: Notice, now: number): Told {
  const end = endsAt === undefined ? now : Date.parse(endsAt);
  return { status, startsAt: Date.parse(startsAt), endsAt: status === 'resolved' ? end : 0, at: now };
}

function isNewer(heard: Told, told: Told, now: number): boolean {
  if (heard.startsAt === told.startsAt) return continues(heard, told, now);
  if (Math.max(told.startsAt, told.endsAt) > now + skew) return true;
  if (told.status === 'firing') {
    return heard.status === 'firing' ? heard.startsAt > told.startsAt : heard.endsAt > told.startsAt;
  }
  if (heard.startsAt < told.startsAt) return false;
  return heard.startsAt >= told.endsAt || (heard.status === 'firing' && isLongOver(told, now));
}

/** That an alert fires is no news from a peer that saw it begin a moment later. */
function isPeers(heard: Told, told: Told): boolean {
  const later = heard.startsAt - told.startsAt;
  return heard.status === 'firing' && told.status === 'firing' && later > 0 && later <= jitter;
}

/** The later beginning counts against what comes late; that it still fires is noted now and then. */
function noteOf(heard: Told, told: Told, now: number): { told?: Told } {
  if (isPeers(heard, told)) return { told: { ...told, startsAt: heard.startsAt, at: now } };
  const stillFires = heard.status === 'firing' && told.status === 'firing';
  return stillFires && now - told.at >= noteEvery ? { told: { ...told, at: now } } : {};
}

/** Of tellings with the same beginning. */
function continues(heard: Told, told: Told, now: number): boolean {
  if (heard.status === told.status) return false;
  return heard.status === 'resolved' || isLongOver(told, now);
}

function isLongOver({ at }: Told, now: number): boolean {
  return now - at > lateness;
}

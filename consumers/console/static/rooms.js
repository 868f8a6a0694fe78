// A room's name, its people and its numbers, out of its board. Pure but for the words.

import { hour, day, t, has } from "./words.js";

const HERE = ["present", "in_person"];
const SOON = 30 * 60_000;
const AFTER = 15 * 60_000;

export function roomName({ track, kind }) {
  const when = has(`track.${track}`) ? t(`track.${track}`) : track === kind ? "" : track;
  const name = t(`room.${kind}`, { track: when }).trim();
  return name.charAt(0).toUpperCase() + name.slice(1);
}

const byStart = (a, b) => a.starts_at - b.starts_at || (a.session_id < b.session_id ? -1 : 1);

/** With its host, else its number of the day, where another room of the same hours has its name. */
export function roomLabel(board, boards) {
  const name = roomName(board);
  const alike = Object.values(boards).filter((other) => roomName(other) === name);
  const beside = alike.filter((other) => other.starts_at < board.ends_at && board.starts_at < other.ends_at);
  if (beside.length < 2) return name;
  if (board.host) return `${name} · ${board.host}`;
  const today = day(board.starts_at, board.time_zone);
  const ofToday = alike.filter((other) => day(other.starts_at, board.time_zone) === today).sort(byStart);
  return `${name} ${ofToday.findIndex((other) => other.session_id === board.session_id) + 1}`;
}

/** Begun, and neither over nor called off. */
export const isRunning = (board, now) =>
  board.starts_at <= now && now <= board.ends_at && !["ended", "cancelled"].includes(board.state);

/** Since when the room's platform has been silent, while it is: nobody there is known to be absent. */
export const silentSince = (live, board) => (board && live?.silent?.[board.platform]) ?? null;

/** How many are in a room that has begun and has no host. */
export function unhosted(board, now) {
  return isRunning(board, now) && !board.hosted ? (board.counts.present ?? 0) + (board.counts.waiting ?? 0) : 0;
}

export function roomWhen(board) {
  const { starts_at: starts, ends_at: ends, time_zone: zone } = board;
  return t("room.when", {
    day: day(starts, zone),
    from: hour(starts, zone),
    to: hour(ends, zone),
  });
}

/** How many are here, and of how many: patients who are neither excused nor unmatched. */
export function numbers(counts) {
  const sum = (states) => states.reduce((total, state) => total + (counts[state] ?? 0), 0);
  const here = sum(HERE);
  return {
    here,
    of: here + sum(["expected", "waiting", "away", "left"]),
    waiting: counts.waiting ?? 0,
    unmatched: counts.unmapped ?? 0,
  };
}

export const isOpen = (board, now) =>
  board.state !== "cancelled" && board.starts_at - SOON <= now && now <= board.ends_at + AFTER;

export const isOver = (board, now) => board.state === "ended" || now > board.ends_at + AFTER;

/** Of the rooms a viewer hosts: the one now, else the next, else the last of today. */
export function ownRoom(boards, now) {
  const own = Object.values(boards)
    .filter((board) => board.hosting && board.state !== "cancelled")
    .sort((a, b) => a.starts_at - b.starts_at);
  const running = own.filter((board) => isOpen(board, now));
  return (
    running.find((board) => board.starts_at <= now && board.state !== "ended") ??
    running[0] ??
    own.find((board) => board.starts_at > now) ??
    own.at(-1) ??
    null
  );
}

/** The platforms of what is shown: the chosen or own room, else all that are open. */
export function platformsShown(boards, chosen, now) {
  const one = boards[chosen] ?? ownRoom(boards, now);
  const shown = one && !isOver(one, now) ? [one] : Object.values(boards).filter((board) => isOpen(board, now));
  return new Set(shown.map((board) => board.platform).filter(Boolean));
}

const byName = (a, b) => a.person.name.localeCompare(b.person.name) || (a.person.id < b.person.id ? -1 : 1);

/** The tiles: patients in the order of first names, which nothing changes. */
export const seats = (board) =>
  (board.people ?? []).filter((seat) => seat.state !== "unmapped").sort(byName);

export const unmatched = (board) => (board.people ?? []).filter((seat) => seat.state === "unmapped");

export const firstName = (person) => person?.first || person?.name || t("person.someone");

export const fullName = (person) => person?.name || t("person.someone");

const CARE = ["clinician", "outreach", "supervisor"];

/** Whether somebody's role is in care: they may match people and read cards. */
export const cares = (me) => me.roles.some((role) => CARE.includes(role));

/** Whether a person's weeks may be for them: their own clinician, the program's supervisor. */
export const looksBack = (me) => me.roles.some((role) => ["clinician", "supervisor"].includes(role));

// The queue of people nobody has matched yet: asked for by HTTP while it is shown.

import { cares } from "./rooms.js";

const EVERY = 10_000;

/** One row a person, who may have come to several sessions; those in a room now first. */
export function grouped(entries) {
  const people = new Map();
  for (const entry of entries) {
    people.set(entry.unmapped_id, [...(people.get(entry.unmapped_id) ?? []), entry]);
  }
  return [...people]
    .map(([id, sessions]) => ({
      id,
      sessions: sessions.sort((a, b) => b.last_at - a.last_at),
      present: sessions.some((one) => one.present),
      counts: sessions.some((one) => one.counts),
    }))
    .sort((a, b) => b.present - a.present || b.sessions[0].last_at - a.sessions[0].last_at || (a.id < b.id ? -1 : 1));
}

const ABSENT = ["expected", "away", "left"];

/**
 * Whom it may be: of the board's seats, else of the roster's people. Those absent first, each lot in
 * its order; somebody who is here may have come on a second device.
 */
export function candidates(seats, roster) {
  if (!seats) return { absent: [], others: (roster ?? []).map(asPerson) };
  const isAbsent = (seat) => ABSENT.includes(seat.state);
  return {
    absent: seats.filter(isAbsent).map((seat) => seat.person),
    others: seats.filter((seat) => !isAbsent(seat)).map((seat) => seat.person),
  };
}

const asPerson = ({ participant_id: id, ...more }) => ({ id, ...more });

/** To where the match is said: each session in which what they did counts, else the latest. */
export function sessionsToTell({ sessions }) {
  const counting = sessions.filter((one) => one.counts);
  return (counting.length ? counting : sessions.slice(0, 1)).map((one) => one.session_id);
}

/** Gives the app its queue, kept current while Cases are shown to who may match. */
export function queueing(app, redraw) {
  const rosters = new Map(); // of sessions that have no board any more
  let asked = -EVERY;
  app.queue = [];

  app.askQueue = async () => {
    asked = performance.now();
    try {
      const answer = await fetch("/api/directory/unmatched");
      if (answer.ok) app.queue = grouped(await answer.json());
      redraw();
    } catch {
      // asked again soon; the first line says that the device is offline
    }
  };

  app.keepQueue = () => {
    if (app.screen === "cases" && cares(app.me) && performance.now() - asked > EVERY) app.askQueue();
  };

  app.roster = (session) => {
    if (!rosters.has(session)) {
      rosters.set(session, null);
      fetch(`/api/directory/sessions/${session}/roster`)
        .then((answer) => (answer.ok ? answer.json() : []))
        .then((people) => rosters.set(session, people) && redraw(), () => rosters.delete(session));
    }
    return rosters.get(session);
  };

  app.forgetQueue = () => {
    rosters.clear();
    app.queue = [];
    asked = -EVERY;
  };
}

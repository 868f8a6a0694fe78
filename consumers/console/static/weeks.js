// A person's weeks: asked for once when they are opened, since every look is written down, and what
// follows from them. Sorting is pure.

import { spoken, dayOf } from "./words.js";

const DAY = 86_400_000;
const PRESENT = ["attended", "partial", "in_person"];
/** So much of a stay may be away before its bar no longer says when. */
const UNPLACED = 15 * 60_000;

/** The Monday of an instant's week, as "2026-11-16". */
export function mondayOf(at, zone) {
  const noon = Date.parse(`${dayOf(at, zone)}T12:00Z`);
  return dayOf(noon - ((new Date(noon).getUTCDay() + 6) % 7) * DAY, "UTC");
}

/** 0 for a Monday. */
export const weekdayOf = ({ starts_at: at, time_zone: zone }) =>
  (new Date(`${dayOf(at, zone)}T12:00Z`).getUTCDay() + 6) % 7;

/** The weekdays with sessions, each with a session of the hours that most of them have. */
export function columns(weeks) {
  const found = new Map();
  for (const session of weeks.flatMap((week) => week.sessions)) {
    const weekday = weekdayOf(session);
    found.set(weekday, [...(found.get(weekday) ?? []), session]);
  }
  return [...found]
    .sort(([a], [b]) => a - b)
    .map(([weekday, sessions]) => ({ weekday, usual: commonest(sessions) }));
}

const minutesOf = (at, zone) => new Intl.DateTimeFormat("en", { timeZone: zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(at);

/** "18:00 21:00", to compare by. */
export const hoursOf = ({ starts_at, ends_at, time_zone }) =>
  `${minutesOf(starts_at, time_zone)} ${minutesOf(ends_at, time_zone)}`;

function commonest(sessions) {
  const times = new Map();
  for (const session of sessions) times.set(hoursOf(session), (times.get(hoursOf(session)) ?? 0) + 1);
  const most = Math.max(...times.values());
  return sessions.find((session) => times.get(hoursOf(session)) === most);
}

/** Weeks with the alerts raised in each, the newest first; one without a session may have alerts. */
export function rows(weeks, alerts, zone) {
  const known = new Map(weeks.map((week) => [week.monday, { ...week, alerts: [] }]));
  for (const alert of alerts) {
    const monday = mondayOf(alert.raised_at, zone);
    if (!known.has(monday)) known.set(monday, { monday, attended: 0, held: 0, ahead: 0, sessions: [], alerts: [] });
    known.get(monday).alerts.push(alert);
  }
  return [...known.values()].sort((a, b) => (a.monday < b.monday ? 1 : -1));
}

/**
 * Where a session's bar lies, in shares of its scheduled time, and where lines dropped in it.
 * `whole` is false where the person was away for longer than is known when.
 */
export function placed(session, alerts) {
  const { starts_at: start, ends_at: end } = session;
  const share = (ms) => Math.min(1, Math.max(0, ms / (end - start)));
  const drops = alerts
    .filter((alert) => alert.session_id === session.session_id)
    .flatMap((alert) => alert.dropped ?? [])
    .filter((at) => at > start && at < end)
    .map((at) => share(at - start));
  if (!PRESENT.includes(session.outcome)) return { from: 0, to: 0, whole: true, drops: [...new Set(drops)] };
  const [from, to] = [share(session.late_ms ?? 0), 1 - share(session.early_ms ?? 0)];
  const away = (to - from) * (end - start) - (session.attended_ms ?? 0);
  return { from, to: Math.max(from, to), whole: away <= UNPLACED, drops: [...new Set(drops)] };
}

/** What the weeks come to: sessions that count, and hours of the last four full weeks. */
export function figures(weeks, monday) {
  const counted = weeks
    .flatMap((week) => week.sessions)
    .filter((one) => one.state === "over" && !one.fault && [...PRESENT, "missed"].includes(one.outcome));
  const full = weeks.filter((week) => week.monday < monday && week.sessions.length).slice(0, 4);
  return {
    counted: counted.length,
    present: counted.filter((one) => PRESENT.includes(one.outcome)).length,
    full: full.length,
    hours: full.length ? full.reduce((sum, week) => sum + week.attended, 0) / full.length : 0,
    present_week: weeks.find((week) => week.monday === monday),
  };
}

/** Gives the app the weeks of one person at a time. */
export function weeksOf(app, redraw) {
  let held = null;

  async function read(path) {
    const answer = await fetch(path);
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  }

  /** What was read `before` stands until it is read again, or may not be seen any more. */
  async function ask(id, before = null) {
    const mine = { zone: app.zone, told: null, alerts: null, ...before, id, language: spoken(), failed: null, asking: true };
    held = mine;
    try {
      const told = await read(`/api/directory/people/${id}/weeks`);
      mine.zone = told.weeks[0]?.sessions[0]?.time_zone ?? app.zone;
      Object.assign(mine, { told, alerts: null });
      redraw();
      const words = new URLSearchParams({ language: mine.language, time_zone: mine.zone });
      mine.alerts = await read(`/api/alerts/people/${id}?${words}`);
    } catch (error) {
      mine.failed = /^\d+$/.test(error.message) ? error.message : "offline";
      if (mine.failed === "404") mine.told = null;
    }
    mine.asking = false;
    redraw();
  }

  /** What is known of them; asked for when they are opened, or in another language. */
  app.weeksOf = (id) => {
    if (held?.id !== id || held.language !== spoken()) ask(id);
    return held;
  };

  app.readWeeksAgain = () => {
    ask(held.id, held);
    redraw();
  };

  app.forgetWeeks = () => {
    held = null;
  };
}

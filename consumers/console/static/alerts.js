// Sorting what the alerts say for the two screens. Pure.

const GRAVITY = { info: 0, warning: 1, high: 2, critical: 3 };
export const CRISIS = ["crisis_reported", "help_requested", "left_after_crisis"];
/** A quiet line for who hosts; no case of anybody's. */
const HINTS = ["break_due", "group_tiring"];
/** One person's index is not for the live view. */
const NOT_LIVE = ["screen_fatigue", "withdrawn"];
export const ABSENCE = ["missed_session", "could_not_connect"];
const AFTER = 15 * 60_000;

export const isOpen = (alert) => alert.state !== "resolved" && !alert.explained_by;

/** Held back for now: an incident explains it, which this viewer may see or not. */
const isHeld = (alert) => alert.state !== "resolved" && Boolean(alert.explained_by);

export const held = (known) => Object.values(known.alerts).filter(isHeld);

/** How many alerts stand behind this incident, those of a room's own incident among them. */
export const explains = (known, { alert_id: id }) =>
  held(known)
    .filter((alert) => alert.explained_by === id)
    .reduce((n, alert) => n + 1 + explains(known, alert), 0);

/** What somebody may be notified of by now: technical alerts and absences wait a while. */
export const noticed = (known, now) =>
  openAlerts(known).filter(
    (alert) => !alert.quiet && alert.notice_at <= now && ![...HINTS, ...NOT_LIVE].includes(alert.rule),
  );

export const openAlerts = (known) => Object.values(known.alerts).filter(isOpen);

/** Nobody has taken it. */
export const isFree = (alert) => alert.assignee === undefined;

/** Calls for help that nobody has closed: untaken first, the gravest, those that wait too long, then
 * the newest. */
export function crises(known) {
  return openAlerts(known)
    .filter((alert) => CRISIS.includes(alert.rule))
    .sort(
      (a, b) =>
        isFree(b) - isFree(a) ||
        GRAVITY[b.severity] - GRAVITY[a.severity] ||
        (b.widened ?? 0) - (a.widened ?? 0) ||
        b.raised_at - a.raised_at,
    );
}

const FEW = 2;

/**
 * What of them is shown: the first `most` untaken ones (`shown`), then `lines`, and `folded` behind
 * a count what would fill the page. A crisis that nobody has taken is never folded. To who hosts,
 * those of other rooms are a number (`elsewhere`): her screen may be shared.
 */
export function calls(known, most) {
  const every = crises(known);
  const all = every.filter((alert) => !alert.quiet);
  const elsewhere = every.filter((alert) => alert.quiet && isFree(alert)).length;
  const shown = all.filter(isFree).slice(0, most);
  const rest = all.filter((alert) => !shown.includes(alert));
  const stays = (alert) => isFree(alert) && alert.severity === "critical";
  const lesser = rest.filter((alert) => !stays(alert));
  if (lesser.length <= FEW) return { shown, lines: rest, folded: [], elsewhere };
  return { shown, lines: rest.filter(stays), folded: lesser, elsewhere };
}

/** What the live view says of a room. */
export const ofSession = (known, sessionId) =>
  openAlerts(known)
    .filter((alert) => alert.session_id === sessionId && !NOT_LIVE.includes(alert.rule))
    .sort((a, b) => GRAVITY[b.severity] - GRAVITY[a.severity] || a.raised_at - b.raised_at);

/** What concerns several rooms and no person; calls for help stand above all. */
export const acrossRooms = (known) =>
  openAlerts(known).filter((alert) => !alert.session_id && !alert.person && !CRISIS.includes(alert.rule));

/** Minutes that go on, filled in as of `now`: `{instant}` since then, `{-instant}` until then. */
export function filled(words, alert, now) {
  const at = Math.min(now, alert.ends_at ?? now);
  return words.replace(/\{(-?)(\d+)\}/g, (_, until, instant) =>
    String(Math.max(0, Math.floor((until ? instant - at : at - instant) / 60_000))),
  );
}

export const ofPerson = (alerts, id) => alerts.filter((alert) => alert.person?.id === id);

const over = (alert, now) => alert.ends_at !== undefined && now > alert.ends_at + AFTER;

const byNeed = (now) => (a, b) =>
  (GRAVITY[b.severity] === 3) - (GRAVITY[a.severity] === 3) ||
  left(b, now) - left(a, now) ||
  GRAVITY[b.severity] - GRAVITY[a.severity] ||
  b.raised_at - a.raised_at;

/** Minutes left to help in; what has no end has them all. */
const left = (alert, now) =>
  alert.ends_at === undefined ? 1e6 : Math.max(0, Math.round((alert.ends_at - now) / 60_000));

/** About somebody's weeks, or their own index: for later, in no hurry. */
const isLater = (alert) => NOT_LIVE.includes(alert.rule) || (alert.person && !alert.session_id);

/** Of one instant the names decide: whatever order the log's partitions were read in. */
const byName = (a, b) => (a.person?.name ?? "").localeCompare(b.person?.name ?? "");

/** The lists of Cases: absences by room, cases by need, for later, handed over. */
export function lists(known, now) {
  const open = openAlerts(known).filter((alert) => !HINTS.includes(alert.rule));
  const handed = open.filter((alert) => over(alert, now) && !CRISIS.includes(alert.rule));
  const present = open.filter((alert) => !handed.includes(alert));
  const absent = present.filter((alert) => ABSENCE.includes(alert.rule) && alert.session_id);
  const rooms = new Map();
  for (const alert of absent.sort((a, b) => a.raised_at - b.raised_at || byName(a, b))) {
    rooms.set(alert.session_id, [...(rooms.get(alert.session_id) ?? []), alert]);
  }
  return {
    rooms: [...rooms].map(([session, alerts]) => ({ session, alerts })),
    cases: present.filter((alert) => !absent.includes(alert) && !isLater(alert)).sort(byNeed(now)),
    later: present.filter(isLater).sort(byNeed(now)),
    handed: handed.sort((a, b) => b.raised_at - a.raised_at),
    open: open.length,
    held: held(known).length,
    free: open.filter((alert) => alert.assignee === undefined).length,
  };
}

/** What came beyond the noise budget and nobody has taken: how many, in how many rooms, since when. */
export function digest(known, now) {
  const told = openAlerts(known).filter((alert) => alert.digest && alert.assignee === undefined && !over(alert, now));
  return {
    n: told.length,
    rooms: new Set(told.map((alert) => alert.session_id)).size,
    since: Math.min(...told.map((alert) => alert.digest)),
  };
}

/** Things in the order they had, new ones last: rows keep their place while one is focused. */
export function keepOrder(things, id, order) {
  const rank = new Map(order.map((key, at) => [key, at]));
  return [...things].sort(
    (a, b) => (rank.get(id(a)) ?? Infinity) - (rank.get(id(b)) ?? Infinity) || 0,
  );
}

export const grave = (alerts) =>
  alerts.reduce((most, { severity }) => (GRAVITY[severity] > GRAVITY[most] ? severity : most), "info");

// The lines under the sentence: what needs a look now, four at most.

import { h } from "../dom.js";
import { icon } from "../icons.js";
import { hour, t } from "../words.js";
import { CRISIS, filled, held, ofSession } from "../alerts.js";
import { candidates } from "../queue.js";
import { firstName, seats, silentSince, unmatched } from "../rooms.js";
import { whoIsIt } from "./unmatched.js";

const MOST = 4;
const SHAPE = {
  missed_session: "expected",
  could_not_connect: "dropped",
  dropped_out: "dropped",
  poor_connection: "poor",
  waiting_to_be_admitted: "waiting",
  joined_late: "info",
  left_early: "left",
  host_missing: "expected",
  empty_room: "expected",
  feed_silent: "alert",
  unstable_connection: "dropped",
  host_dropped: "dropped",
  session_incident: "alert",
  platform_incident: "alert",
  not_on_roster: "unmatched",
  break_due: "pause",
  group_tiring: "pause",
};
/** What the reason alone does not say. */
export const UNSAID = [
  "missed_session",
  "waiting_to_be_admitted",
  "could_not_connect",
  "device_check_failed",
  "drifting_away",
  "care_fit_review",
  "screen_fatigue",
  "withdrawn",
];

export function lines(app, board) {
  const silent = silentSince(app.known.live, board);
  const alerts = ofSession(app.known, board.session_id).filter(
    (alert) =>
      !CRISIS.includes(alert.rule) &&
      alert.rule !== "unrecognised_people" &&
      !(silent && alert.rule === "missed_session"), // nobody is known to be absent
  );
  const all = [
    ...(silent && !alerts.some((alert) => alert.rule === "feed_silent") ? [silentLine(board, silent)] : []),
    ...unmatched(board).map((seat) => unmatchedLine(app, board, seat)),
    ...lateLine(board),
    ...(board.state === "break" ? [breakLine(board)] : []),
    ...alerts.map((alert) => alertLine(app, alert)),
    ...heldLine(app, board),
  ];
  const shown = all.length > MOST ? all.slice(0, MOST - 1) : all;
  if (all.length > MOST) shown.push(moreLine(all.length - shown.length));
  return h("ul", { class: "facts-list" }, shown);
}

const silentLine = (board, since) =>
  h(
    "li",
    { key: "silent" },
    h("span", { class: "mark", "data-level": "warning" }, icon("alert")),
    h("span", { class: "txt" }, t("cases.unmeasured", { at: hour(since, board.time_zone) })),
  );

/** Who is marked late and not here yet. */
function lateLine(board) {
  const late = seats(board).filter((seat) => seat.marked === "late" && seat.state === "expected");
  if (!late.length) return [];
  const names = late.map((seat) => firstName(seat.person)).join(", ");
  const at = late.map((seat) => hour(seat.marked_at, board.time_zone)).join(", ");
  return [
    h(
      "li",
      { key: "late" },
      h("span", { class: "mark", "data-level": "info" }, icon("waiting")),
      h(
        "span",
        { class: "txt" },
        h("b", {}, t("now.marked_late", { n: late.length, names })),
        h("span", { class: "soft" }, ` · ${at}`),
      ),
    ),
  ];
}

function unmatchedLine(app, board, seat) {
  const name = seat.person.name;
  const match = (person, key) => app.match(board, seat, person, key);
  return h(
    "li",
    { key: `unmatched ${seat.person.id}` },
    h("span", { class: "mark", "data-level": "warning" }, icon("unmatched")),
    h(
      "span",
      { class: "txt" },
      h("b", {}, name ? t("now.named_unmatched", { name }) : t("now.someone_unmatched")),
      " ",
      h("span", { class: "soft" }, `· ${t("now.in_room_since", { at: hour(seat.since, board.time_zone) })}`),
    ),
    app.held?.about === seat.person.id
      ? h("span", { class: "acts notice" }, t("act.held", { what: app.held.words }))
      : board.may_act && whoIsIt(app, seat.person.id, candidates(seats(board)), match),
  );
}

const breakLine = (board) =>
  h(
    "li",
    { key: "break" },
    h("span", { class: "mark", "data-level": "info" }, icon("pause")),
    h(
      "span",
      { class: "txt" },
      h("b", {}, t("now.on_break")),
      board.break_since
        ? h("span", { class: "soft" }, ` · ${t("now.since", { at: hour(board.break_since, board.time_zone) })}`)
        : null,
    ),
  );

function heldLine(app, board) {
  const n = held(app.known).filter((alert) => alert.session_id === board.session_id).length;
  if (!n) return [];
  return [
    h(
      "li",
      { key: "held" },
      h("span", { class: "mark", "data-level": "info" }, icon("info")),
      h("span", { class: "txt" }, t("cases.held", { n })),
    ),
  ];
}

export function alertLine(app, alert) {
  const who = alert.person && firstName(alert.person);
  const said = alert.assignee !== undefined ? help(alert) : UNSAID.includes(alert.rule) && lower(alert.title);
  const bold = [who, said].filter(Boolean).join(": ") || alert.title;
  return h(
    "li",
    { key: alert.alert_id },
    h("span", { class: "mark", "data-level": alert.severity }, icon(SHAPE[alert.rule] ?? "info")),
    h(
      "span",
      { class: "txt" },
      h("b", {}, bold),
      " ",
      h("span", { class: "soft" }, `· ${filled(alert.reason, alert, app.now)}`),
    ),
  );
}

/** Who took it. "Tech is with him" only by a pronoun that was said; else "tech is helping". */
export function help(alert) {
  if (alert.mine) return t("now.you_have_it");
  if (!alert.by_tech) return t("now.has_it", { who: alert.assignee || t("cases.a_colleague") });
  const said = (alert.person?.pronoun ?? "").toLowerCase().split("/")[0];
  const known = { he: "him", él: "him", she: "her", ella: "her", they: "them", elle: "them" }[said];
  return t(known ? `now.tech_with_${known}` : "now.tech_helping");
}

const lower = (words) => words.charAt(0).toLowerCase() + words.slice(1);

const moreLine = (n) =>
  h(
    "li",
    { key: "more" },
    h("span", { class: "mark" }, icon("more")),
    h("span", { class: "txt" }, h("a", { href: "#cases" }, t("now.more", { n }))),
  );

// Cases: left the lists, right the case that is chosen.

import { h } from "../dom.js";
import { icon } from "../icons.js";
import { ago, day, hour, moment, t } from "../words.js";
import { ABSENCE, explains, filled, grave, keepOrder, lists, openAlerts } from "../alerts.js";
import { firstName, fullName, numbers, roomLabel, roomName, roomWhen, silentSince } from "../rooms.js";
import { actionButton } from "./button.js";
import { caseView } from "./case.js";
import { queue } from "./unmatched.js";

let order = []; // of the rows, as they stood while one was focused

export function cases(app) {
  const found = lists(app.known, app.now);
  const chosen = app.known.alerts[app.chosenCase] ?? null;
  settle(found);
  return h(
    "main",
    { class: "tool", key: "cases", "data-chosen": chosen ? "yes" : "no" },
    h(
      "section",
      { class: "list", "aria-label": t("cases.list") },
      h("header", {}, h("h1", {}, sentence(app, found)), heldBack(found)),
      found.rooms.length
        ? [
            heading(t("cases.absences"), hour(app.now, app.zone)),
            h("ul", {}, found.rooms.map((room) => roomRows(app, room))),
          ]
        : null,
      found.cases.length
        ? [
            heading(t("cases.by_need"), t("cases.by_need_order")),
            h("ul", {}, found.cases.map((alert) => caseRow(app, alert))),
          ]
        : null,
      queue(app, heading),
      found.later.length
        ? [
            heading(t("cases.later"), t("cases.later_order")),
            h("ul", {}, found.later.map((alert) => caseRow(app, alert))),
          ]
        : null,
      found.handed.length
        ? [
            heading(t("cases.handed"), t("cases.handed_order")),
            h("ul", {}, found.handed.map((alert) => caseRow(app, alert, true))),
          ]
        : null,
    ),
    chosen ? caseView(app, chosen) : nothingChosen(found),
    keys(),
  );
}

/** The rows' ids from top to bottom, for J and K. */
export function rowIds(app) {
  const found = lists(app.known, app.now);
  settle(found);
  return [
    ...found.rooms.flatMap(({ session, alerts }) =>
      isFolded(app, session) ? [] : alerts.map((alert) => alert.alert_id),
    ),
    ...found.cases.map((alert) => alert.alert_id),
    ...found.later.map((alert) => alert.alert_id),
    ...found.handed.map((alert) => alert.alert_id),
  ];
}

/** Nothing moves under a focused row; without focus the order is by need again. */
function settle(found) {
  const focused = document.activeElement?.closest?.(".list .row");
  if (focused) {
    found.rooms = keepOrder(found.rooms, (room) => room.session, order);
    found.cases = keepOrder(found.cases, (alert) => alert.alert_id, order);
  }
  order = [
    ...found.rooms.map((room) => room.session),
    ...found.cases.map((alert) => alert.alert_id),
  ];
}

function sentence(app, found) {
  if (!app.known.begun) return t("live.wait");
  if (found.open) return howMany(app.known, found);
  if (app.queue.length) return t("match.sentence", { n: app.queue.length });
  const since = app.truth.state === "yes" && app.truth.since;
  if (!since || found.held) return t("cases.none_known");
  return `${nothing(app)} ${t("live.since", { at: hour(since, app.zone) })}`;
}

/** In shadow mode no cases are no calm. */
export const nothing = (app) => t(app.live?.shadow ? "shadow.nothing" : "now.nothing");

/** "5 open, 4 free to take"; for who can take none of them, that nobody has. */
export const howMany = (known, { open: n, free }) =>
  t(openAlerts(known).some((alert) => alert.may_act) ? "cases.sentence" : "cases.sentence_watched", { n, free });

/** What is not listed is said, so that a short list is not taken for calm. */
const heldBack = ({ held }) => (held ? h("p", { class: "soft" }, t("cases.held", { n: held })) : null);

const heading = (words, aside) => h("h2", {}, words, h("span", {}, aside));

const isFolded = (app, session) => app.folded.has(session);

function roomRows(app, { session, alerts }) {
  const board = app.known.boards[session];
  const folded = isFolded(app, session);
  const name = board ? roomLabel(board, app.known.boards) : roomName(alerts[0]);
  const of = board ? numbers(board.counts).of : null;
  const missing = board ? Math.max(alerts.length, board.counts.expected ?? 0) : alerts.length;
  const failed = alerts.every((alert) => alert.rule === "could_not_connect");
  const absent = { n: failed ? alerts.length : missing, of, room: name };
  const silent = silentSince(app.known.live, board);
  const free = alerts.filter((alert) => !alert.assignee).length;
  const severity = grave(alerts);
  const counted = alerts.find((alert) => alert.evidence.grace_minutes !== undefined);
  const { opened_at: opened, grace_minutes: grace } = counted?.evidence ?? {};
  const since = opened ?? board?.opened_at ?? null;
  const zone = alerts[0].time_zone;
  return [
    h(
      "li",
      { class: "row room-row", key: session, onclick: () => app.fold(session) },
      mark(severity),
      h(
        "button",
        {
          class: "what fold",
          type: "button",
          "aria-expanded": String(!folded),
          onclick: (click) => {
            click.stopPropagation();
            app.fold(session);
          },
        },
        silent
          ? t("cases.room_unmeasured", { room: name, at: hour(silent, alerts[0].time_zone) })
          : failed
            ? t("cases.room_failed", absent)
            : of
              ? t("cases.room_absent", absent)
              : t("cases.room_absent_few", absent),
        " ",
        icon(folded ? "closed" : "opened"),
      ),
      h("span", { class: "has" }, free ? t("cases.free", { n: free }) : t("cases.all_taken")),
      h("span", { class: "why" }, silent ? t("cases.unmeasured_why") : (since && grace && past(app, since, grace)) || (board && roomWhen(board))),
      h("span", { class: "since num" }, since ? t("cases.opened", { at: hour(since, zone) }) : ""),
    ),
    folded ? null : alerts.map((alert) => personRow(app, alert)),
  ];
}

function past(app, opened, grace) {
  const minutes = Math.max(0, Math.floor((app.now - opened) / 60_000) - grace);
  return minutes ? t("cases.past_grace", { m: minutes, grace }) : null;
}

function personRow(app, alert) {
  const language = alert.person?.language;
  const unmeasured = isUnmeasured(app, alert);
  return row(app, alert, {
    under: true,
    shape: unmeasured ? "info" : alert.rule === "missed_session" ? "expected" : "dropped",
    what: [
      fullName(alert.person),
      language ? h("span", { class: "quiet" }, ` · ${languageName(language)}`) : null,
    ],
    why: unmeasured ? t("cases.unmeasured_why") : filled(alert.reason, alert, app.now),
    since: ago(app.now - alert.raised_at),
  });
}

/** An absence in a room whose platform is silent: nobody knows whether it still is one. */
export const isUnmeasured = (app, alert) =>
  alert.rule === "missed_session" && Boolean(silentSince(app.known.live, app.known.boards[alert.session_id]));

export function languageName(code) {
  const base = code.split("-")[0];
  const names = { en: "English", es: "Español", pt: "Português", fr: "Français", zh: "中文", vi: "Tiếng Việt" };
  return names[base] ?? code;
}

function caseRow(app, alert, handed = false) {
  const board = app.known.boards[alert.session_id];
  const room = board ? roomLabel(board, app.known.boards) : alert.track ? roomName(alert) : null;
  const who = alert.person ? fullName(alert.person) : alert.program;
  return row(app, alert, {
    done: handed,
    shape: alert.severity,
    what: alert.title,
    why: [who, room, filled(alert.reason, alert, app.now), explained(app, alert)].filter(Boolean).join(" · "),
    since: handed ? day(alert.raised_at, alert.time_zone) : moment(alert.raised_at, app.now, alert.time_zone),
  });
}

function explained(app, alert) {
  const n = explains(app.known, alert);
  return n ? t("cases.explains", { n }) : null;
}

function row(app, alert, { under = false, done = false, shape, what, why, since }) {
  const current = app.chosenCase === alert.alert_id;
  return h(
    "li",
    {
      class: ["row", under && "under", done && "done"].filter(Boolean).join(" "),
      key: alert.alert_id,
      "aria-current": current ? "true" : null,
      "data-alert": alert.alert_id,
      onclick: () => app.openCase(alert),
    },
    mark(alert.severity, shape),
    h(
      "a",
      { class: "what", href: `#cases/${alert.alert_id}`, onclick: (click) => click.stopPropagation() },
      what,
    ),
    h("span", { class: "has" }, holder(app, alert)),
    h("span", { class: "why" }, why),
    h("span", { class: "since num" }, since),
  );
}

function mark(severity, shape = severity) {
  return h(
    "span",
    { class: "mark", "data-level": severity },
    icon(shape),
    h("span", { class: "hidden" }, t(`severity.${severity}`)),
  );
}

/** Who has it; or what to do about it when nobody has. */
function holder(app, alert) {
  if (alert.mine) return h("b", {}, t("cases.you"));
  if (alert.assignee !== undefined) return alert.assignee || t("cases.a_colleague");
  if (!alert.may_act) return "";
  return h(
    "span",
    { class: "acts" },
    alert.state === "open"
      ? actionButton(app, `acknowledge ${alert.alert_id}`, t("cases.acknowledge"), () => app.acknowledge(alert), {
          class: "bare",
          "aria-label": `${t("cases.acknowledge")}: ${about(alert)}`,
        })
      : h("span", { class: "quiet" }, t("cases.seen")),
    actionButton(app, `take ${alert.alert_id}`, t("cases.take"), () => app.take(alert), {
      "aria-label": `${t("cases.take")}: ${about(alert)}`,
    }),
  );
}

const about = (alert) =>
  ABSENCE.includes(alert.rule) && alert.person ? firstName(alert.person) : alert.title;

function nothingChosen(found) {
  return h(
    "article",
    { class: "detail empty", key: "none" },
    h("p", { class: "soft" }, t(found.open ? "cases.choose" : "cases.none_chosen")),
  );
}

function keys() {
  const key = (letters, words) =>
    h("span", {}, letters.map((letter) => (letter === "–" ? letter : h("kbd", {}, letter))), words);
  return h(
    "footer",
    { class: "keys" },
    key(["J", "K"], t("keys.next")),
    key(["T"], t("keys.take")),
    key(["A"], t("keys.acknowledge")),
    key(["1", "–", "9"], t("keys.result")),
    key(["Z"], t("keys.undo")),
    h("span", { class: "aside" }, h("kbd", {}, "?"), t("keys.all")),
  );
}

// Who is not matched: whom it may be, in one tap; in a room's lines and in the queue under Cases.

import { h } from "../dom.js";
import { icon } from "../icons.js";
import { hour, day, t } from "../words.js";
import { candidates } from "../queue.js";
import { firstName, fullName, roomLabel, seats } from "../rooms.js";
import { actionButton } from "./button.js";

const SUGGESTED = 2;

/** Buttons for those absent, and a menu with everybody else; `match(person)`, null: no patient. */
export function whoIsIt(app, id, { absent, others }, match) {
  const key = (person) => `match ${id} ${person?.id ?? "nobody"}`;
  const button = (person, words) => actionButton(app, key(person), words, () => match(person, key(person)));
  const rest = absent.slice(SUGGESTED);
  const lot = (words, people) =>
    people.length ? [h("p", { class: "quiet" }, words), people.map((one) => button(one, fullName(one)))] : null;
  return h(
    "span",
    { class: "acts" },
    absent.slice(0, SUGGESTED).map((one) => button(one, t("now.it_is", { name: firstName(one) }))),
    h(
      "details",
      { class: "menu words", name: "menu" },
      h("summary", { class: "button" }, t(absent.length ? "now.someone_else" : "match.who")),
      h(
        "div",
        { class: "pop" },
        lot(t("match.absent"), rest),
        lot(t(absent.length || rest.length ? "match.here" : "match.roster"), others),
        button(null, t("now.not_a_patient")),
      ),
    ),
  );
}

/** Those nobody has matched, as rows under Cases. */
export function queue(app, heading) {
  if (!app.queue.length) return null;
  return [
    heading(t("match.heading"), t("match.follows")),
    h("ul", { class: "unmatched", key: "unmatched" }, app.queue.map((one) => row(app, one))),
  ];
}

function row(app, one) {
  const latest = one.sessions[0];
  const board = app.known.boards[latest.session_id];
  const people = candidates(
    board?.people && seats(board),
    board ? null : app.roster(latest.session_id),
  );
  const held = app.held?.about === one.id;
  return h(
    "li",
    { class: "row", key: `unmatched ${one.id}`, "data-unmatched": one.id },
    h("span", { class: "mark", "data-level": one.present ? "warning" : "info" }, icon("unmatched")),
    h("b", { class: "what" }, t(one.present ? "match.present" : "match.gone")),
    h("span", { class: "why" }, where(app, one, board).join(" · ")),
    h(
      "div",
      { class: "why" },
      held ? h("span", { class: "notice" }, t("act.held", { what: app.held.words })) : whoIsIt(app, one.id, people, (person, key) => app.matchQueued(one, person, key)),
    ),
  );
}

function where(app, one, board) {
  const { starts_at: starts, first_at: first, last_at: last } = one.sessions[0];
  const zone = board?.time_zone ?? app.zone;
  const today = day(starts, zone) === day(app.now, zone);
  return [
    board ? roomLabel(board, app.known.boards) : t("match.session", { at: hour(starts, zone) }),
    today ? null : day(starts, zone),
    one.present ? t("now.since", { at: hour(first, zone) }) : t("match.span", { from: hour(first, zone), to: hour(last, zone) }),
    one.sessions.length > 1 ? t("match.sessions", { n: one.sessions.length }) : null,
    one.counts ? null : t("match.late"),
  ].filter(Boolean);
}

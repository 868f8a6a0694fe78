// One person's tile: name and menu, state and minutes, the last 30 minutes, the connection.

import { h } from "../dom.js";
import { icon } from "../icons.js";
import { has, hour, t } from "../words.js";
import { strip } from "../plots.js";
import { CRISIS, ofPerson, ofSession } from "../alerts.js";
import { firstName, fullName, isOver, looksBack, seats, silentSince } from "../rooms.js";
import { actionButton } from "./button.js";
import { help } from "./lines.js";

export const MARKS = [
  ["X", "excused"],
  ["L", "late"],
  ["M", "in_person"],
  ["W", "with"],
  ["P", "phone"],
  ["O", "other_group"],
];

const SHAPE = {
  present: "here",
  in_person: "in_person",
  expected: "expected",
  waiting: "waiting",
  away: "dropped",
  left: "left",
  excused: "excused",
};

export function tile(app, board, seat) {
  const { person } = seat;
  const asked = ofPerson(ofSession(app.known, board.session_id), person.id).find((alert) =>
    CRISIS.includes(alert.rule),
  );
  return h(
    "li",
    {
      class: "tile",
      key: person.id,
      tabindex: -1,
      "data-state": asked ? "asked" : seat.state,
      "data-person": person.id,
    },
    h("h2", {}, fullName(person)),
    board.may_act && menu(app, board, seat),
    h("div", { class: "facts" }, asked ? askedState(asked) : state(app, board, seat), line(app, board, seat)),
    picture(seat),
  );
}

function askedState(alert) {
  const at = hour(alert.evidence.at ?? alert.raised_at, alert.time_zone);
  return h(
    "p",
    { class: "state" },
    icon("critical"),
    h("span", {}, t("tile.asked")),
    h("span", { class: "num" }, at),
  );
}

function state(app, board, seat) {
  const at = hour(seat.since, board.time_zone);
  const unmeasured = silentSince(app.known.live, board) && seat.state !== "in_person";
  const missed = seat.state === "expected" && isOver(board, app.now);
  const key = missed ? "missed" : seat.state === "in_person" ? (seat.marked ?? "in_person") : seat.state;
  const notice = ["away", "waiting"].includes(seat.state);
  return h(
    "p",
    { class: notice ? "state notice" : "state" },
    icon(unmeasured ? "info" : (SHAPE[seat.state] ?? "info")),
    h("span", {}, unmeasured ? t("tile.unmeasured") : t(`tile.${key}`, { at })),
    h("span", { class: "num" }, minutes(app, board, seat)),
  );
}

/** Minutes so far, going on by themselves while the page is live; else "as of". */
function minutes(app, board, seat) {
  if (["away", "left"].includes(seat.state)) return ""; // its words say when
  if (app.truth.state === "no" && app.truth.since) {
    return t("tile.as_of", { at: hour(app.truth.since, board.time_zone) });
  }
  if (!["present", "in_person"].includes(seat.state)) return "";
  const going = seat.state === "present" && board.state !== "ended";
  const more = going ? Math.max(0, Math.min(app.now, board.ends_at) - board.ts) : 0;
  return seat.present_ms + more < 1 ? "" : t("span.minutes", { m: Math.floor((seat.present_ms + more) / 60_000) });
}

function line(app, board, seat) {
  if (app.held?.about === seat.person.id) {
    return h("p", { class: "line" }, h("span", { class: "notice" }, t("act.held", { what: app.held.words })));
  }
  if (seat.marked === "late" && seat.state === "expected") {
    const at = hour(seat.marked_at, board.time_zone);
    return h("p", { class: "line" }, h("span", {}, t("tile.late", { at })));
  }
  const trouble = troubleOf(app, board, seat);
  if (trouble && seat.state === "expected" && !silentSince(app.known.live, board)) {
    return h("p", { class: "line more" }, h("span", {}, trouble));
  }
  if (["expected", "excused", "waiting"].includes(seat.state)) return h("p", { class: "line more" });
  if (["away", "left"].includes(seat.state)) {
    const helped = ofPerson(ofSession(app.known, board.session_id), seat.person.id).find(
      (alert) => alert.assignee !== undefined,
    );
    return h(
      "p",
      { class: "line more" },
      h("span", {}, helped ? upper(help(helped)) : ""),
      h("span", { class: "aside" }, t("span.minutes", { m: Math.floor(seat.present_ms / 60_000) })),
    );
  }
  return h("p", { class: "line" }, connection(board, seat), h("span", { class: "aside" }, trouble ?? aside(seat)));
}

function connection(board, seat) {
  if (seat.state === "in_person" || !seat.connection) {
    return h("span", { class: "long" }, t("tile.no_line"));
  }
  const bad = isBad(seat);
  const since = seat.connection_since && hour(seat.connection_since, board.time_zone);
  return [
    h("span", { class: bad ? "notice signal" : "signal" }, icon(seat.connection)),
    h(
      "span",
      {},
      t(`line.${seat.connection}`),
      bad && since ? h("span", { class: "long" }, ` ${t("now.since", { at: since })}`) : null,
    ),
  ];
}

const upper = (words) => words.charAt(0).toUpperCase() + words.slice(1);

const isBad = (seat) => ["poor", "lost"].includes(seat.connection);

/** What the board says, else what an alert about the person says, in a few words; not again that a
 * line is poor, which its bars say. */
function troubleOf(app, board, seat) {
  const rules = [seat.trouble, ...ofPerson(ofSession(app.known, board.session_id), seat.person.id).map((one) => one.rule)];
  const rule = rules.find((one) => has(`trouble.${one}`) && !(one === "poor_connection" && isBad(seat)));
  return rule ? t(`trouble.${rule}`) : null;
}

function aside(seat) {
  if (seat.marked === "leaves_early") return t("tile.leaves_early");
  return seat.camera === "off" ? t("tile.camera_off") : "";
}

function picture(seat) {
  const recent = seat.recent || "n".repeat(30);
  const paths = strip(recent.slice(-30).padStart(30, "n"));
  return h(
    "svg",
    {
      class: "strip",
      viewBox: "0 0 150 22",
      preserveAspectRatio: "none",
      role: "img",
      "aria-label": t("tile.strip", { name: fullName(seat.person) }),
    },
    paths.map(({ class: name, d }) => h("path", { class: name, d })),
  );
}

function menu(app, board, seat) {
  const { person } = seat;
  const words = MARKS.map(([kbd, mark]) =>
    mark === "with"
      ? withSomeone(app, board, seat, kbd)
      : actionButton(
          app,
          `mark ${person.id} ${mark}`,
          t(`mark.${mark}`),
          () => app.mark(board, person, mark),
          { kbd },
        ),
  );
  return h(
    "details",
    { class: "menu", name: "menu" },
    h("summary", { "aria-label": t("mark.label", { name: fullName(person) }) }, icon("more")),
    h("div", { class: "pop" }, h("p", { class: "whose quiet" }, fullName(person)), words, h("a", { href: `#people/${person.id}` }, t("people.card")), looksBack(app.me) && h("a", { href: `#people/${person.id}/weeks` }, t("weeks.open"))),
  );
}

function withSomeone(app, board, seat, kbd) {
  const others = seats(board).filter((one) => one.person.id !== seat.person.id);
  return h(
    "details",
    { class: "with" },
    h("summary", {}, t("mark.with"), h("kbd", { "aria-hidden": "true" }, kbd)),
    h(
      "div",
      { class: "others" },
      others.map((one) =>
        actionButton(app, `mark ${seat.person.id} with ${one.person.id}`, firstName(one.person), () =>
          app.mark(board, seat.person, "with", one.person),
        ),
      ),
    ),
  );
}

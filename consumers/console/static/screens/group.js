// One room's people: the sentence first, then four lines at most, then tiles.

import { h } from "../dom.js";
import { icon } from "../icons.js";
import { hour, span, t } from "../words.js";
import { course, marks } from "../plots.js";
import { numbers, roomLabel, roomWhen, seats, silentSince } from "../rooms.js";
import { counted } from "./now.js";
import { actionButton } from "./button.js";
import { lines } from "./lines.js";
import { tile } from "./tile.js";

export function group(app, board, back) {
  const people = seats(board);
  return h(
    "main",
    { class: "now", key: `group ${board.session_id}` },
    back,
    h(
      "section",
      { class: "group" },
      h(
        "div",
        {},
        h("p", { class: "where" }, `${roomLabel(board, app.known.boards)} · ${roomWhen(board)}`),
        h("h1", { class: "here" }, headline(app, board)),
        lines(app, board),
      ),
      presence(app, board),
    ),
    board.people
      ? [h("ul", { class: "tiles" }, people.map((seat) => tile(app, board, seat))), legend(board)]
      : h("p", { class: "soft" }, t("now.no_names")),
  );
}

/** Once all have gone from a session that is over, who was there; nobody is missing any more. */
function headline(app, board) {
  const told = numbers(board.counts);
  const over = board.state === "ended" || app.now > board.ends_at;
  if (over && !board.people) return t("now.over");
  if (!over || told.here) return counted(app, told, silentSince(app.known.live, board));
  const came = seats(board).filter((seat) => seat.present_ms > 0).length;
  return [h("span", {}, came), " ", h("span", { class: "of" }, t("now.of_were_here", { n: came, of: told.of }))];
}

function presence(app, board) {
  const { starts_at: starts, ends_at: ends, time_zone: zone } = board;
  const minutes = Math.max(1, Math.round((ends - starts) / 60_000));
  const most = Math.max(numbers(board.counts).of, ...board.here, 1);
  const { edge, area } = course(board.here, most);
  const shown = app.truth.state === "no" && app.truth.since ? app.truth.since : app.now;
  const at = Math.min(100, Math.max(0, ((app.now - starts) / (ends - starts)) * 100));
  return h(
    "figure",
    { class: "course" },
    h(
      "figcaption",
      {},
      h("span", {}, t("now.by_minute")),
      h("b", { class: "num" }, `${hour(app.now, zone)} · ${timeLeft(app, board)}`),
    ),
    h(
      "svg",
      { class: "plot", role: "img", "aria-label": t("now.by_minute_label", { n: board.here.at(-1) ?? 0, of: most, at: hour(shown, zone) }) },
      rule(10, most),
      most > 1 && rule(55, most % 2 ? "" : most / 2),
      rule(99.5, ""),
      h(
        "svg",
        { viewBox: `0 0 ${minutes} 100`, preserveAspectRatio: "none", width: "100%", height: "100%" },
        h("path", { class: "area", d: area }),
        h("path", { class: "edge", d: edge }),
      ),
      app.now >= starts &&
        h("line", { class: "now-mark", x1: `${at}%`, x2: `${at}%`, y1: "4%", y2: "100%" }),
    ),
    h("div", { class: "hours" }, marks(starts, ends).map((mark) => h("span", {}, hour(mark, zone)))),
    board.may_act && board.state !== "ended" && h("div", { class: "acts" }, breakButton(app, board)),
  );
}

const rule = (y, words) => [
  h("line", { class: "rule", x1: "0", x2: "100%", y1: `${y}%`, y2: `${y}%` }),
  words === "" ? null : h("text", { x: "100%", y: `${y}%`, dy: -4, "text-anchor": "end" }, words),
];

function timeLeft(app, board) {
  if (app.now < board.starts_at) return t("now.starts_in", { span: span(board.starts_at - app.now) });
  if (board.state === "ended" || app.now > board.ends_at) return t("now.ended");
  return t("now.left", { span: span(board.ends_at - app.now) });
}

function breakButton(app, board) {
  const on = board.state === "break";
  return actionButton(
    app,
    `break ${board.session_id}`,
    on ? t("now.break_end", { span: span(app.now - (board.break_since ?? app.now)) }) : t("now.break_start"),
    () => app.setBreak(board, !on),
    { kbd: "B", "aria-pressed": String(on), disabled: board.state !== "held" && !on },
  );
}

function legend(board) {
  const sample = (kind, words) =>
    h(
      "span",
      {},
      h(
        "svg",
        { class: "strip", viewBox: "0 0 30 22", width: 24, height: 16, preserveAspectRatio: "none", "aria-hidden": "true" },
        kind.map(([name, d]) => h("path", { class: name, d })),
      ),
      t(words),
    );
  return h(
    "p",
    { class: "legend" },
    h("span", {}, t("now.legend")),
    sample([["m-area", "M0 3H30V22H0Z"], ["m-line", "M0 3H30"]], "legend.good"),
    sample([["m-area", "M0 10H30V22H0Z"], ["m-line", "M0 10H30"]], "legend.fair"),
    sample([["p-area", "M0 16H30V22H0Z"], ["p-line", "M0 16H30"]], "legend.poor"),
    sample([["i-area", "M0 3H30V22H0Z"], ["i-line", "M0 3H30"]], "legend.unmeasured"),
    sample([["a-line", "M0 21H30"]], "legend.absent"),
    board.may_act &&
      h(
        "span",
        { class: "aside" },
        h("kbd", {}, "1"), "–", h("kbd", {}, "0"), t("keys.tile"),
        h("kbd", {}, "B"), t("keys.break"),
      ),
  );
}

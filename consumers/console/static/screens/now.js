// Now: the host's group; for who hosts nothing now, one row a room that opens to its people.

import { h } from "../dom.js";
import { icon } from "../icons.js";
import { hour, t } from "../words.js";
import { cares, isOpen, isOver, isRunning, numbers, ownRoom, roomLabel, roomName, roomWhen, silentSince, unhosted } from "../rooms.js";
import { acrossRooms, lists, ofSession } from "../alerts.js";
import { course } from "../plots.js";
import { howMany, nothing } from "./cases.js";
import { group } from "./group.js";
import { alertLine } from "./lines.js";

export function now(app) {
  if (!app.known.begun) return waiting();
  const chosen = app.known.boards[app.chosenRoom];
  if (chosen) return group(app, chosen, chosen.hosting ? null : back());
  const own = ownRoom(app.known.boards, app.now);
  if (own && !isOver(own, app.now)) return group(app, own, null);
  return rooms(app);
}

/** The rooms that the page needs the people of. */
export function watched(app) {
  if (app.screen === "cases") return queued(app);
  if (app.screen !== "now" || !app.chosenRoom) return [];
  const board = app.known.boards[app.chosenRoom];
  return board && !board.hosting ? [app.chosenRoom] : [];
}

/** Those of the rooms in which somebody is to be matched. */
const queued = (app) =>
  [...new Set(app.queue.map((one) => one.sessions[0].session_id))]
    .filter((id) => app.known.boards[id] && !app.known.boards[id].hosting)
    .slice(0, 20);

/** Before anything is known: outlines without names. */
function waiting() {
  const outlines = Array.from({ length: 10 }, (_, at) =>
    h("li", { class: "tile", "data-state": "unknown", key: `outline ${at}`, "aria-hidden": "true" }),
  );
  return h(
    "main",
    { class: "now", key: "waiting" },
    h("h1", { class: "first-words" }, t("live.wait")),
    h("ul", { class: "tiles" }, outlines),
  );
}

const back = () => h("a", { class: "back", href: "#now" }, icon("back"), t("now.all_rooms"));

function rooms(app) {
  const label = (board) => `${roomName(board)} ${board.host ?? ""}`;
  const shown = Object.values(app.known.boards)
    .filter((board) => isOpen(board, app.now))
    .sort((a, b) => a.starts_at - b.starts_at || label(a).localeCompare(label(b)) || (a.session_id < b.session_id ? -1 : 1));
  if (!shown.length) return quiet(app);
  const silent = shown.filter((board) => silentSince(app.known.live, board));
  const running = shown.filter((board) => isRunning(board, app.now));
  const said = [...nobodyOnDuty(app, running), ...acrossRooms(app.known).map((alert) => alertLine(app, alert))];
  const open = running.length ? running : shown; // who is not due yet, or gone, is not absent
  const all = open.filter((board) => !silent.includes(board)).reduce(
    (sum, { counts }) => {
      const { here, of } = numbers(counts);
      return { here: sum.here + here, of: sum.of + of };
    },
    { here: 0, of: 0 },
  );
  return h(
    "main",
    { class: "now", key: "rooms" },
    h(
      "p",
      { class: "where" },
      t("now.rooms_open", { n: open.length }),
      silent.length ? ` · ${t("now.rooms_unmeasured", { n: silent.length })}` : null,
    ),
    h("h1", { class: "here" }, counted(app, all, silent.length === shown.length)),
    said.length ? h("ul", { class: "facts-list" }, said) : null,
    h("ul", { class: "rooms" }, shown.map((board) => roomRow(app, board))),
  );
}

/** People have the help button before them, and nobody would be rung: said before one presses it. */
function nobodyOnDuty(app, running) {
  if (!cares(app.me) || app.truth.state !== "yes") return [];
  const duty = app.known.live.duty ?? {};
  const alone = new Set(running.map((board) => board.program_id).filter((id) => !duty[id]));
  if (!alone.size) return [];
  return [
    h(
      "li",
      { key: "nobody on duty" },
      h("span", { class: "mark", "data-level": "warning" }, icon("alert")),
      h("span", { class: "txt" }, t("now.nobody_on_duty", { n: alone.size })),
    ),
  ];
}

export function counted(app, { here, of }, unmeasured) {
  const { truth } = app;
  if (unmeasured) return t("now.not_measured");
  const at = truth.state === "no" && truth.since != null ? hour(truth.since, app.zone) : null;
  const rest = at ? t("now.of_here_at", { of, at }) : t("now.of_here", { of });
  return [h("span", {}, here), " ", h("span", { class: "of" }, rest)];
}

function roomRow(app, board) {
  const told = numbers(board.counts);
  const alerts = ofSession(app.known, board.session_id);
  const zone = board.time_zone;
  const before = board.starts_at > app.now ? t("now.begins", { at: hour(board.starts_at, zone) }) : null;
  const after = !before && !isRunning(board, app.now) ? t("now.ended") : null;
  const silent = silentSince(app.known.live, board);
  const has = silent ? h("span", { class: "notice" }, t("now.not_measured")) : (before ?? after);
  const label = roomLabel(board, app.known.boards);
  const where = [board.host && !label.includes(board.host) && hosted(board), roomWhen(board)].filter(Boolean);
  return h(
    "li",
    { class: "room", key: board.session_id },
    h(
      "a",
      { href: `#now/${board.session_id}` },
      h("span", { class: "mark", "data-level": alerts[0]?.severity ?? "none" }, icon(alerts[0]?.severity ?? "here")),
      h("span", { class: "what" }, label),
      h("span", { class: "why" }, where.join(" · ")),
      sketch(board),
      h("span", { class: "has" }, has ?? [h("b", {}, told.here), ` ${t("now.of_here", { of: told.of })}`]),
      h(
        "span",
        { class: "since" },
        silent
          ? t("now.since", { at: hour(silent, zone) })
          : troubles(told, alerts, unhosted(board, app.now)),
      ),
    ),
  );
}

/** The room's presence so far, small. */
function sketch(board) {
  const minutes = Math.max(1, Math.round((board.ends_at - board.starts_at) / 60_000));
  const { edge, area } = course(board.here, Math.max(numbers(board.counts).of, ...board.here, 1));
  return h(
    "svg",
    { class: "plot", viewBox: `0 0 ${minutes} 100`, preserveAspectRatio: "none", "aria-hidden": "true" },
    h("path", { class: "area", d: area }),
    h("path", { class: "edge", d: edge }),
    h("line", { class: "rule", x1: 0, x2: minutes, y1: 99, y2: 99 }),
  );
}

const hosted = (board) => t("now.hosted", { host: board.host, at: hour(board.ends_at, board.time_zone) });

function troubles(told, alerts, alone) {
  const words = alone ? [t("now.no_host", { n: alone })] : [];
  const free = alerts.filter((alert) => alert.assignee === undefined).length;
  if (alerts.length) words.push(t("now.alerts", { n: alerts.length }));
  if (free) words.push(t("cases.free", { n: free }));
  if (told.waiting) words.push(t("now.waiting", { n: told.waiting }));
  if (told.unmatched) words.push(t("now.unmatched", { n: told.unmatched }));
  return words.join(" · ");
}

/** An empty page says since when it has been true. */
function quiet(app) {
  const next = Object.values(app.known.boards)
    .filter((board) => board.starts_at > app.now && board.state !== "cancelled")
    .sort((a, b) => a.starts_at - b.starts_at)[0];
  const since = app.truth.state === "yes" && app.truth.since;
  const { open, free } = lists(app.known, app.now);
  return h(
    "main",
    { class: "first", key: "quiet" },
    h("h1", {}, open ? h("a", { href: "#cases" }, howMany(app.known, { open, free })) : since ? nothing(app) : t("now.no_rooms")),
    h(
      "p",
      { class: "lead" },
      since ? `${t("live.since", { at: hour(app.truth.since, app.zone) })} ` : null,
      next
        ? t("now.next", {
            at: hour(next.starts_at, next.time_zone),
            n: numbers(next.counts).of,
          })
        : t("now.none_next"),
    ),
  );
}

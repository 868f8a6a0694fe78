// A person's weeks: weeks down, session days across. For a conversation: no score, no advice.

import { h } from "../dom.js";
import { icon } from "../icons.js";
import { languageName } from "./cases.js";
import { columns, figures, hoursOf, mondayOf, placed, rows, weekdayOf } from "../weeks.js";
import { day, hour, moment, span, spoken, t } from "../words.js";

const HOUR = 3_600_000;
const FIRST = "care_fit_review";
/** Alerts of a week that stand in the row; the others behind a count. */
const SHOWN = 4;
const MARKS = {
  attended: "here",
  partial: "half",
  in_person: "in_person",
  missed: "missed",
  could_not_connect: "dropped",
  excused: "none",
  not_held: "none",
  unknown: "unmatched",
  cancelled: "none",
  ahead: "expected",
  running: "waiting",
};
const BY_NOTICE = ["partial", "missed", "could_not_connect"];

export function weeks(app) {
  app.keepPeople();
  const card = app.card(app.chosenPerson);
  const known = app.weeksOf(app.chosenPerson);
  const name = app.people?.find((one) => one.participant_id === app.chosenPerson)?.name ?? card?.preferred ?? "";
  return h(
    "main",
    { class: "person", key: "weeks" },
    h("a", { class: "back", href: `#people/${app.chosenPerson}` }, icon("back"), t("people.card")),
    h(
      "header",
      {},
      h("div", {}, h("h1", {}, name || t("weeks.title")), h("p", { class: "soft" }, below(known, card))),
      h(
        "div",
        { class: "acts" },
        known.told && again(app, known),
        card?.chart && h("a", { class: "button", href: card.chart, target: "_blank", rel: "noreferrer noopener" }, t("case.chart")),
      ),
    ),
    body(app, known, card),
  );
}

const again = (app, known) =>
  h("button", { type: "button", onclick: app.readWeeksAgain, disabled: known.asking || null }, t(known.asking ? "people.wait" : "weeks.again"));

function below(known, card) {
  const parts = [card?.language && languageName(card.language), card?.pronoun];
  if (known.told) parts.push(t("weeks.as_of", { at: `${day(known.told.as_of, known.zone)}, ${hour(known.told.as_of, known.zone)}` }));
  return parts.filter(Boolean).join(" · ");
}

function body(app, known, card) {
  if (!known.told && known.failed === "404") return h("p", { class: "lead" }, t("weeks.not_yours"));
  if (!known.told && known.failed) {
    return [
      h("p", { class: "lead notice" }, t("weeks.failed", { code: known.failed })),
      again(app, known),
    ];
  }
  if (!known.told) return h("p", { class: "lead soft" }, t("weeks.wait"));
  const alerts = known.alerts ?? [];
  const all = rows(known.told.weeks, alerts, known.zone);
  return [
    known.failed ? h("p", { class: "lead notice" }, t(known.alerts ? "weeks.again_failed" : "weeks.alerts_failed", { code: known.failed })) : null,
    all.length ? null : h("p", { class: "lead" }, t("weeks.none", { day: dayOnly(known.told.since, known.zone) })),
    known.told.weeks.length ? sums(known, card) : null,
    standing(app, known, alerts),
    all.length ? [table(app, known, all), legend(), h("p", { class: "quiet" }, t("weeks.kept", { day: dayOnly(known.told.since, known.zone) }))] : null,
  ];
}

/** "17 Nov" */
const dayOnly = (at, zone) => day(at, zone).split(" ").slice(1).join(" ");
const weekday = (at, zone) => day(at, zone).split(" ")[0];
const noon = (date) => Date.parse(`${date}T12:00Z`);

const figure = (hours) => new Intl.NumberFormat(spoken(), { maximumFractionDigits: 1 }).format(hours);
const hours = (ms) => t("weeks.h", { h: figure(ms / HOUR) });

function sums(known, card) {
  const all = known.told.weeks;
  const so = figures(all, mondayOf(known.told.as_of, known.zone));
  const first = all.at(-1).sessions[0];
  const prescribed = all.find((week) => week.prescribed)?.prescribed;
  const pair = (label, value, more) => h("div", {}, h("dt", {}, label), h("dd", {}, value, more && h("small", {}, ` ${more}`)));
  const now = so.present_week;
  return h(
    "dl",
    { class: "sums" },
    so.counted ? pair(t("weeks.sum.counted", { day: dayOnly(first.starts_at, known.zone) }), so.present, t("weeks.of_counted", { n: so.counted })) : null,
    so.full ? pair(t("weeks.sum.hours", { n: so.full }), t("weeks.h", { h: figure(so.hours / HOUR) }), prescribed && t("weeks.prescribed", { h: figure(prescribed) })) : null,
    now ? pair(t("weeks.sum.week"), hours(now.attended), now.ahead ? t("weeks.ahead", { h: hours(now.ahead) }) : null) : null,
    card?.message_safe ? pair(t("case.message"), t(`case.message.${card.message_safe}`), card.good_hours) : null,
  );
}

/** What stands open about the weeks themselves, with its figures and limits. */
function standing(app, known, alerts) {
  const open = alerts
    .filter((alert) => alert.state !== "resolved" && !alert.session_id)
    .sort((a, b) => (b.rule === FIRST) - (a.rule === FIRST));
  if (!open.length) return null;
  return h(
    "ul",
    { class: "standing", "aria-label": t("weeks.standing") },
    open.map((alert) =>
      h(
        "li",
        { key: alert.alert_id, "data-rule": alert.rule },
        mark(alert),
        h("h2", {}, alert.title, " ", h("span", { class: "quiet" }, day(alert.raised_at, known.zone))),
        h("p", { class: "why" }, alert.reason),
        alert.rule === FIRST
          ? h("dl", { class: "pairs one" }, alert.looked.map(([label, seen, limit]) => [h("dt", {}, label), h("dd", {}, seen, limit && h("span", { class: "quiet" }, ` · ${t("weeks.limit", { limit })}`))]))
          : null,
        app.known.alerts[alert.alert_id] ? h("a", { class: "button", href: `#cases/${alert.alert_id}` }, t("weeks.case")) : null,
      ),
    ),
  );
}

const mark = (alert) =>
  h("span", { class: "mark", "data-level": alert.severity }, icon(alert.severity), h("span", { class: "hidden" }, t(`severity.${alert.severity}`)));

function table(app, known, all) {
  const days = columns(known.told.weeks);
  const most = Math.max(1, ...all.map((week) => Math.max(week.prescribed ?? 0, (week.held + week.ahead) / HOUR, week.attended / HOUR)));
  return h(
    "div",
    { class: "wide", tabindex: 0, role: "region", "aria-label": t("weeks.title") },
    h(
      "table",
      { class: "weeks", "data-days": days.length },
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          h("th", { scope: "col", class: "w" }, t("weeks.week")),
          days.map(({ weekday: number, usual }) =>
            h("th", { scope: "col", class: "d", key: number }, weekday(usual.starts_at, usual.time_zone), axis(hour(usual.starts_at, usual.time_zone), hour(usual.ends_at, usual.time_zone))),
          ),
          h("th", { scope: "col", class: "h" }, t("weeks.hours"), axis("0", figure(most))),
          h("th", { scope: "col", class: "told" }, t("weeks.alerted")),
        ),
      ),
      h("tbody", {}, all.map((week) => row(app, known, week, days, most))),
    ),
  );
}

const axis = (from, to) => h("span", { class: "axis" }, h("span", {}, from), h("span", {}, to));

function row(app, known, week, days, most) {
  const present = week.monday === mondayOf(known.told.as_of, known.zone);
  return h(
    "tr",
    { key: week.monday, "data-week": week.monday },
    h(
      "th",
      { scope: "row", class: "w" },
      h("b", {}, dayOnly(noon(week.monday), "UTC")),
      present ? h("span", { class: "quiet" }, t("weeks.this")) : null,
      known.told.enrolment
        .filter((one) => mondayOf(one.from, known.zone) === week.monday)
        .map((one) => h("span", { class: "quiet" }, `${t(`enrol.is.${one.state}`)}: ${day(one.from, known.zone)}`)),
    ),
    days.map(({ weekday: number, usual }) => {
      const sessions = week.sessions.filter((one) => weekdayOf(one) === number);
      return h(
        "td",
        { key: number, class: sessions.length ? "d" : "d bare-cell", "data-day": weekday(usual.starts_at, usual.time_zone) },
        sessions.length ? sessions.map((one) => cell(known, one, usual)) : h("span", { class: "quiet" }, "–", h("span", { class: "hidden" }, t("weeks.no_session"))),
      );
    }),
    h("td", { class: "h", "data-day": "Σ" }, sum(week, most)),
    h("td", { class: "told" }, alerted(app, known, week.alerts)),
  );
}

/** What came of a session, as one word of `MARKS`. */
function cameTo(session) {
  if (session.state === "cancelled") return "cancelled";
  return session.outcome ?? (session.state === "over" ? "unknown" : session.state);
}

function cell(known, session, usual) {
  const came = cameTo(session);
  const hours = `${hour(session.starts_at, session.time_zone)}–${hour(session.ends_at, session.time_zone)}`;
  const bar = placed(session, known.alerts ?? []);
  return h(
    "div",
    { class: "session", key: session.session_id, "data-came": came },
    h("p", { class: hoursOf(session) === hoursOf(usual) ? "aside quiet usual" : "aside quiet" }, hours),
    track(known, session, came, bar),
    h(
      "p",
      { class: "out", "data-o": BY_NOTICE.includes(came) ? "notice" : came === "attended" || came === "in_person" ? "there" : "plain" },
      icon(MARKS[came]),
      h("span", {}, t(`weeks.is.${came}`)),
      session.attended_ms ? h("span", { class: "num" }, span(session.attended_ms)) : null,
    ),
    besides(session, bar).map((words) => h("p", { class: "aside quiet" }, words)),
  );
}

function besides(session, bar) {
  const zone = session.time_zone;
  const words = [];
  if (session.fault) words.push(t(`weeks.fault.${session.fault}`));
  if (session.corrected) words.push(t("weeks.corrected"));
  if (session.drops) words.push(t(session.lost_ms ? "weeks.drops_lost" : "weeks.drops", { n: session.drops, lost: span(session.lost_ms ?? 0) }));
  if (!bar.whole) words.push(t("weeks.unplaced", { from: hour(session.starts_at + bar.from * length(session), zone), to: hour(session.starts_at + bar.to * length(session), zone) }));
  return words;
}

const length = (session) => session.ends_at - session.starts_at;
const percent = (share) => `${Math.round(share * 10_000) / 100}%`;

function track(known, session, came, { from, to, whole, drops }) {
  const off = ["ahead", "excused", "cancelled", "not_held"].includes(came);
  const zone = session.time_zone;
  const now = came === "running" ? (known.told.as_of - session.starts_at) / length(session) : null;
  const there = to > from
    ? t("weeks.bar", { from: hour(session.starts_at + from * length(session), zone), to: hour(session.starts_at + to * length(session), zone) })
    : t("weeks.bar_none");
  const fell = drops.map((share) => hour(session.starts_at + share * length(session), zone)).join(", ");
  return h(
    "svg",
    { class: "track", role: "img", "aria-label": fell ? `${there} ${t("weeks.bar_drops", { at: fell })}` : there },
    off
      ? h("rect", { class: "off", x: 1, y: 2, width: "99%", height: 12, rx: 3 })
      : h("rect", { class: "bed", x: 0, y: 1, width: "100%", height: 14, rx: 3 }),
    to > from ? h("rect", { class: whole ? "in" : "some", x: percent(from), y: 1, width: percent(to - from), height: 14, rx: 2 }) : null,
    now === null ? null : h("line", { class: "now-mark", x1: percent(now), x2: percent(now), y1: -2, y2: 18 }),
    drops.map((share) => [
      h("line", { class: "cut", x1: percent(share), x2: percent(share), y1: 1, y2: 15 }),
      h("svg", { x: percent(share), y: 0, overflow: "visible" }, h("path", { class: "drop", d: "M-4.5 -4.5h9l-4.5 6.5Z" })),
    ]),
  );
}

function sum(week, most) {
  const x = (value) => percent(Math.min(1, value / most));
  const [attended, ahead] = [week.attended / HOUR, week.ahead / HOUR];
  const words = [];
  if (week.held) words.push(t("weeks.of_held", { h: hours(week.held) }));
  if (week.ahead) words.push(t("weeks.ahead", { h: hours(week.ahead) }));
  if (week.prescribed) words.push(t("weeks.prescribed", { h: figure(week.prescribed) }));
  return [
    h(
      "svg",
      { class: "track", "aria-hidden": "true" },
      h("rect", { class: "bed", x: 0, y: 1, width: "100%", height: 14, rx: 3 }),
      attended ? h("rect", { class: "in", x: 0, y: 1, width: x(attended), height: 14, rx: 2 }) : null,
      ahead ? h("rect", { class: "still", x: x(attended), y: 2, width: x(ahead), height: 12, rx: 2 }) : null,
      week.prescribed && week.prescribed < most ? h("line", { class: "now-mark", x1: x(week.prescribed), x2: x(week.prescribed), y1: -2, y2: 18 }) : null,
    ),
    h("p", { class: "out" }, h("b", {}, hours(week.attended))),
    words.map((one) => h("p", { class: "aside quiet" }, one)),
  ];
}

function alerted(app, known, alerts) {
  if (!known.alerts && !known.failed) return h("span", { class: "quiet" }, t("people.wait"));
  const list = (some) => h("ul", { class: "told" }, some.map((alert) => one(app, known, alert)));
  const rest = alerts.slice(SHOWN);
  return [
    alerts.length ? list(alerts.slice(0, SHOWN)) : null,
    rest.length ? h("details", {}, h("summary", {}, t("weeks.more", { n: rest.length })), list(rest)) : null,
  ];
}

function one(app, known, alert) {
  const title = app.known.alerts[alert.alert_id] ? h("a", { href: `#cases/${alert.alert_id}` }, alert.title) : alert.title;
  return h(
    "li",
    { key: alert.alert_id },
    mark(alert),
    h("span", { class: "day" }, weekday(alert.raised_at, known.zone)),
    h("span", {}, title, " ", h("span", { class: "quiet" }, done(known, alert))),
  );
}

/** What was done about it. Who did it is not said. */
function done(known, alert) {
  if (alert.result) return t("weeks.done.result", { result: alert.result, at: moment(alert.done_at, known.told.as_of, known.zone) });
  if (alert.explained) return t("weeks.done.explained");
  if (alert.state === "resolved") return t("weeks.done.over");
  return t(alert.taken ? "weeks.done.taken" : "weeks.done.open");
}

function legend() {
  const key = (words, ...shapes) =>
    h("span", {}, h("svg", { class: "track key", viewBox: "0 -4 28 20", "aria-hidden": "true" }, shapes), words);
  const bed = h("rect", { class: "bed", width: 28, height: 14, rx: 3 });
  const filled = (name) => h("rect", { class: name, width: 28, height: 14, rx: 3 });
  return h(
    "p",
    { class: "legend" },
    key(t("weeks.key.in"), bed, filled("in")),
    key(t("weeks.key.some"), bed, filled("some")),
    key(t("weeks.key.bed"), bed),
    key(t("weeks.key.drop"), filled("in"), h("line", { class: "cut", x1: 14, x2: 14, y1: 0, y2: 14 }), h("path", { class: "drop", d: "M9.5 -4h9l-4.5 6.5Z" })),
    key(t("weeks.key.off"), h("rect", { class: "off", x: 1, y: 1, width: 26, height: 12, rx: 3 })),
    key(t("weeks.key.still"), h("rect", { class: "still", x: 1, y: 1, width: 26, height: 12, rx: 2 })),
    key(t("weeks.key.line"), h("line", { class: "now-mark", x1: 14, x2: 14, y1: -2, y2: 16 })),
  );
}

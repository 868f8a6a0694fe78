// What a person's weeks come to before they are drawn.

import assert from "node:assert/strict";
import test from "node:test";

import { columns, figures, mondayOf, placed, rows, weekdayOf } from "../../../../consumers/console/static/weeks.js";

const ZONE = "America/New_York";
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const at = (words) => Date.parse(words);
const session = (day, { start = "18:00", ...more } = {}) => {
  const starts_at = at(`${day}T${start}-05:00`);
  return { session_id: day, kind: "group", starts_at, ends_at: starts_at + 3 * HOUR, time_zone: ZONE, state: "over", ...more };
};
const week = (monday, sessions, attended = 0) => ({ monday, attended, held: 0, ahead: 0, sessions });

test("a week begins on Monday where the session is held", () => {
  assert.equal(mondayOf(at("2026-11-16T01:00-05:00"), ZONE), "2026-11-16");
  assert.equal(mondayOf(at("2026-11-15T23:30-05:00"), ZONE), "2026-11-09");
  assert.equal(weekdayOf(session("2026-11-22")), 6);
});

test("days with sessions are columns, with the hours that most of them have", () => {
  const some = [session("2026-11-19"), session("2026-11-16"), session("2026-11-09"), session("2026-11-02", { start: "10:00" })];
  const found = columns([week("2026-11-16", some)]);
  assert.deepEqual(found.map(({ weekday, usual }) => [weekday, usual.session_id]), [[0, "2026-11-16"], [3, "2026-11-19"]]);
});

test("an alert stands in its week, and makes a row where there was no session", () => {
  const found = rows(
    [week("2026-11-16", [session("2026-11-16")])],
    [{ raised_at: at("2026-11-18T09:00-05:00") }, { raised_at: at("2026-11-05T09:00-05:00") }],
    ZONE,
  );
  assert.deepEqual(found.map((one) => [one.monday, one.sessions.length, one.alerts.length]), [["2026-11-16", 1, 1], ["2026-11-02", 0, 1]]);
});

test("a bar lies from coming to leaving, with the drops that are known", () => {
  const came = session("2026-11-16", { outcome: "partial", late_ms: 18 * MINUTE, early_ms: 36 * MINUTE, attended_ms: 120 * MINUTE });
  const alerts = [{ session_id: "2026-11-16", dropped: [came.starts_at + 90 * MINUTE] }, { session_id: "another", dropped: [came.starts_at + MINUTE] }];
  assert.deepEqual(placed(came, alerts), { from: 0.1, to: 0.8, whole: true, drops: [0.5] });
});

test("who was away for long, nobody knows when, has no bar that says when", () => {
  const came = session("2026-11-16", { outcome: "partial", attended_ms: 60 * MINUTE });
  assert.equal(placed(came, []).whole, false);
  assert.equal(placed({ ...came, attended_ms: 170 * MINUTE }, []).whole, true);
});

test("who was not there has no bar", () => {
  const { from, to } = placed(session("2026-11-16", { outcome: "missed" }), []);
  assert.deepEqual([from, to], [0, 0]);
});

test("what is nobody's fault does not count, nor what is to come", () => {
  const weeks = [
    week("2026-11-16", [session("2026-11-16", { outcome: "attended" }), session("2026-11-17", { state: "ahead" })], HOUR),
    week("2026-11-09", [session("2026-11-09", { outcome: "missed" }), session("2026-11-10", { outcome: "missed", fault: "room" })], 4 * HOUR),
    week("2026-11-02", [session("2026-11-02", { outcome: "excused" }), session("2026-11-03", { outcome: "in_person" })], 6 * HOUR),
  ];
  const { counted, present, full, hours, present_week } = figures(weeks, "2026-11-16");
  assert.deepEqual([counted, present, full, hours, present_week.monday], [3, 2, 2, 5 * HOUR, "2026-11-16"]);
});

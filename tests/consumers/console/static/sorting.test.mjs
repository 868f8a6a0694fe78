import assert from "node:assert/strict";
import { test } from "node:test";

import { calls, digest, explains, filled, keepOrder, lists, noticed, ofSession } from "../../../../consumers/console/static/alerts.js";
import { marks, strip } from "../../../../consumers/console/static/plots.js";

const NOW = 10_000_000;
const MINUTE = 60_000;
const alert = (id, rule, more = {}) => ({
  alert_id: id,
  rule,
  state: "open",
  severity: "high",
  raised_at: NOW - 5 * MINUTE,
  ends_at: NOW + 60 * MINUTE,
  session_id: "s",
  ...more,
});
const known = (...alerts) => ({ alerts: Object.fromEntries(alerts.map((a) => [a.alert_id, a])) });

test("absences stand by room, cases by the time left, a crisis first, the rest handed over", () => {
  const found = lists(
    known(
      alert("late", "left_early", { ends_at: NOW + 10 * MINUTE }),
      alert("early", "dropped_out", { ends_at: NOW + 90 * MINUTE }),
      alert("crisis", "crisis_reported", { severity: "critical", ends_at: NOW + MINUTE }),
      alert("a", "missed_session"),
      alert("b", "could_not_connect", { assignee: "Rosa V." }),
      alert("c", "missed_session", { session_id: "t" }),
      alert("old", "missed_session", { ends_at: NOW - 60 * MINUTE }),
      alert("done", "missed_session", { state: "resolved" }),
      alert("held", "missed_session", { explained_by: "incident" }),
    ),
    NOW,
  );
  assert.deepEqual(found.rooms.map((room) => room.alerts.map((one) => one.alert_id)), [["a", "b"], ["c"]]);
  assert.deepEqual(found.cases.map((one) => one.alert_id), ["crisis", "early", "late"]);
  assert.deepEqual(found.handed.map((one) => one.alert_id), ["old"]);
  assert.deepEqual([found.open, found.free, found.held], [7, 6, 1]);
});

test("an incident counts what stands behind it, for as long as that is so", () => {
  const incident = alert("incident", "platform_incident");
  const behind = alert("a", "dropped_out", { explained_by: "incident" });
  const over = alert("b", "dropped_out", { explained_by: "incident", state: "resolved" });
  const back = alert("c", "dropped_out");
  const all = known(incident, behind, over, back);
  assert.equal(explains(all, incident), 1);
  const room = alert("room", "session_incident", { explained_by: "incident" });
  const inRoom = alert("d", "dropped_out", { explained_by: "room" });
  assert.equal(explains(known(incident, behind, room, inRoom), incident), 3);
  assert.deepEqual(lists(all, NOW).cases.map((one) => one.alert_id), ["incident", "c"]);
});

test("nobody is notified too early, while hosting, or of what is held", () => {
  const all = known(
    alert("now", "host_missing", { notice_at: NOW }),
    alert("soon", "dropped_out", { notice_at: NOW + 1 }),
    alert("quiet", "missed_session", { notice_at: NOW, quiet: true }),
    alert("held", "dropped_out", { notice_at: NOW, explained_by: "incident" }),
  );
  assert.deepEqual(noticed(all, NOW).map((one) => one.alert_id), ["now"]);
});

test("what is beyond the noise budget is one line: how many, in how many rooms, since when", () => {
  const all = known(
    alert("told", "missed_session", { session_id: "a" }),
    alert("one", "missed_session", { session_id: "b", digest: NOW - 2, quiet: true }),
    alert("two", "missed_session", { session_id: "b", digest: NOW - 2, quiet: true }),
    alert("other", "dropped_out", { session_id: "c", digest: NOW - 1, quiet: true }),
    alert("done", "dropped_out", { session_id: "d", digest: NOW - 3, state: "resolved" }),
    alert("held", "dropped_out", { session_id: "d", digest: NOW - 3, explained_by: "incident" }),
    alert("taken", "dropped_out", { session_id: "d", digest: NOW - 3, assignee: "Rosa V." }),
    alert("over", "left_early", { session_id: "e", digest: NOW - 3, ends_at: NOW - 16 * 60_000 }),
  );
  assert.deepEqual(digest(all, NOW), { n: 3, rooms: 2, since: NOW - 2 });
  assert.equal(digest(known(alert("told", "missed_session")), NOW).n, 0);
});

test("what is about weeks waits below, a hint is no case, an index is not for the live view", () => {
  const all = known(
    alert("weeks", "missed_in_a_row", { session_id: undefined, ends_at: undefined, person: { id: "p" } }),
    alert("incident", "platform_incident", { session_id: undefined, ends_at: undefined }),
    alert("index", "screen_fatigue", { person: { id: "p" } }),
    alert("quiet", "withdrawn", { person: { id: "p" } }),
    alert("hint", "break_due"),
    alert("tired", "group_tiring"),
    alert("dropped", "dropped_out", { person: { id: "p" } }),
  );
  const found = lists(all, NOW);
  assert.deepEqual(found.cases.map((one) => one.alert_id), ["incident", "dropped"]);
  assert.deepEqual(found.later.map((one) => one.alert_id).sort(), ["index", "quiet", "weeks"]);
  assert.equal(found.open, 5);
  assert.deepEqual(ofSession(all, "s").map((one) => one.alert_id).sort(), ["dropped", "hint", "tired"]);
  assert.ok(!noticed({ alerts: { index: all.alerts.index, hint: all.alerts.hint } }, NOW).length);
});

test("minutes of a reason go on, until the session ends", () => {
  const words = `not back in {${NOW - 5 * MINUTE}} min; {-${NOW + 60 * MINUTE}} min remain`;
  const one = alert("a", "dropped_out");
  assert.equal(filled(words, one, NOW), "not back in 5 min; 60 min remain");
  assert.equal(filled(words, one, NOW + 9 * MINUTE), "not back in 14 min; 51 min remain");
  assert.equal(filled(words, one, NOW + 500 * MINUTE), "not back in 65 min; 0 min remain");
  assert.equal(filled(words, { ...one, ends_at: undefined }, NOW + MINUTE), "not back in 6 min; 59 min remain");
});

test("rows keep their place, new ones come last", () => {
  const order = keepOrder(["x", "new", "y"], (one) => one, ["y", "x"]);
  assert.deepEqual(order, ["y", "x", "new"]);
});

test("a strip is drawn in stretches: measured, poor, not measured, not here", () => {
  assert.deepEqual(
    strip("gfphan").map((part) => part.class),
    ["m-area", "m-line", "p-area", "p-line", "i-area", "i-line", "a-line"],
  );
  assert.equal(strip("gf")[1].d, "M0 3H5V10H10");
  assert.equal(strip("an")[0].d, "M0 21H10");
});

test("the axis of a session has five marks at most", () => {
  assert.equal(marks(0, 3 * 60 * MINUTE).length, 4);
  assert.equal(marks(0, 50 * MINUTE).length, 4);
  assert.ok(marks(0, 8 * 60 * MINUTE).length <= 5);
});

const call = (id, more = {}) => alert(id, "crisis_reported", { severity: "critical", ...more });
const ids = (alerts) => alerts.map((one) => one.alert_id).join(" ");

test("a few calls all stand there, the gravest and those that wait too long first", () => {
  const found = calls(
    known(
      alert("help", "help_requested"),
      call("taken", { assignee: "Rosa V." }),
      call("new", { raised_at: NOW }),
      call("waits", { raised_at: NOW - 9 * MINUTE, widened: 2 }),
      call("over", { state: "resolved" }),
    ),
    2,
  );
  assert.deepEqual([ids(found.shown), ids(found.lines), ids(found.folded)], ["waits new", "help taken", ""]);
});

test("to who hosts, the untaken calls of other rooms are a number", () => {
  const others = [call("a", { quiet: true }), call("b", { quiet: true, assignee: "Rosa V." })];
  const found = calls(known(call("own"), ...others), 2);
  assert.deepEqual([ids(found.shown), ids(found.lines), found.elsewhere], ["own", "", 1]);
});

test("of many the rest is folded, and never a crisis that nobody has taken", () => {
  const many = Array.from({ length: 9 }, (_, at) => call(`c${at}`, { raised_at: NOW - at }));
  const lesser = [alert("h1", "help_requested"), call("t1", { assignee: "A" }), call("t2", { assignee: "B" })];
  const found = calls(known(...many, ...lesser), 1);
  assert.deepEqual([ids(found.shown), ids(found.folded)], ["c0", "h1 t1 t2"]);
  assert.equal(ids(found.lines), "c1 c2 c3 c4 c5 c6 c7 c8");
  const help = Array.from({ length: 5 }, (_, at) => alert(`h${at}`, "help_requested", { raised_at: NOW - at }));
  const waits = alert("waits", "help_requested", { raised_at: NOW - 9 * MINUTE, widened: 1 });
  const calm = calls(known(...help, waits), 2);
  assert.deepEqual([ids(calm.shown), ids(calm.lines), ids(calm.folded)], ["waits h0", "", "h1 h2 h3 h4"]);
});

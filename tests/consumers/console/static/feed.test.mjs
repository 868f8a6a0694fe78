import assert from "node:assert/strict";
import { test } from "node:test";

import { hear, nothing } from "../../../../consumers/console/static/feed.js";

const alert = (id, seq, more = {}) => ({ type: "alert", alert_id: id, seq, state: "open", ...more });
const board = (id, seq, more = {}) => ({ type: "board", session_id: id, seq, ...more });
const start = (seq, alerts = [], boards = []) => ({ type: "start", seq, alerts, boards });
const told = (...messages) => messages.reduce(hear, nothing);

test("a start replaces all that was held", () => {
  const known = told(start(5, [alert("a", 3)], [board("s", 4)]), start(9, [alert("b", 8)]));
  assert.deepEqual(Object.keys(known.alerts), ["b"]);
  assert.deepEqual(known.boards, {});
  assert.equal(known.seq, 9);
  assert.ok(known.begun);
});

test("a start of a new hub may have a lower seq than was heard", () => {
  assert.equal(told(start(50), start(9)).seq, 9);
});

test("a newer state takes the place of the older, never the other way round", () => {
  const known = told(start(1), alert("a", 3, { state: "acknowledged" }), alert("a", 2));
  assert.equal(known.alerts.a.state, "acknowledged");
  assert.equal(known.seq, 3);
});

test("a board that is told again because it is watched does not move the mark back", () => {
  const known = told(start(1, [], [board("s", 1)]), alert("a", 7), board("s", 1, { people: [] }));
  assert.equal(known.seq, 7);
  assert.deepEqual(known.boards.s.people, []);
});

test("what is gone is gone", () => {
  const known = told(
    start(2, [alert("a", 1)], [board("s", 2)]),
    { type: "gone", what: "alert", id: "a", seq: 3 },
    { type: "gone", what: "board", id: "s", seq: 4 },
  );
  assert.deepEqual([known.alerts, known.boards, known.seq], [{}, {}, 4]);
});

test("nothing is known before the hub has spoken of it, and a resumed page knows what it held", () => {
  assert.equal(nothing.begun, false);
  assert.equal(told({ type: "live", now: 1 }).begun, false);
  assert.equal(told({ type: "resumed", seq: 4 }).begun, true);
});

test("hearing changes nothing that was known before", () => {
  const before = told(start(1, [alert("a", 1)]));
  const copy = structuredClone(before);
  hear(before, alert("a", 2, { state: "resolved" }));
  hear(before, { type: "gone", what: "alert", id: "a", seq: 3 });
  assert.deepEqual(before, copy);
});

test("what a newer hub says beyond this is passed over", () => {
  const known = told(start(1));
  assert.equal(hear(known, { type: "weather", seq: 2 }), known);
});

import assert from "node:assert/strict";
import { test } from "node:test";

import { candidates, grouped, sessionsToTell } from "../../../../consumers/console/static/queue.js";
import { dayOf, startOfDay } from "../../../../consumers/console/static/words.js";

const entry = (id, session, last, more = {}) => ({
  unmapped_id: id,
  session_id: session,
  last_at: last,
  present: false,
  counts: true,
  ...more,
});

test("one row a person, whatever sessions they came to; those in a room now first", () => {
  const found = grouped([
    entry("b", "s3", 30),
    entry("a", "s1", 10, { counts: false }),
    entry("a", "s2", 20),
    entry("c", "s1", 5, { present: true }),
  ]);
  assert.deepEqual(found.map((one) => one.id), ["c", "b", "a"]);
  assert.deepEqual(found[2].sessions.map((one) => one.session_id), ["s2", "s1"]);
});

test("a match is said to each session in which it counts, else to the latest alone", () => {
  const [one] = grouped([entry("a", "s1", 10, { counts: false }), entry("a", "s2", 20), entry("a", "s3", 30)]);
  assert.deepEqual(sessionsToTell(one), ["s3", "s2"]);
  const [over] = grouped([entry("a", "s1", 10, { counts: false }), entry("a", "s2", 20, { counts: false })]);
  assert.deepEqual(sessionsToTell(over), ["s2"]);
});

test("those absent stand first; without a board the roster stands as it is", () => {
  const seat = (id, state) => ({ person: { id }, state });
  const found = candidates([seat("ada", "present"), seat("ben", "expected"), seat("cy", "left"), seat("dee", "excused")]);
  assert.deepEqual(found.absent.map((one) => one.id), ["ben", "cy"]);
  assert.deepEqual(found.others.map((one) => one.id), ["ada", "dee"]);
  const bare = candidates(undefined, [{ participant_id: "p", name: "Ada R.", first: "Ada" }]);
  assert.deepEqual(bare, { absent: [], others: [{ id: "p", name: "Ada R.", first: "Ada" }] });
});

test("a day begins at its midnight there, also when the clocks were changed", () => {
  const zone = "America/New_York";
  for (const [date, first] of [
    ["2026-11-17", "2026-11-17T05:00:00Z"],
    ["2026-11-01", "2026-11-01T04:00:00Z"], // put back that day
    ["2026-03-08", "2026-03-08T05:00:00Z"], // put on that day
  ]) {
    assert.equal(startOfDay(date, zone), Date.parse(first));
    assert.equal(dayOf(Date.parse(first), zone), date);
    assert.notEqual(dayOf(Date.parse(first) - 1, zone), date);
  }
  assert.equal(startOfDay("2026-09-06", "America/Santiago"), Date.parse("2026-09-06T04:00:00Z")); // no midnight
  assert.equal(startOfDay("2026-11-17", "Pacific/Kiritimati"), Date.parse("2026-11-16T10:00:00Z"));
});

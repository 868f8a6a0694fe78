import assert from "node:assert/strict";
import { test } from "node:test";

import { alone, hear, press, refuse, standing, taken, unheard, unsent } from "../../../producers/browser/join/reports.js";

const pressed = (kind) => press([], "a", kind, 1_000);
const word = (reports, onDuty = true) => standing(reports[0], onDuty);

test("no answer in time is not sent yet, and stays to be sent", () => {
  const reports = unheard(pressed("help"), "a");
  assert.equal(word(pressed("help")), "sending");
  assert.equal(word(reports), "unsent");
  assert.equal(unsent(reports).length, 1);
  assert.ok(alone(reports, true));
});

test("sent is not seen, and seen is only what the server has seen of this very report", () => {
  const reports = taken(pressed("crisis"), "a", 2_000, "join:1");
  assert.equal(word(reports), "unseen");
  assert.equal(word(hear(reports, [{ report: "join:2", kind: "crisis", at: 2_000, seen: true }])), "unseen");
  assert.equal(word(hear(reports, [{ report: "join:1", kind: "crisis", at: 2_000, seen: false }])), "unseen");
  assert.equal(word(hear(reports, [{ report: "join:1", kind: "crisis", at: 2_000, seen: true }])), "seen");
  assert.ok(!alone(reports, true));
});

test("a report whose first answer was lost is the same one, though it was taken at another time", () => {
  const again = taken(unheard(pressed("help"), "a"), "a", 2_003, "join:1");
  assert.equal(word(hear(again, [{ report: "join:1", kind: "help", at: 2_000, seen: true }])), "seen");
});

test("a second press has its own truth", () => {
  const both = taken(press(taken(pressed("help"), "a", 2_000, "join:1"), "b", "help", 3_000), "b", 3_001, "join:2");
  const seen = hear(both, [{ report: "join:1", kind: "help", at: 2_000, seen: true }]);
  assert.deepEqual(seen.map((one) => standing(one, true)), ["seen", "unseen"]);
  const each = hear(seen, [{ report: "join:2", kind: "help", at: 3_001, seen: true }]);
  assert.deepEqual(each.map((one) => standing(one, true)), ["seen", "seen"]);
});

test("with nobody on duty it says so until somebody has seen it all the same", () => {
  const reports = taken(pressed("help"), "a", 2_000, "join:1");
  assert.equal(word(reports, false), "nobody");
  assert.ok(alone(reports, false));
  assert.equal(word(hear(reports, [{ report: "join:1", kind: "help", at: 2_000, seen: true }]), false), "seen");
});

test("what the server will never take is said, and not tried again", () => {
  const reports = refuse(pressed("help"), "a");
  assert.equal(word(reports), "closed");
  assert.equal(unsent(reports).length, 0);
  assert.ok(alone(reports, true));
});

test("no private place is thanked for and never makes numbers loud", () => {
  assert.equal(word(taken(pressed("privacy"), "a", 2_000), false), "private_thanks");
  assert.ok(!alone(unheard(pressed("technical"), "a"), false));
});

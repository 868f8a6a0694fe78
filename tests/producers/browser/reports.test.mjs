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
  const reports = taken(pressed("crisis"), "a", 2_000);
  assert.equal(word(reports), "unseen");
  assert.equal(word(hear(reports, [{ kind: "crisis", at: 1_999, seen: true }])), "unseen");
  assert.equal(word(hear(reports, [{ kind: "help", at: 2_000, seen: true }])), "unseen");
  assert.equal(word(hear(reports, [{ kind: "crisis", at: 2_000, seen: false }])), "unseen");
  assert.equal(word(hear(reports, [{ kind: "crisis", at: 2_000, seen: true }])), "seen");
  assert.ok(!alone(reports, true));
});

test("with nobody on duty it says so until somebody has seen it all the same", () => {
  const reports = taken(pressed("help"), "a", 2_000);
  assert.equal(word(reports, false), "nobody");
  assert.ok(alone(reports, false));
  assert.equal(word(hear(reports, [{ kind: "help", at: 2_000, seen: true }]), false), "seen");
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

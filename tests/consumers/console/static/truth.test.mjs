import assert from "node:assert/strict";
import { test } from "node:test";

import { PATIENCE, SILENCE, truth } from "../../../../consumers/console/static/truth.js";

const live = { now: 1_000_000, speed: 1, problem: null, since: null, live_since: 900_000, silent: {} };
const walls = (more = {}) => ({ now: 1_000, loaded: 0, heard: 1_000, ...more });

test("live while the hub speaks and says that the monitor moves on", () => {
  assert.deepEqual(truth(live, walls({ now: 3_000 }), true), {
    state: "yes",
    clock: 1_002_000,
    since: 900_000,
    silent: [],
  });
});

test("a simulated clock goes on at its own pace", () => {
  assert.equal(truth({ ...live, speed: 60 }, walls({ now: 2_000 }), true).clock, 1_060_000);
});

test("before the first word the page waits, then calls itself not live", () => {
  assert.equal(truth(null, walls({ now: PATIENCE - 1 }), true).state, "wait");
  assert.equal(truth(null, walls({ now: PATIENCE }), true).why, "never");
  assert.equal(truth(null, walls(), false).why, "offline");
});

test("a hub that falls silent is told as of its last word", () => {
  const told = truth(live, walls({ now: 1_001 + SILENCE }), true);
  assert.deepEqual([told.state, told.why, told.since], ["no", "silent", 1_000_000]);
});

test("a device without a network is offline at once", () => {
  assert.equal(truth(live, walls(), false).why, "offline");
});

test("what the hub says of the monitor is repeated", () => {
  const told = truth({ ...live, problem: "still", since: 950_000 }, walls(), true);
  assert.deepEqual([told.state, told.why, told.since], ["no", "still", 950_000]);
  assert.equal(truth({ ...live, problem: "starting" }, walls(), true).state, "wait");
});

test("a platform that none of the shown rooms is on may be silent", () => {
  const told = (...shown) => truth({ ...live, silent: { zoom: 940_000 } }, walls(), true, new Set(shown));
  assert.equal(told("livekit").state, "yes");
  assert.equal(told("zoom").platform, "zoom");
  const both = told("livekit", "zoom");
  assert.deepEqual([both.state, both.silent], ["yes", [["zoom", 940_000]]]);
});

test("a silent platform is named", () => {
  const told = truth({ ...live, silent: { zoom: 940_000 } }, walls(), true);
  assert.deepEqual([told.why, told.platform, told.since], ["platform", "zoom", 940_000]);
});

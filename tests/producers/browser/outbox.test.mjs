import assert from "node:assert/strict";
import { test } from "node:test";

import { Speech, change, devices } from "../../../producers/browser/media.js";
import { Outbox, allowed, outcome } from "../../../producers/browser/outbox.js";

const sent = (beacon) => JSON.parse(beacon.body);

function synchronised() {
  const box = new Outbox("token");
  box.clock({ sent: 0, answered: 10, theirs: 5 });
  return box;
}

test("the first beacon may be empty: it asks for the clock and for what is allowed", () => {
  const box = new Outbox("token");
  assert.deepEqual(sent(box.next(7)), { token: "token", sent_at: 7, samples: [], events: [] });
  box.clock({ sent: 1_000, answered: 1_200, theirs: 61_100 });
  assert.equal(box.next(8), null);
  box.sample({});
  assert.equal(sent(box.next(9)).skew, 60_000);
  box.clock({ sent: 2_000, answered: 9_000, theirs: 62_100 }); // held up by an outage
  assert.equal(sent(box.next(9)).skew, 60_000);
});

test("a device whose clock is set during the call is heard again", () => {
  const skew = (box) => {
    box.sample({});
    return sent(box.next(0)).skew;
  };
  const box = new Outbox("token");
  box.clock({ sent: 1_000, answered: 1_040, theirs: 181_020 });
  assert.equal(skew(box), 180_000);
  box.clock({ sent: 190_000, answered: 10_060, theirs: 10_030 }); // set back while the answer was awaited
  assert.equal(skew(box), 180_000);
  box.clock({ sent: 20_000, answered: 20_060, theirs: 20_050 });
  assert.equal(skew(box), 20);
});

test("what waits stays until it is sent, the oldest first, at most a hundred samples at once", () => {
  const box = synchronised();
  assert.equal(box.next(0), null);
  for (let n = 0; n < 130; n += 1) box.sample({ n });
  const first = box.next(7);
  assert.deepEqual([sent(first).token, sent(first).sent_at, sent(first).samples.length], ["token", 7, 100]);
  assert.equal(box.waiting, 130);
  first.sent();
  assert.equal(sent(box.next(8)).samples[0].n, 100);
});

test("an hour without a network is kept, and no more", () => {
  const box = new Outbox("token");
  for (let n = 0; n < 1_000; n += 1) box.sample({ n });
  assert.equal(box.waiting, 720);
  assert.equal(sent(box.next(0)).samples[0].n, 280);
});

test("a beacon of an hour's oldest is small enough to go as a page closes", () => {
  const box = new Outbox("t".repeat(200));
  const sample = { connection_id: `browser:${crypto.randomUUID()}`, ts: 1795436496483, rtt_ms: 1234.5, jitter_ms: 123.4,
    loss: 0.1234, up_kbps: 1440.5, down_kbps: 1260.3, fps: 29.97, freeze_ms: 1234, concealed: 0.1234, audio_level: 0.5788,
    path: "direct", limited_by: "bandwidth" };
  for (let n = 0; n < 720; n += 1) box.sample({ ...sample });
  assert.ok(box.next(0).body.length < 64 * 1024);
});

test("what is no longer allowed is not sent", () => {
  const box = synchronised();
  box.sample({});
  box.event({ type: "engagement.observed" });
  box.event({ type: "media.changed" });
  box.keep({ quality: false, engagement: true });
  assert.deepEqual([sent(box.next(0)).samples.length, sent(box.next(0)).events.length], [0, 2]);
  box.keep({ quality: false, engagement: false });
  assert.equal(box.next(0), null);
});

test("the state of the devices is of either consent, taking part of its own", () => {
  assert.equal(allowed("media.changed", { quality: true, engagement: false }), true);
  assert.equal(allowed("engagement.observed", { quality: true, engagement: false }), false);
  assert.equal(allowed("media.changed", { quality: false, engagement: false }), false);
});

test("an answer says what becomes of a beacon", () => {
  assert.deepEqual([200, 400, 401, 429, 503].map(outcome), ["gone", "gone", "over", "later", "later"]);
});

const track = (more) => ({ kind: "video", enabled: true, muted: false, readyState: "live", screen: false, ...more });

test("a camera is on while its track is live, enabled and not muted; a shared screen is none", () => {
  assert.equal(devices([track()]).camera, true);
  for (const off of [{ enabled: false }, { muted: true }, { readyState: "ended" }, { screen: true }]) {
    assert.equal(devices([null, track(off)]).camera, false);
  }
  assert.equal(devices([track({ kind: "audio" })]).microphone, true);
});

test("only what differs is told", () => {
  const [off, on] = [{ camera: false, microphone: true }, { camera: true, microphone: true }];
  assert.deepEqual(change(null, off), { type: "media.changed", camera: "off", microphone: "on" });
  assert.deepEqual(change(off, on), { type: "media.changed", camera: "on" });
  assert.equal(change(on, on), null);
});

test("spoken time adds up from what the microphone's energy says, from one second on", () => {
  const speech = new Speech();
  const report = (seconds, energy) => ({ id: "SA1", totalSamplesDuration: seconds, totalAudioEnergy: energy });
  speech.hear(report(0, 0));
  speech.hear(report(1, 0.00001)); // a quiet room
  assert.equal(speech.take(), null);
  speech.hear(report(2, 0.01));
  speech.hear(report(3, 0.02));
  assert.deepEqual(speech.take(), { type: "engagement.observed", kind: "spoke", ms: 2_000 });
  assert.equal(speech.take(), null);
  speech.hear({ ...report(1, 5), id: "SA2" }); // another microphone
  assert.equal(speech.take(), null);
});

import assert from "node:assert/strict";
import { test } from "node:test";

import { cutAfter, frozenAt, looks, mutedAfter, of, samples } from "./series.mjs";

const ended = samples(looks()).slice(1);

test("the first look measures nothing, each further one an interval", () => {
  const all = samples(looks());
  assert.equal(all[0], null);
  assert.equal(all.slice(1).filter((one) => one).length, 14);
});

test("a good line, in the contract's units", () => {
  for (const one of ended) {
    assert.ok(one.rtt_ms > 0 && one.rtt_ms < 15, `rtt ${one.rtt_ms}`);
    assert.ok(one.jitter_ms >= 0 && one.jitter_ms < 10);
    assert.equal(one.loss, 0);
    assert.equal(one.freeze_ms, 0);
    assert.ok(one.concealed < 0.05);
    assert.equal(one.path, "direct");
    assert.ok(one.fps > 10 && one.fps <= 31, `fps ${one.fps}`);
    assert.ok(one.audio_level > 0 && one.audio_level <= 1);
    assert.equal(one.limited_by, "none");
  }
});

test("rates are of the transport's bytes", () => {
  const [first, second] = looks();
  const bytes = (look, field) => of(look, "transport")[0][field];
  const kbps = (8 * (bytes(second, "bytesSent") - bytes(first, "bytesSent"))) / (second.at - first.at);
  assert.ok(Math.abs(ended[0].up_kbps - kbps) < 0.1);
});

test("an outage, which leaves the classic figures flat, is loss and a frozen picture", () => {
  const cut = samples(looks(cutAfter(5)));
  assert.equal(cut[5].loss, 0);
  for (const one of cut.slice(7)) {
    assert.equal(one.loss, 1);
    assert.ok(one.freeze_ms > 1_900, `frozen ${one.freeze_ms}`);
    assert.equal(one.concealed, 1);
    assert.ok(one.rtt_ms < 15, "the last round trip that was measured");
  }
});

test("a line that comes back is good again in the interval after", () => {
  const back = samples(looks((look, n) => {
    cutAfter(5, { until: 9 })(look, n);
    if (n > 9) { // as Chromium: the freeze is counted when the next frame comes
      for (const one of of(look, "inbound-rtp", "video")) one.totalFreezesDuration += 9;
      for (const one of of(look, "inbound-rtp")) one.packetsLost += 400;
    }
  }));
  assert.equal(back[9].loss, 1);
  assert.ok(back[10].freeze_ms <= 2_014);
  assert.equal(back[11].loss, 0);
  assert.equal(back[11].freeze_ms, 0);
});

test("a mute by the other side is no fault, neither while it lasts nor when it ends", () => {
  const muted = samples(looks((look, n) => {
    mutedAfter(5, 9)(look, n);
    if (n > 9) {
      for (const one of of(look, "inbound-rtp", "video")) one.totalFreezesDuration += 8;
      for (const one of of(look, "inbound-rtp", "audio")) {
        one.concealedSamples += 8 * 48_000;
        one.silentConcealedSamples += 8 * 48_000;
      }
    }
  }));
  for (const one of muted.slice(1)) {
    assert.equal(one.loss, 0);
    assert.ok(!one.freeze_ms, `frozen ${one.freeze_ms}`);
    assert.ok((one.concealed ?? 0) < 0.05, `concealed ${one.concealed}`);
  }
});

test("packetsLost is signed: it may fall, and loss is never below none", () => {
  const falling = samples(looks((look, n) => {
    for (const one of of(look, "inbound-rtp")) one.packetsLost = n % 2 ? 10 : 0;
  }));
  for (const [n, one] of falling.entries()) if (one) assert.ok(n % 2 ? one.loss > 0 : one.loss === 0);
});

test("loss is the worse direction's", () => {
  const lossy = samples(looks((look, n) => {
    for (const one of of(look, "remote-inbound-rtp")) one.packetsLost = 30 * n;
    for (const one of of(look, "inbound-rtp")) one.packetsLost = n;
  }));
  for (const one of lossy.slice(2)) assert.ok(one.loss > 0.1 && one.loss < 0.5, `loss ${one.loss}`);
});

test("counters that begin anew are no figures below nought", () => {
  const anew = samples(looks((look, n) => {
    if (n < 7) return;
    for (const one of look.connections[0].reports) {
      for (const [field, value] of Object.entries(one)) {
        if (typeof value === "number" && /^(packets|bytes|total|concealed|frames)/.test(field)) one[field] = value / 100;
      }
    }
  }));
  for (const one of anew.slice(1)) {
    for (const [name, figure] of Object.entries(one)) if (typeof figure === "number") assert.ok(figure >= 0, name);
    assert.ok(one.loss <= 1 && (one.concealed ?? 0) <= 1);
  }
});

test("a peer connection that was replaced after a cut is forgotten once the new one is up", () => {
  const replaced = samples(looks((look, n) => {
    if (n < 6) return;
    const old = structuredClone(look.connections[0]);
    cutAfter(5)({ ...look, connections: [old] }, n);
    Object.assign(old, { state: "failed", ice: "disconnected" });
    old.reports = old.reports.filter((one) => one.type !== "candidate-pair" || n < 8);
    const fresh = { ...look.connections[0], id: "second", since: look.at - 100, state: n < 9 ? "connecting" : "connected" };
    look.connections = n < 8 ? [old] : [old, fresh];
  }));
  assert.equal(replaced[8].loss, 1);
  assert.equal(replaced[10].loss, 0);
});

test("with one connection a direction, the round trip of the one without reports is the pair's", () => {
  const two = samples(looks((look) => {
    const [one] = look.connections;
    const publisher = { ...one, id: "pub", reports: one.reports.filter((r) => r.type !== "inbound-rtp") };
    const subscriber = { ...one, id: "sub", reports: one.reports.filter((r) => !/outbound-rtp|remote-inbound|media-source/.test(r.type)) };
    for (const r of subscriber.reports) if (r.type === "candidate-pair") r.currentRoundTripTime = 0.25;
    look.connections = [publisher, subscriber];
  }));
  assert.equal(two[3].rtt_ms, 250);
  assert.equal(two[3].loss, 0);
  assert.ok(two[3].fps > 10);
});

test("a report of the far end that has grown old is not believed", () => {
  const old = samples(looks((look, n) => {
    if (n > 4) frozenAt(look, 4, ["remote-inbound-rtp"]);
    for (const one of of(look, "remote-inbound-rtp")) if (n > 4) one.roundTripTime = 0.9;
  }));
  assert.ok(old[10].rtt_ms < 15);
});

test("without a camera there is no frame rate, while muted no level", () => {
  const off = samples(looks(() => {}, { camera: false, microphone: false }));
  assert.equal(off[3].fps, undefined);
  assert.equal(off[3].audio_level, undefined);
});

test("when the call is over nothing is measured; with the device offline it is an outage", () => {
  const over = (online) => samples(looks((look, n) => {
    if (n > 6) Object.assign(look, { online, connections: [] });
  }));
  assert.equal(over(true)[8], null);
  assert.equal(over(false)[8].loss, 1);
});

test("the path is told by the selected pair, not by the first one", () => {
  const relayed = samples(looks((look) => {
    const [pair] = of(look, "candidate-pair");
    look.connections[0].reports.unshift({ ...pair, id: "other", nominated: true, lastPacketReceivedTimestamp: 0 });
    pair.nominated = false;
    const local = look.connections[0].reports.find((one) => one.id === pair.localCandidateId);
    Object.assign(local, { candidateType: "relay", relayProtocol: "tls" });
  }));
  assert.equal(relayed[3].path, "tcp");
});

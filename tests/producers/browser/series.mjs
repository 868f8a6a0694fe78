// A real series of looks, and what a test does to one: cuts the line, mutes, loses packets.

import { readFileSync } from "node:fs";

import { UNKNOWN, measure } from "../../../producers/browser/stats.js";

const file = new URL("../../data/getstats/livekit-one-connection.json", import.meta.url);
const recorded = JSON.parse(readFileSync(file, "utf8")).samples;

/** The real series, 2 s apart; `changed` may alter each look's reports (copies) by their number. */
export function looks(changed = () => {}, parts = {}) {
  return recorded.map((taken, n) => {
    const look = {
      at: taken.takenAtUnixMs,
      online: true,
      microphone: true,
      camera: true,
      connections: taken.peerConnections.map((one) => ({
        id: "first",
        since: recorded[0].takenAtUnixMs - 3_000,
        state: one.connectionState,
        ice: one.iceConnectionState,
        reports: structuredClone(one.stats),
      })),
      ...parts,
    };
    changed(look, n);
    return look;
  });
}

export const of = (look, type, kind) =>
  look.connections[0].reports.filter((one) => one.type === type && (!kind || one.kind === kind));

/** Makes these reports what they were at look `n`, but for their time. */
export function frozenAt(look, n, types) {
  const then = new Map(recorded[n].peerConnections[0].stats.map((one) => [one.id, one]));
  for (const one of look.connections[0].reports) {
    if (types.includes(one.type) && then.has(one.id)) {
      const now = one.timestamp;
      Object.assign(one, structuredClone(then.get(one.id)));
      if (one.type !== "remote-inbound-rtp") one.timestamp = now;
    }
  }
}

/** As Chromium shows a line that is cut after look `n`: nothing comes, the checks go unanswered,
 * all that was heard stands still, sound is made up as silence, the frame rate disappears. */
export function cutAfter(n, { until = Infinity } = {}) {
  return (look, at) => {
    if (at <= n || at > until) return;
    frozenAt(look, n, ["inbound-rtp", "remote-inbound-rtp", "candidate-pair", "transport"]);
    const seconds = 2 * (at - n);
    for (const pair of of(look, "candidate-pair")) pair.requestsSent += 2 * (at - n);
    madeUp(look, seconds);
    if (seconds >= 6) look.connections[0].ice = "disconnected";
  };
}

/** As a sender's mute shows: its streams end, all else goes on. */
export function mutedAfter(n, until = Infinity) {
  return (look, at) => {
    if (at <= n || at > until) return;
    frozenAt(look, n, ["inbound-rtp"]);
    madeUp(look, 2 * (at - n));
  };
}

function madeUp(look, seconds) {
  for (const sound of of(look, "inbound-rtp", "audio")) {
    sound.concealedSamples += 48_000 * seconds;
    sound.silentConcealedSamples += 47_000 * seconds;
    sound.totalSamplesReceived += 48_000 * seconds;
  }
  for (const video of of(look, "inbound-rtp", "video")) delete video.framesPerSecond;
}

export function samples(series) {
  let known = UNKNOWN;
  return series.map((look) => {
    const [next, sample] = measure(known, look);
    known = next;
    return sample;
  });
}

// The media of one peer connection over one interval: what of it arrived, and how.

import { NOTHING, earlier, grown, mean, within } from "./reports.js";

/** Longer than this without a packet is not just the rhythm of a stream or of its reports (ms). */
export const QUIET = 2_000;
/** What the far end says of us is older than this only when nothing comes from it (ms). */
const FRESH = 5_000;

/**
 * The incoming streams. `silent`: ms at the interval's end in which the line carried nothing.
 * `quiet`: by stream, for how long it had brought nothing at the last look, and whether the line
 * was alive then (so that its sender had muted it, and its gap is no fault).
 */
export function incoming(line, before, ms, silent, quiet) {
  const heard = { lost: 0, received: 0, jitter: [], frozen: [], concealed: 0, samples: 0, quiet: {} };
  for (const stream of line.inbound) {
    const was = earlier(before, stream, "packetsReceived");
    const gap = quiet[stream.id] ?? { ms: 0, muted: false };
    const received = grown(stream, was, "packetsReceived");
    if (!stream.packetsReceived) continue; // offered, and never used
    if (received === 0) heard.quiet[stream.id] = { ms: gap.ms + ms, muted: gap.muted || !silent };
    else {
      const tail = within(line.at - (stream.lastPacketReceivedTimestamp ?? line.at), ms);
      if (tail > QUIET) heard.quiet[stream.id] = { ms: tail, muted: !silent };
      heard.received += received;
      if (gap.ms === 0) heard.lost += grown(stream, was, "packetsLost"); // an outage counts once
      heard.jitter.push([stream.kind, stream.jitter ?? 0]);
    }
    if (received === 0 && (!silent || gap.muted)) continue; // muted by its sender
    if (stream.kind === "video") heard.frozen.push(frozen(stream, was, ms, silent, gap, received));
    else hear(heard, stream, was, ms, silent, received);
  }
  return heard;
}

/** ms of standing picture. The browser counts a freeze only once the next frame has come. */
function frozen(stream, was, ms, silent, gap, received) {
  if (received === 0) return Math.min(silent, ms);
  const told = gap.muted ? 0 : 1_000 * grown(stream, was, "totalFreezesDuration") - gap.ms;
  return within(within(told, ms) + silent, ms);
}

/** Made-up samples that are silence come from a muted or resting sender, unless the line is dead. */
function hear(heard, stream, was, ms, silent, received) {
  const samples = grown(stream, was, "totalSamplesReceived");
  const made = grown(stream, was, "concealedSamples");
  const voiced = received === 0 ? made : made - grown(stream, was, "silentConcealedSamples");
  heard.samples += samples;
  heard.concealed += within(Math.max(voiced, (samples * silent) / ms), samples);
}

/** What the far end said in this interval of what we send: loss (share), rtt and jitter (s). */
export function outgoing(line, before, from) {
  const said = { lost: 0, sent: 0, rtt: [], jitter: [] };
  for (const report of line.remote) {
    if (report.timestamp <= from || line.at - report.timestamp > FRESH) continue;
    const stream = line.byId.get(report.localId) ?? NOTHING;
    const sent = grown(stream, earlier(before, stream, "packetsSent"), "packetsSent");
    said.sent += sent;
    said.lost += within(grown(report, earlier(before, report, "packetsReceived"), "packetsLost"), sent);
    if (report.roundTripTime > 0) said.rtt.push(report.roundTripTime);
    said.jitter.push([report.kind, report.jitter ?? 0]);
  }
  return said;
}

/** Of sound where there is any: pictures come in bursts, which looks like jitter. */
export function jitter(measured) {
  const sound = measured.filter(([kind]) => kind === "audio");
  return mean((sound.length ? sound : measured).map(([, seconds]) => seconds));
}

/** Of the layers that are sent at once (simulcast) the one with the largest picture counts. */
export function picture(lines, befores, ms) {
  const layers = lines.flatMap((line, n) =>
    line.outbound
      .filter((one) => one.kind === "video" && one.active !== false)
      .map((one) => ({ one, frames: grown(one, earlier(befores[n], one, "framesEncoded"), "framesEncoded") })),
  );
  if (!layers.length) return null;
  const running = layers.filter(({ frames }) => frames > 0);
  const top = (running.length ? running : layers).reduce((a, b) => ((b.one.frameHeight ?? 0) > (a.one.frameHeight ?? 0) ? b : a));
  return { fps: (1_000 * top.frames) / ms, limitedBy: top.one.qualityLimitationReason };
}

/** The microphone's level, 0..1: now, or its root mean square over the interval. */
export function level(lines, befores) {
  const levels = lines.flatMap((line, n) =>
    line.sources
      .filter((one) => one.kind === "audio")
      .map((one) => Math.max(one.audioLevel ?? 0, loudness(one, earlier(befores[n], one, "totalSamplesDuration")))),
  );
  return levels.length ? Math.min(Math.max(...levels), 1) : undefined;
}

/** Root mean square since the earlier look (webrtc-stats, `totalAudioEnergy`). */
export function loudness(source, before) {
  const seconds = grown(source, before, "totalSamplesDuration");
  return seconds > 0 ? Math.sqrt(Math.max(grown(source, before, "totalAudioEnergy"), 0) / seconds) : 0;
}


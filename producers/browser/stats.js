// Two looks at a person's peer connections become one sample of the contract. Pure.
//
// During an outage the classic figures stand still and look good: no packet is lost that nobody
// numbers, no freeze is counted before the next frame, the last round trip stays. What tells is
// that nothing comes at all, not even answers to the connection's own checks; a muted sender,
// which looks the same from its stream, leaves those running.

import { NOTHING, grown, mean, read, sum, within } from "./reports.js";
import { QUIET, incoming, jitter, level, outgoing, picture } from "./streams.js";

/** Checks of the path that went unanswered before a quiet line counts as dead. */
const UNANSWERED = 2;

/** What is known between looks. */
export const UNKNOWN = Object.freeze({ lines: new Map(), at: null, live: new Set(), quiet: {}, rtt: null, jitter: 0 });

/**
 * `look`: {at (ms), online, microphone, camera, connections: [{id, since, state, ice, reports}]},
 * oldest connection first. Returns [what is known now, the sample or null].
 */
export function measure(known, look) {
  const open = look.connections.map(read).filter((line) => !line.closed);
  const live = new Set([...known.live, ...open.filter((line) => line.connected).map(({ id }) => id)]);
  const next = { ...known, live, at: look.at, lines: new Map(open.map((line) => [line.id, line])) };
  const ms = known.at === null ? 0 : look.at - known.at;
  if (ms <= 0 || live.size === 0) return [next, null];
  const counted = open.filter((line) => live.has(line.id) && !replaced(line, open));
  if (counted.length) return figures(known, next, counted, look, ms);
  const trying = open.length > 0 || !look.online; // else the call is over
  return [next, trying && known.rtt !== null ? dead(known, look) : null];
}

/** A dead connection is of no interest once another has come up that was made after it died. */
const replaced = (line, all) => line.broken && all.some((one) => one.connected && one.since > line.heard);

const dead = (known, look) => ({ ts: Math.round(look.at), rtt_ms: known.rtt, jitter_ms: known.jitter, loss: 1 });

function figures(known, next, lines, look, ms) {
  const befores = lines.map((line) => known.lines.get(line.id));
  const parts = lines.map((line, n) => part(line, befores[n], look, ms, known.quiet));
  next.quiet = Object.assign({}, ...parts.map((one) => one.heard.quiet));
  next.rtt = largest(parts.map((one) => one.rtt)) ?? known.rtt;
  next.jitter = largest(parts.map((one) => one.jitter)) ?? known.jitter;
  if (next.rtt === null) return [next, null];
  const sending = look.camera === false ? null : picture(lines, befores, ms);
  const frozen = mean(parts.flatMap((one) => one.heard.frozen));
  const samples = sum(parts.map((one) => one.heard.samples));
  const sample = {
    ts: Math.round(look.at),
    rtt_ms: next.rtt,
    jitter_ms: next.jitter,
    loss: round(largest(parts.map((one) => one.loss)), 4),
    up_kbps: rate(lines, befores, "bytesSent", ms),
    down_kbps: rate(lines, befores, "bytesReceived", ms),
    fps: sending && round(sending.fps, 1),
    freeze_ms: frozen === undefined ? null : Math.round(frozen),
    concealed: samples > 0 ? round(sum(parts.map((one) => one.heard.concealed)) / samples, 4) : null,
    audio_level: look.microphone ? round(level(lines, befores), 4) : null,
    path: lines.flatMap((line) => line.path ?? []).pop(),
    limited_by: ["none", "cpu", "bandwidth"].find((word) => word === sending?.limitedBy),
  };
  return [next, Object.fromEntries(Object.entries(sample).filter(([, figure]) => figure !== null && figure !== undefined))];
}

/** One connection's share; `loss` is the worse direction's, 1 while nothing comes at all. */
function part(line, before, look, ms, quiet) {
  const silent = silence(line, before, look, ms);
  const heard = incoming(line, before, ms, silent, quiet);
  const said = outgoing(line, before, before?.at ?? 0);
  const lost = Math.max(heard.lost, 0);
  const worse = Math.max(share(lost, lost + heard.received), share(said.lost, said.sent));
  const trip = mean(said.rtt) ?? (silent ? undefined : line.pair?.currentRoundTripTime);
  const rough = largest([jitter(heard.jitter), jitter(said.jitter)]);
  return {
    heard,
    loss: within(silent / ms + (1 - silent / ms) * worse, 1),
    rtt: trip === undefined ? undefined : round(1_000 * trip, 1),
    jitter: rough === undefined ? undefined : round(1_000 * rough, 1),
  };
}

/** ms at the end of the interval in which nothing came, though something should have. */
function silence(line, before, look, ms) {
  if (!line.pair) return ms; // none is left after a failure
  const gap = within(line.at - line.heard, ms);
  if (line.broken || !look.online) return gap;
  const unanswered = waiting(line.pair) - waiting(pairBefore(line, before));
  return gap > QUIET && unanswered >= UNANSWERED ? gap : 0;
}

const waiting = (pair) => (pair.requestsSent ?? 0) - (pair.responsesReceived ?? 0);
const pairBefore = (line, before) => (before?.pair?.id === line.pair?.id ? before?.pair : undefined) ?? NOTHING;
const share = (some, all) => (all > 0 ? some / all : 0);
const round = (figure, digits) => (figure === undefined ? undefined : Number(figure.toFixed(digits)));

function largest(figures) {
  const known = figures.filter((one) => one !== undefined);
  return known.length ? Math.max(...known) : undefined;
}

function rate(lines, befores, field, ms) {
  const bytes = lines.map((line, n) => {
    const was = befores[n]?.carried ?? NOTHING;
    return grown(line.carried, (line.carried[field] ?? 0) >= (was[field] ?? 0) ? was : NOTHING, field);
  });
  return round((8 * sum(bytes)) / ms, 1);
}

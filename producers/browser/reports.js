// What getStats said of one peer connection, in the few things that a measurement needs.
// Names and units are W3C's (webrtc-stats): seconds, bytes, counters that only grow until a
// stream or a connection is replaced, `packetsLost` that may also fall.

export const NOTHING = Object.freeze({});
const BROKEN = new Set(["disconnected", "failed"]);

/** `connection`: {id, since, state, ice, reports}; `since` is when it was made (ms). */
export function read({ id, since = 0, state, ice, reports }) {
  const byId = new Map(reports.map((one) => [one.id, one]));
  const of = (type) => reports.filter((one) => one.type === type);
  const transport = of("transport").find((one) => byId.has(one.selectedCandidatePairId));
  const pair = byId.get(transport?.selectedCandidatePairId) ?? of("candidate-pair").find((one) => one.selected);
  const inbound = of("inbound-rtp");
  const times = [pair, ...inbound].map((one) => one?.lastPacketReceivedTimestamp ?? 0);
  return {
    id,
    since,
    at: Math.max(...reports.map((one) => one.timestamp ?? 0), 0),
    connected: state === "connected" || (state === undefined && (ice === "connected" || ice === "completed")),
    broken: BROKEN.has(state) || BROKEN.has(ice),
    closed: state === "closed",
    pair,
    path: pair && path(byId.get(pair.localCandidateId), byId.get(pair.remoteCandidateId)),
    carried: transport ?? pair ?? NOTHING,
    heard: Math.max(...times),
    inbound,
    outbound: of("outbound-rtp"),
    remote: of("remote-inbound-rtp"),
    sources: of("media-source"),
    byId,
  };
}

function path(local, remote) {
  const protocols = [local?.protocol, local?.relayProtocol];
  if (protocols.includes("tcp") || protocols.includes("tls")) return "tcp";
  return [local, remote].some((one) => one?.candidateType === "relay") ? "relay" : "direct";
}

/** The earlier look at the same thing; nothing, when it was not there or its counter began anew. */
export function earlier(line, now, counter) {
  const before = line?.byId.get(now.id);
  const same = before && before.ssrc === now.ssrc && (now[counter] ?? 0) >= (before[counter] ?? 0);
  return same ? before : NOTHING;
}

/** How much a figure rose since the earlier look; a signed one may have fallen. */
export const grown = (now, before, field) => (now[field] ?? 0) - (before[field] ?? 0);

export const sum = (figures) => figures.reduce((total, one) => total + one, 0);
export const mean = (figures) => (figures.length ? sum(figures) / figures.length : undefined);
export const within = (figure, most) => Math.min(Math.max(figure, 0), most);

// What the page knows, from what the hub says. Pure: `hear(known, message) -> known`.

export const nothing = Object.freeze({ begun: false, seq: 0, alerts: {}, boards: {}, live: null });

const by = (things, id) => Object.fromEntries(things.map((thing) => [thing[id], thing]));

/** One thing's newer state; an older one than is held changes nothing. */
function put(things, id, thing) {
  const held = things[id];
  return held && held.seq > thing.seq ? things : { ...things, [id]: thing };
}

function without(things, id) {
  const { [id]: _, ...others } = things;
  return others;
}

export function hear(known, message) {
  const seq = Math.max(known.seq, message.seq ?? 0);
  switch (message.type) {
    case "start":
      return {
        ...known,
        begun: true,
        seq: message.seq,
        alerts: by(message.alerts, "alert_id"),
        boards: by(message.boards, "session_id"),
      };
    case "alert":
      return { ...known, seq, alerts: put(known.alerts, message.alert_id, message) };
    case "board":
      return { ...known, seq, boards: put(known.boards, message.session_id, message) };
    case "gone":
      return message.what === "alert"
        ? { ...known, seq, alerts: without(known.alerts, message.id) }
        : { ...known, seq, boards: without(known.boards, message.id) };
    case "resumed":
      return { ...known, begun: true, seq };
    case "live":
      return { ...known, live: message };
    default:
      return known; // a newer hub may say more
  }
}

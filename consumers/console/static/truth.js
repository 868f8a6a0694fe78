// Is what the page shows true? Pure. The page says "Live" only while the hub has spoken within
// the last seconds and says itself that the session monitor moves on.

export const SILENCE = 6_000; // three beats of the hub missed
export const PATIENCE = 5_000; // for the first word, before the page calls itself offline

/**
 * `walls` are milliseconds of the page's own steady clock: `now`, `loaded`, `heard` (the last
 * message) and `closed` (when the socket was lost, else null). Instants are the installation's.
 * `platforms` are those of the rooms on the page; that another one is silent is not its concern,
 * and of several the silent ones (`silent`, with since when) are told room by room.
 */
export function truth(live, walls, online, platforms = new Set()) {
  const clock = live ? live.now + (walls.now - walls.heard) * live.speed : null;
  if (!live) {
    if (online && walls.now - walls.loaded < PATIENCE) return { state: "wait", clock };
    return { state: "no", why: online ? "never" : "offline", since: null, clock };
  }
  if (!online) return { state: "no", why: "offline", since: live.now, clock };
  if (walls.now - walls.heard > SILENCE) {
    return { state: "no", why: "silent", since: live.since ?? live.now, clock };
  }
  if (live.problem === "starting") return { state: "wait", clock };
  if (live.problem) return { state: "no", why: live.problem, since: live.since, clock };
  const silent = Object.entries(live.silent ?? {}).filter(
    ([name]) => platforms.size === 0 || platforms.has(name),
  );
  if (silent.length && silent.length >= platforms.size) {
    const [platform, since] = silent[0];
    return { state: "no", why: "platform", platform, since, clock };
  }
  return { state: "yes", clock, since: live.live_since, silent };
}

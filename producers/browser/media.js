// The state of a person's own devices, from the tracks that are sent; never what is in them.

/** As loud as the quality reducer calls heard: -40 dBov, above room noise after suppression. */
const HEARD = 0.01;

/** `tracks`: {kind, enabled, muted, readyState, screen}, or MediaStreamTracks. */
export function devices(tracks) {
  const sent = [...tracks].filter((track) => track && track.readyState === "live" && track.enabled && !track.muted);
  return {
    camera: sent.some((track) => track.kind === "video" && !screen(track)),
    microphone: sent.some((track) => track.kind === "audio"),
  };
}

/** A shared screen is no camera. */
const screen = (track) => track.screen ?? track.getSettings?.().displaySurface !== undefined;

/** `media.changed` of what differs between two states; null when nothing does. */
export function change(before, now) {
  const word = (on) => (on ? "on" : "off");
  const differs = ["camera", "microphone"].filter((one) => before?.[one] !== now[one]);
  return differs.length
    ? { type: "media.changed", ...Object.fromEntries(differs.map((one) => [one, word(now[one])])) }
    : null;
}

/** Adds up for how long a microphone was spoken into; only the time, and only when asked. */
export class Speech {
  #before = null;
  #ms = 0;

  /** `source`: the microphone's `media-source` report, about once a second. */
  hear(source) {
    const before = this.#before;
    this.#before = source;
    if (!before || !source || source.id !== before.id) return;
    const seconds = source.totalSamplesDuration - before.totalSamplesDuration;
    const energy = source.totalAudioEnergy - before.totalAudioEnergy;
    if (seconds > 0 && energy / seconds >= HEARD * HEARD) this.#ms += 1_000 * seconds;
  }

  /** The time since it was last taken (ms), from one second on. */
  take() {
    if (this.#ms < 1_000) return null;
    const ms = Math.round(this.#ms);
    this.#ms = 0;
    return { type: "engagement.observed", kind: "spoke", ms };
  }
}

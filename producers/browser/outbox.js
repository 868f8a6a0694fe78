// What waits to be sent, bounded; and the beacons that it is sent in. Pure.

/** An hour of samples, 5 s apart; beyond it the oldest go, since the newest say how it is now. */
const MOST_SAMPLES = 720;
const MOST_EVENTS = 200;
/** Samples of one beacon: under the 64 KiB that a browser sends as a page goes, and ten minutes of
 * them a minute are under what the gateway takes from one token. */
const A_BEACON = 100;

export class Outbox {
  #token;
  #samples = [];
  #events = [];
  #skew = null;
  #trip = Infinity;

  constructor(token) {
    this.#token = token;
  }

  get waiting() {
    return this.#samples.length + this.#events.length;
  }

  sample(one) {
    this.#samples = [...this.#samples, one].slice(-MOST_SAMPLES);
  }

  event(one) {
    this.#events = [...this.#events, one].slice(-MOST_EVENTS);
  }

  /** Hears what the gateway's clock showed (ms) between a beacon's sending and its answer; the
   * quickest answer tells best, until the device's clock is set: then the two contradict. */
  clock({ sent, answered, theirs }) {
    const trip = answered - sent;
    if (!Number.isFinite(theirs) || trip < 0) return;
    const skew = Math.round(theirs - (sent + answered) / 2);
    const agree = Math.abs(skew - this.#skew) <= (trip + this.#trip) / 2;
    if (trip > this.#trip && agree) return;
    this.#trip = trip;
    this.#skew = skew;
  }

  /** Forgets what is no longer consented to. */
  keep({ quality, engagement }) {
    if (!quality) this.#samples = [];
    this.#events = this.#events.filter(({ type }) => allowed(type, { quality, engagement }));
  }

  /** The oldest that wait: {body, sent()}, and `sent` takes them out; null when nothing waits.
   * The first one may be empty: it asks for the clock, and for what is allowed now. */
  next(now) {
    const samples = this.#samples.slice(0, A_BEACON);
    const events = this.#events.slice(0, A_BEACON);
    if (!samples.length && !events.length && this.#skew !== null) return null;
    const skew = this.#skew ?? undefined;
    return {
      body: JSON.stringify({ token: this.#token, sent_at: now, skew, samples, events }),
      sent: () => {
        this.#samples = this.#samples.filter((one) => !samples.includes(one));
        this.#events = this.#events.filter((one) => !events.includes(one));
      },
    };
  }
}

/** Which consent an event needs: taking part is its own; the state of the devices is of either. */
export const allowed = (type, { quality, engagement }) =>
  type === "engagement.observed" ? engagement : quality || engagement;

/** What becomes of a beacon by its answer: gone, to be tried again, or the end. */
export function outcome(status) {
  if (status === 401) return "over"; // the token has run out
  return status === 408 || status === 429 || status >= 500 ? "later" : "gone";
}

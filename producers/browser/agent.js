// Beside a clinic's video page: how good the line is, and that somebody takes part. Never what is
// said or seen, nor which window a person looks at. Without a consent it does nothing at all.
//
//   import { watch } from "https://sessionwatch.clinic.example/agent/agent.js";
//   const agent = watch();     // before the video SDK makes its first peer connection
//   ...
//   agent.stop();              // when the call is over

import { Speech, change, devices } from "./media.js";
import { Outbox, allowed, outcome } from "./outbox.js";
import { UNKNOWN, measure } from "./stats.js";

const LOOK_MS = 5_000;
const LISTEN_MS = 1_000;
/** A phone's radio stays awake for seconds after each sending. */
const SEND_MS = { cellular: 30_000, other: 10_000 };

/**
 * Starts. `token` and `consent` ({quality, engagement}) come from the page's address, where the
 * join link put them (`#sw=TOKEN.qe`: q and e are the consents given), unless they are given here.
 */
export function watch({ token, consent, url = new URL("../beacon", import.meta.url).href } = fromAddress()) {
  return new Agent(token ?? "", consent ?? {}, url);
}

export function fromAddress(address = location.hash) {
  const [, token, given] = /[#&]sw=([\w-]+\.[\w-]+)\.([qe]*)/.exec(address) ?? [];
  return token ? { token, consent: { quality: given.includes("q"), engagement: given.includes("e") } } : {};
}

class Agent {
  #url;
  #outbox;
  #consent = { quality: false, engagement: false };
  #connections = new Map(); // peer connection -> {id, since}
  #connection = `browser:${crypto.randomUUID()}`;
  #known = UNKNOWN;
  #devices = null;
  #speech = new Speech();
  #timers = [];
  #native = globalThis.RTCPeerConnection;
  /** Some browsers hide no page that is left for another. */
  #leaving = ({ type }) => (type === "pagehide" || document.visibilityState === "hidden") && this.#goodbye();

  constructor(token, consent, url) {
    this.#url = url;
    this.#outbox = new Outbox(token);
    if (token) this.consent(consent);
  }

  /** What the person allows from now on. */
  consent({ quality = false, engagement = false }) {
    const before = this.#consent;
    this.#consent = { quality, engagement };
    this.#outbox.keep(this.#consent);
    if (!quality) this.#known = UNKNOWN;
    const wanted = quality || engagement;
    if (wanted && !(before.quality || before.engagement)) this.#start();
    if (!wanted) this.stop();
  }

  /** Has this connection measured too; those made after `watch()` are by themselves. */
  add(connection) {
    this.#connections.set(connection, { id: crypto.randomUUID(), since: Date.now() });
  }

  /** The call is over: what waits is sent, and nothing more is measured. */
  stop() {
    this.#timers.forEach(clearInterval);
    this.#timers = [];
    removeEventListener("pagehide", this.#leaving);
    document.removeEventListener("visibilitychange", this.#leaving);
    this.#goodbye();
    this.#connections.clear();
    if (globalThis.RTCPeerConnection?.watchedBy === this) globalThis.RTCPeerConnection = this.#native;
    this.#rest();
  }

  #start() {
    const construct = (target, words, made) => {
      const connection = Reflect.construct(target, words, made);
      this.add(connection);
      return connection;
    };
    const get = (target, name) => (name === "watchedBy" ? this : Reflect.get(target, name));
    globalThis.RTCPeerConnection = new Proxy(this.#native, { construct, get });
    this.#timers = [setInterval(() => this.#look(), LOOK_MS), setInterval(() => this.#listen(), LISTEN_MS)];
    this.#send();
    this.#sendLater();
    addEventListener("pagehide", this.#leaving);
    document.addEventListener("visibilitychange", this.#leaving);
  }

  async #look() {
    const looked = [...this.#connections].map(async ([connection, { id, since }]) => {
      if (connection.connectionState === "closed") this.#connections.delete(connection);
      const reports = [...(await connection.getStats()).values()];
      return { id, since, state: connection.connectionState, ice: connection.iceConnectionState, reports };
    });
    const connections = (await Promise.allSettled(looked)).flatMap(({ value }) => value ?? []);
    const now = devices(this.#senders().map((sender) => sender.track));
    if (this.#connections.size) this.#say(change(this.#devices, now));
    this.#devices = this.#connections.size ? now : null; // of a call, both are said at its beginning
    if (!this.#consent.quality) return;
    const look = { at: Date.now(), online: navigator.onLine, ...now, connections };
    const [known, sample] = measure(this.#known, look);
    this.#known = known;
    if (sample) this.#outbox.sample({ connection_id: this.#connection, ...sample });
  }

  async #listen() {
    if (!this.#consent.engagement) return;
    const sender = this.#senders().find(({ track }) => devices([track]).microphone);
    const reports = sender ? [...(await sender.getStats()).values()] : [];
    this.#speech.hear(reports.find((one) => one.type === "media-source"));
  }

  #senders() {
    return [...this.#connections.keys()].flatMap((connection) => connection.getSenders());
  }

  #say(event) {
    if (event && allowed(event.type, this.#consent)) {
      this.#outbox.event({ ...event, id: crypto.randomUUID(), ts: Date.now() });
    }
  }

  #sendLater() {
    const cellular = navigator.connection?.type === "cellular" || navigator.connection?.saveData;
    const timer = setTimeout(() => this.#send().finally(() => this.#timers.includes(timer) && this.#sendLater()),
      cellular ? SEND_MS.cellular : SEND_MS.other);
    this.#timers = [...this.#timers.slice(0, 2), timer];
  }

  async #send() {
    this.#say(this.#speech.take());
    const sent = Date.now();
    const beacon = this.#outbox.next(sent);
    if (!beacon || !navigator.onLine) return;
    try {
      const headers = { "Content-Type": "text/plain" }; // asks no permission first
      const answer = await fetch(this.#url, { method: "POST", body: beacon.body, headers, credentials: "omit" });
      const become = outcome(answer.status);
      if (become !== "later") beacon.sent();
      if (become === "over") this.consent({});
      else if (answer.ok) this.#obey(await answer.json(), sent, Date.now());
    } catch {
      // Not heard: it stays, and goes with the next.
    }
  }

  /** What the last beacon could not carry, or no network could: a call often ends of an outage. */
  async #rest() {
    const { waiting } = this.#outbox;
    if (!waiting) return;
    if (!navigator.onLine) {
      addEventListener("online", () => this.#rest(), { once: true });
      return;
    }
    await this.#send();
    if (this.#outbox.waiting < waiting) await this.#rest();
  }

  /** The person may have changed what they allow elsewhere. */
  #obey({ consent, now }, sent, answered) {
    this.#outbox.clock({ sent, answered, theirs: now });
    if (consent) this.consent(consent);
  }

  /** A page that goes, or is put away, may not come back. Without a network the browser would take
   * the beacon and lose it; kept, it goes if the page does come back. */
  #goodbye() {
    this.#say(this.#speech.take());
    if (!this.#outbox.waiting || !navigator.onLine) return;
    const beacon = this.#outbox.next(Date.now());
    if (beacon && navigator.sendBeacon(this.#url, beacon.body)) beacon.sent();
  }
}

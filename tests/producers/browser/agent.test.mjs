import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { watch } from "../../../producers/browser/agent.js";

/** As much of a browser as the agent touches. */
class Browser {
  fetched = [];
  beacons = [];
  document = Object.assign(new EventTarget(), { visibilityState: "visible" });
  window = new EventTarget();
  navigator = { onLine: true, sendBeacon: (url, body) => Boolean(this.beacons.push(JSON.parse(body))) };

  constructor() {
    mock.timers.enable({ apis: ["setInterval", "setTimeout", "Date"], now: 1_795_436_310_000 });
    const { document, navigator, window } = this;
    const consent = { quality: true, engagement: false };
    const fetch = async (url, { body }) => {
      this.fetched.push(JSON.parse(body));
      return { ok: true, status: 200, json: async () => ({ consent, now: Date.now() }) };
    };
    const listening = ["addEventListener", "removeEventListener"].map((name) => [name, window[name].bind(window)]);
    const globals = { document, navigator, fetch, RTCPeerConnection: Call, ...Object.fromEntries(listening) };
    for (const [name, value] of Object.entries(globals)) {
      Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
    }
    this.agent = watch({ token: "a.b", consent, url: "https://gateway.example/beacon" });
  }

  async passes(seconds) {
    for (let n = 0; n < seconds; n += 1) {
      mock.timers.tick(1_000);
      await new Promise((go) => setImmediate(go));
    }
  }

  hide() {
    this.document.visibilityState = "hidden";
    this.document.dispatchEvent(new Event("visibilitychange"));
  }

  said() {
    return [...this.fetched, ...this.beacons].flatMap(({ events }) => events);
  }
}

/** A call on a good line. */
class Call {
  connectionState = "connected";
  tracks = [];

  getSenders() {
    return this.tracks.map((track) => ({ track: { readyState: "live", muted: false, ...track } }));
  }

  async getStats() {
    const now = Date.now();
    const pair = { id: "P", type: "candidate-pair", timestamp: now, currentRoundTripTime: 0.05, lastPacketReceivedTimestamp: now };
    const transport = { id: "T", type: "transport", timestamp: now, selectedCandidatePairId: "P", bytesSent: now, bytesReceived: now };
    return new Map([pair, transport].map((one) => [one.id, one]));
  }
}

function opened(t) {
  t.after(() => mock.timers.reset());
  return new Browser();
}

test("whose camera and microphone are off from the beginning is said to have them off, in each call", async (t) => {
  const page = opened(t);
  await page.passes(11); // the page is there before the call
  const call = new RTCPeerConnection();
  call.tracks = ["video", "audio"].map((kind) => ({ kind, screen: false, enabled: false }));
  await page.passes(16);
  call.tracks[0].enabled = true;
  await page.passes(16);
  call.connectionState = "closed";
  await page.passes(11);
  new RTCPeerConnection();
  await page.passes(21);
  const told = page.said().map(({ camera, microphone }) => [camera, microphone]);
  assert.deepEqual(told, [["off", "off"], ["on", undefined], ["off", "off"]]);
});

test("what waits is not given away without a network, and comes when the page does", async (t) => {
  const page = opened(t);
  new RTCPeerConnection();
  await page.passes(20);
  page.navigator.onLine = false;
  const before = page.fetched.length;
  await page.passes(20);
  page.hide();
  assert.deepEqual([page.beacons.length, page.fetched.length], [0, before]);
  page.navigator.onLine = true;
  await page.passes(11);
  assert.ok(page.fetched.slice(before).flatMap(({ samples }) => samples).length >= 5);
});

const samples = (beacons) => beacons.flatMap((one) => one.samples);

test("a call that an outage ends is told of once there is a network again", async (t) => {
  const page = opened(t);
  new RTCPeerConnection();
  await page.passes(20);
  page.navigator.onLine = false;
  await page.passes(20);
  const before = page.fetched.length;
  page.agent.stop();
  await page.passes(30);
  assert.equal(page.fetched.length + page.beacons.length, before);
  page.navigator.onLine = true;
  page.window.dispatchEvent(new Event("online"));
  await page.passes(1);
  assert.ok(samples(page.fetched.slice(before)).length >= 4);
  await page.passes(30);
  assert.equal(page.fetched.length, before + 1);
});

test("a call that ends after a long outage leaves nothing behind", async (t) => {
  const page = opened(t);
  new RTCPeerConnection();
  await page.passes(20);
  page.navigator.onLine = false;
  await page.passes(5 * 230);
  page.navigator.onLine = true;
  const before = page.fetched.length;
  page.agent.stop();
  await page.passes(2);
  const told = samples([...page.beacons, ...page.fetched.slice(before)]).map(({ ts }) => ts);
  assert.ok(told.length >= 230);
  assert.equal(new Set(told).size, told.length);
});

test("a page that goes sends what waits, whether the browser hides it before or not", async (t) => {
  const page = opened(t);
  new RTCPeerConnection();
  await page.passes(27);
  page.window.dispatchEvent(new Event("pagehide"));
  assert.equal(page.beacons.length, 1);
  await page.passes(5);
  page.document.dispatchEvent(new Event("visibilitychange")); // shown again
  assert.equal(page.beacons.length, 1);
  page.hide();
  assert.equal(page.beacons.length, 2);
});

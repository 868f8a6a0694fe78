// Tries camera, microphone, speaker and network. Nothing of what is seen or heard is kept or sent.

const MEGABYTE = 1_000_000;
/** Slower than this (kbit/s), video will not hold: a group of small pictures needs about as much. */
const ENOUGH_KBPS = 600;
const LISTEN_MS = 15_000;
const MEGABYTE_MS = 20_000;
/** As loud as the log calls heard, over a moment. */
const HEARD = 0.01;

/** Without these no video call runs here. */
export const able = () => Boolean(globalThis.RTCPeerConnection && navigator.mediaDevices?.getUserMedia);

/** Camera and microphone, one without the other where only one is allowed: {stream, camera, microphone}. */
export async function devices() {
  const both = await open({ video: { width: 320, height: 240, facingMode: "user" }, audio: true });
  if (both.stream) return { stream: both.stream, camera: "ok", microphone: "ok" };
  const sound = await open({ audio: true });
  const picture = await open({ video: true });
  const tracks = [sound, picture].flatMap(({ stream }) => stream?.getTracks() ?? []);
  return {
    stream: tracks.length ? new MediaStream(tracks) : null,
    camera: picture.stream ? "ok" : picture.why,
    microphone: sound.stream ? "ok" : sound.why,
  };
}

async function open(wanted) {
  try {
    return { stream: await navigator.mediaDevices.getUserMedia(wanted) };
  } catch (error) {
    return { why: error.name === "NotAllowedError" ? "denied" : "fail" };
  }
}

/** Whether a voice comes; `moved(0..1)` as it does. */
export async function listen(stream, moved) {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  context.createMediaStreamSource(stream).connect(analyser);
  const wave = new Float32Array(analyser.fftSize);
  const until = performance.now() + LISTEN_MS;
  let heard = 0;
  while (performance.now() < until && heard < 5) {
    await new Promise((go) => setTimeout(go, 100));
    analyser.getFloatTimeDomainData(wave);
    const level = Math.sqrt(wave.reduce((sum, one) => sum + one * one, 0) / wave.length);
    moved(Math.min(1, level * 8));
    if (level >= HEARD) heard += 1;
  }
  await context.close();
  return heard >= 5 ? "ok" : "fail";
}

/** A tone of a second, for the person to say whether they heard it. `context` is made in the tap
 * that began the check: later, iPhones play nothing that no tap asked for. */
export async function tone(context) {
  await context.resume(); // the microphone interrupts it there
  const sound = context.createOscillator();
  const volume = context.createGain();
  volume.gain.value = 0.2;
  sound.frequency.value = 523;
  sound.connect(volume).connect(context.destination);
  sound.start();
  sound.stop(context.currentTime + 1);
}

/** How fast one megabyte comes. */
export async function network(base) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), MEGABYTE_MS);
  const began = performance.now();
  try {
    const answer = await fetch(`${base}/megabyte`, { signal: stop.signal, cache: "no-store" });
    if (!answer.ok) return "fail";
    await answer.arrayBuffer();
    const kbps = (8 * MEGABYTE) / (performance.now() - began);
    return kbps >= ENOUGH_KBPS ? "ok" : "slow";
  } catch {
    return navigator.onLine && performance.now() - began >= MEGABYTE_MS ? "slow" : "offline";
  } finally {
    clearTimeout(timer);
  }
}

/** As `device.checked` has it: the parts that failed. */
export const failures = (parts) =>
  ["camera", "microphone", "speaker", "network", "browser"].filter((name) => (parts[name] ?? "ok") !== "ok");

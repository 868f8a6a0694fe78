// The check as the page shows it.

import { able, devices, failures, listen, network, tone } from "./check.js";
import * as phone from "./device.js";
import { ask, newId } from "./server.js";
import { t } from "./words.js";

const by = (id) => document.getElementById(id);
const base = document.body.dataset.base;

let parts = {};
let running = false;
let finished = false;

export function wireCheck(ready) {
  by("start").addEventListener("click", async () => {
    if (running) return;
    running = true;
    by("start").disabled = true;
    by("start").textContent = t("check_running");
    try {
      await run();
    } finally {
      running = false;
      by("start").disabled = false;
      by("start").dataset.t = "check_again";
      by("start").textContent = t("check_again");
    }
    ready(failures(parts).length === 0);
  });
}

async function run() {
  finished = false;
  parts = {};
  by("run").hidden = false;
  drawCheck();
  if (!able()) return end({ browser: "fail" });
  const speaker = new AudioContext();
  Object.assign(parts, { camera: "wait", microphone: "wait", speaker: "wait", network: "wait" });
  drawCheck();
  const speed = network(base).then((word) => mark("network", word));
  const { stream, camera, microphone } = await devices();
  mark("camera", camera);
  if (microphone !== "ok") mark("microphone", microphone);
  try {
    if (camera === "ok") await mirror(stream);
    if (microphone === "ok") mark("microphone", await hearVoice(stream));
  } finally {
    for (const track of stream?.getTracks() ?? []) track.stop();
    by("mirror").srcObject = null;
    by("mirror").hidden = true;
    by("speak").hidden = true;
  }
  mark("speaker", await hearTone(speaker));
  speaker.close();
  await speed;
  return end({});
}

function mark(part, result) {
  parts[part] = result;
  drawCheck();
}

async function mirror(stream) {
  by("mirror").srcObject = stream;
  by("mirror").hidden = false;
  await by("mirror").play().catch(() => {});
}

async function hearVoice(stream) {
  by("speak").hidden = false;
  return listen(stream, (level) => (by("loud").value = level));
}

function hearTone(speaker) {
  by("hear").hidden = false;
  tone(speaker).catch(() => {}); // then nothing is heard, and the person says so
  return new Promise((said) => {
    for (const button of by("hear").querySelectorAll("button")) {
      button.onclick = () => {
        by("hear").hidden = true;
        said(button.dataset.heard === "yes" ? "ok" : "fail");
      };
    }
  });
}

function end(more) {
  Object.assign(parts, more);
  finished = true;
  drawCheck();
  const failed = failures(parts);
  const said = { id: newId(), result: failed.length ? "fail" : "pass", failures: failed };
  ask("check", { ...said, device: phone.device(), network: phone.network() }).catch(() => {});
}

/** Again after a change of language, too. */
export function drawCheck() {
  by("parts").replaceChildren(...Object.entries(parts).map(([name, result]) => line(name, result)));
  const failed = failures(parts);
  const tips = [
    Object.values(parts).includes("denied") && "tip_denied",
    failed.includes("network") && "tip_network",
    failed.includes("browser") && "tip_browser",
    failed.length ? "check_fail" : "check_pass",
  ];
  by("verdict").replaceChildren(...(finished ? tips.filter(Boolean).map(paragraph) : []));
}

function line(name, result) {
  const item = document.createElement("li");
  const what = document.createElement("b");
  const how = document.createElement("span");
  what.textContent = t(`part_${name}`);
  how.textContent = t(`result_${result}`);
  how.dataset.result = result;
  item.append(what, how);
  return item;
}

function paragraph(word) {
  const made = document.createElement("p");
  made.textContent = t(word);
  return made;
}

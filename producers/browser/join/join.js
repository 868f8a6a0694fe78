// The join page. Going on to the meeting is a plain link, which needs none of this.

import { drawCheck, wireCheck } from "./checking.js";
import { inChrome, insideApp } from "./device.js";
import { alone, hear, press, refuse, standing, taken, unheard, unsent } from "./reports.js";
import { ask, newId, refused } from "./server.js";
import { chosen, day, speak, spoken, t, time } from "./words.js";

const SOON = 3_000; // while somebody waits to be seen
const LATER = 30_000;
const by = (id) => document.getElementById(id);

let state = null; // what the server last said
let reports = [];
let sending = false;
let timer = 0;
let saved = "";

// --- what the server says ---

async function look() {
  try {
    state = await ask("state");
    reports = hear(reports, state.reports);
    if (!chosen() && !new URL(location.href).searchParams.has("l")) speak(state.language?.slice(0, 2));
  } catch {
    // What stands stays: the numbers to call are always there.
  }
  draw();
}

async function keepLooking() {
  clearTimeout(timer);
  await Promise.all([look(), send()]);
  const waiting = reports.some((one) => ["sending", "unsent", "unseen", "nobody"].includes(word(one)));
  clearTimeout(timer);
  timer = setTimeout(keepLooking, waiting ? SOON : LATER);
}

// --- what a person asks for ---

function say(kind, score) {
  reports = press(reports, newId(), kind, Date.now(), score);
  draw();
  by("reports").firstElementChild.scrollIntoView({ block: "nearest" }); // on a small phone it lies below
  keepLooking();
}

async function send() {
  if (sending) return;
  sending = true;
  for (const { id, kind, score, pressed } of unsent(reports)) {
    try {
      const answer = await ask("report", { id, kind, score, waited_ms: Math.max(0, Date.now() - pressed) });
      reports = taken(reports, id, answer.at, answer.report);
      if (state) state.help = answer.help;
    } catch (error) {
      reports = refused(error) ? refuse(reports, id) : unheard(reports, id);
    }
    draw();
  }
  sending = false;
}

const word = (report) => standing(report, Boolean(state?.help));

function askDanger() {
  const dialog = by("danger");
  if (dialog.showModal) dialog.showModal();
  else dialog.setAttribute("open", ""); // an old browser
}

function answerDanger(kind) {
  by("danger").close?.();
  by("danger").removeAttribute("open");
  if (kind) say(kind);
}

async function allow(box) {
  const { scope } = box.dataset;
  const granted = box.checked; // drawn anew while the answer is awaited
  try {
    await ask("consent", { scope, granted, notice_version: state.notice_version });
    state.consents[scope] = granted;
    saved = "allow_saved";
  } catch {
    saved = "allow_unsaved"; // and the switch shows what is in force
  }
  draw();
}

// --- what is shown ---

function draw() {
  document.body.classList.toggle("alone", alone(reports, Boolean(state?.help)));
  drawReports();
  drawCheck();
  by("saved").textContent = saved ? t(saved) : "";
  if (!state) return;
  by("when").textContent = when();
  by("go").hidden = !state.can_join;
  by("unknown").hidden = state.can_join || state.starts_at === null;
  by("closed").hidden = state.can_report;
  by("buttons").hidden = !state.can_report && !reports.length;
  by("tired").hidden = !state.ask_tiredness || reports.some((one) => one.kind === "fatigue");
  by("allow").hidden = false;
  for (const box of document.querySelectorAll("[data-scope]")) box.checked = state.consents[box.dataset.scope];
  drawNumbers();
}

function when() {
  if (state.starts_at === null) return t("when_none");
  if (state.cancelled) return t("when_cancelled");
  const hours = t("when", { start: time(state.starts_at), end: time(state.ends_at) });
  const today = new Date().toDateString() === new Date(state.starts_at).toDateString();
  return today ? hours : `${day(state.starts_at)}, ${hours}`;
}

function drawNumbers() {
  for (const place of document.querySelectorAll(".clinic")) place.hidden = !state.phone;
  by("phone").textContent = state.phone;
  for (const link of document.querySelectorAll(".clinic a, a.clinic")) {
    link.href = `tel:${state.phone.replace(/[^\d+]/g, "")}`;
  }
  by("dial").hidden = !state.dial_in;
  by("number").textContent = state.dial_in;
  by("number").href = `tel:${state.dial_in.replace(/[^\d+]/g, "")}`;
  by("code").textContent = state.dial_in_code && t("dial_code", { code: state.dial_in_code });
}

const ASKED = { help: "help", crisis: "help", privacy: "private", technical: "technical", fatigue: "tired_said" };

function drawReports() {
  const list = by("reports");
  const lines = reports.map((report) => {
    const now = word(report);
    const line = list.querySelector(`[data-id="${report.id}"]`) ?? newLine(report.id);
    line.dataset.state = now;
    const [what, how] = [`${t(ASKED[report.kind], report)} · ${time(report.pressed)}`, t(now)];
    if (line.firstChild.textContent !== what) line.firstChild.textContent = what;
    if (line.lastChild.textContent !== how) line.lastChild.textContent = how;
    return line;
  });
  // The newest on top: right below the buttons, where the eye is, and not under the footer.
  lines.forEach((line) => line.parentNode ?? list.prepend(line));
}

function newLine(id) {
  const line = document.createElement("li");
  line.dataset.id = id;
  line.append(document.createElement("b"), document.createElement("span"));
  return line;
}

// --- what a person touches ---

function wire() {
  by("asks").hidden = false; // what needs this script is shown by it
  by("check").hidden = false;
  for (const link of document.querySelectorAll("[data-language]")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      speak(link.dataset.language, true);
      draw();
    });
  }
  by("leave").addEventListener("click", (event) => {
    event.preventDefault();
    const { href } = by("leave");
    document.body.replaceChildren();
    location.replace(href); // the way back does not lead here
  });
  for (const button of document.querySelectorAll("[data-report]")) {
    button.addEventListener("click", () => (button.dataset.report === "help" ? askDanger() : say(button.dataset.report)));
  }
  for (const button of document.querySelectorAll("[data-score]")) {
    button.addEventListener("click", () => say("fatigue", Number(button.dataset.score)));
  }
  for (const button of document.querySelectorAll("[data-send]")) {
    button.addEventListener("click", () => answerDanger(button.dataset.send));
  }
  for (const box of document.querySelectorAll("[data-scope]")) box.addEventListener("change", () => allow(box));
  by("go").addEventListener("click", () => {
    by("go").href = `${document.body.dataset.base}/go?l=${spoken()}`;
  });
  wireCheck((good) => {
    by("go").dataset.t = good ? "join" : "join_anyway";
    by("go").textContent = t(by("go").dataset.t);
  });
  addEventListener("online", keepLooking);
}

function wireInsideApp() {
  if (!insideApp()) return;
  const address = inChrome();
  by("inside").hidden = false;
  by("chrome").hidden = !address;
  by("safari").hidden = Boolean(address);
  if (address) by("chrome").href = address;
  by("go").dataset.t = "join_anyway";
}

speak(document.documentElement.lang);
if (document.body.dataset.kind === "open") {
  wireInsideApp();
  wire();
  const asked = new URL(location.href).searchParams.get("l");
  speak(asked ?? chosen() ?? document.documentElement.lang);
  keepLooking();
}

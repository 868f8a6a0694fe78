// The page: what it knows, what it shows, and what a person does with it.

import { acting } from "./acts.js";
import { CRISIS, lists, noticed } from "./alerts.js";
import { doing } from "./doing.js";
import { draw, h } from "./dom.js";
import { hear, nothing } from "./feed.js";
import { bar, digestLine, liveLine, liveWords, shadowLine } from "./frame.js";
import { icon } from "./icons.js";
import { listen } from "./keys.js";
import { focused, keepFocus, keepPlace } from "./places.js";
import { queueing } from "./queue.js";
import { cares, isOver, ownRoom, platformsShown } from "./rooms.js";
import { connect } from "./socket.js";
import { truth } from "./truth.js";
import { weeksOf } from "./weeks.js";
import { LANGUAGES, hour, speak, spoken, t, zone } from "./words.js";
import { cases, howMany } from "./screens/cases.js";
import { crisisBanners } from "./screens/crisis.js";
import { more } from "./screens/more.js";
import { now, watched } from "./screens/now.js";
import { enrolQuestion, knowing, people } from "./screens/people.js";
import { signIn } from "./screens/sign-in.js";
import { weeks } from "./screens/weeks.js";

const SCREENS = { now, cases, people: (app) => (app.inWeeks ? weeks(app) : people(app)), more };
const ACTIVITY = 60_000;

const app = {
  me: null,
  known: nothing,
  screen: "now",
  chosenRoom: null,
  chosenCase: null,
  chosenPerson: null,
  inWeeks: false, // of the chosen person
  folded: new Set(),
  saying: null,
  ended: false,
  wrong: null,
  signingIn: false,
  failed: null,
  last: null, // the last act, for ten seconds
  held: null, // a mark or match that is not sent yet
  zone: zone(),
};

let socket = null;
let loaded = performance.now();
let heardAt = performance.now();
let watchedNow = "";
let drawing = false;

app.acts = acting({ csrf: () => app.me?.csrf ?? "", changed: redraw, signedOut });
doing(app, redraw);
queueing(app, redraw);
knowing(app, redraw);
weeksOf(app, redraw);

// --- drawing ---

function redraw() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    try {
      paint();
    } catch (error) {
      fail(error);
    }
  });
}

function paint() {
  const root = document.getElementById("page");
  document.documentElement.lang = spoken();
  if (!app.me) {
    document.title = `${t("sign_in.title")} · sessionwatch`;
    return draw(root, signIn(app));
  }
  look();
  app.keepQueue();
  const had = focused();
  const title = app.screen === "more" ? t("nav.more") : t(`nav.${app.screen}`);
  document.title = `${title} · sessionwatch`;
  document.body.className = app.truth.state === "no" ? "stale" : "";
  draw(root, [
    h("section", { class: "top", key: "top", "aria-label": t("live.label") }, liveLine(app), shadowLine(app)),
    h("section", { class: "crises", key: "crises", tabindex: -1, "aria-label": t("crisis.label") }, crisisBanners(app)),
    h("div", { class: "bar-place", key: "bar" }, bar(app)),
    digestLine(app),
    SCREENS[app.screen](app),
    undoLine(),
  ]);
  keepFocus(had);
  keepPlace();
  announce();
  watch();
}

/** What follows from what is known and from the clock. */
function look() {
  const walls = { now: performance.now(), loaded, heard: heardAt };
  app.live = app.known.live;
  const shown = platformsShown(app.known.boards, app.chosenRoom, app.live?.now ?? Date.now());
  app.truth = truth(app.live, walls, navigator.onLine, shown);
  const told = app.truth.clock ?? Date.now();
  // Not live: the minutes stop where the page was true.
  app.now = app.truth.state === "no" && app.truth.why !== "platform" ? (app.truth.since ?? told) : told;
  const own = ownRoom(app.known.boards, app.now);
  app.hosting = Boolean(own && !isOver(own, app.now) && own.starts_at <= app.now);
  const room = app.known.boards[app.chosenRoom] ?? own ?? Object.values(app.known.boards)[0];
  app.zone = room?.time_zone ?? zone();
}

function undoLine() {
  const { held, last } = app;
  if (!held && !last) return null;
  return h(
    "section",
    { class: "undo", key: "undo", "aria-label": t("act.undo") },
    h("span", {}, held ? t("act.held", { what: held.words }) : last.words, held?.follows && h("small", {}, held.follows)),
    (held || last.alert) && h("button", { type: "button", class: "bare", onclick: app.undo }, t("act.undo"), h("kbd", { "aria-hidden": "true" }, "Z")),
  );
}

/** Changes for screen readers: live or not, new alerts, the count; never the seconds. */
function announce() {
  tell("done", app.held ? [t("act.held", { what: app.held.words }), app.held.follows].join(" ") : (app.last?.words ?? ""));
  const words = [liveWords(app)];
  const { open, free } = lists(app.known, app.now);
  const newest = noticed(app.known, app.now).reduce((last, one) => (one.raised_at > (last?.raised_at ?? 0) ? one : last), null);
  if (newest && !CRISIS.includes(newest.rule)) {
    words.push(howMany(app.known, { open, free }), newest.title);
  }
  tell("said", words.join(" "));
}

const told = new Map();

/** Into a region that screen readers read when it changes. */
function tell(region, words) {
  if (told.get(region) === words) return;
  told.set(region, words);
  document.getElementById(region).textContent = words;
}

function watch() {
  const wanted = watched(app);
  if (wanted.join() === watchedNow) return;
  watchedNow = wanted.join();
  socket?.say({ type: "watch", session_ids: wanted });
}

function fail(error) {
  const at = hour(Date.now(), zone());
  const code = (error?.stack ?? "").split("\n")[1]?.match(/([\w-]+\.js:\d+)/)?.[1] ?? error?.name ?? "?";
  const root = document.getElementById("page");
  root.replaceChildren();
  draw(root, [
    h("p", { class: "live", "data-live": "no" }, icon("alert"), h("span", {}, h("b", {}, t("live.failed", { at })), " ", t("live.reload"))),
    h("main", {}, h("p", {}, t("live.failed_code", { code }))),
  ]);
}

// --- who ---

async function enter() {
  const me = await whoAmI();
  if (me) begin(me);
  else signedOut();
}

/** Null when nobody is signed in. */
const whoAmI = () => fetch("/me").then((answer) => answer.json());

function begin(me) {
  app.me = me;
  app.wrong = null;
  app.ended = false;
  loaded = performance.now();
  if (!localStorage.getItem("language") && me.language && me.language !== spoken()) speakNow(me.language);
  if (socket) socket.reopen();
  else socket = connect(me.hub, { resume, heard, signedOut });
  route(); // to where the address leads, also after signing in
}

const resume = () => {
  watchedNow = watched(app).join();
  return { type: "resume", last_seq: app.known.seq, language: spoken(), watch: watched(app) };
};

function heard(message) {
  heardAt = performance.now();
  app.known = hear(app.known, message);
  if (message.type === "start") lookAgain(); // the rights may have changed, or duty has ended
  redraw();
}

/** Who is signed in, as it stands now. */
function lookAgain() {
  whoAmI().then((me) => {
    if (!me) return signedOut();
    app.me = me;
    redraw();
  }, () => {});
}

function signedOut() {
  if (app.me) app.ended = true;
  app.me = null;
  app.known = nothing;
  app.chosenCase = app.chosenRoom = app.chosenPerson = app.last = null;
  app.forget();
  app.forgetQueue();
  app.forgetPeople();
  app.forgetWeeks();
  for (const open of document.querySelectorAll("dialog[open]")) open.close();
  socket?.close();
  document.body.className = "";
  redraw();
}

app.signIn = async (username, password) => {
  app.signingIn = true;
  app.wrong = null;
  redraw();
  try {
    const answer = await fetch("/sign-in", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ username, password }),
    });
    if (answer.ok) begin(await answer.json());
    else app.wrong = { 403: "sign_in.address", 503: "sign_in.down" }[answer.status] ?? "sign_in.wrong";
  } catch {
    app.wrong = "sign_in.down";
  }
  app.signingIn = false;
  redraw();
};

app.signOut = async () => {
  await app.settle();
  await app.acts.act("sign out", "/sign-out");
  app.me && signedOut();
  app.ended = false;
  redraw();
};

app.setDuty = async (on) => {
  const answer = await app.acts.act("duty", "/duty", { on });
  if (answer?.ok) app.me = answer.told;
  redraw();
};

/** What is chosen on the page is kept on this device; till then the account's language holds, if it
 * has one, else the browser's. */
app.speak = (language) => {
  localStorage.setItem("language", language);
  return speakNow(language);
};

async function speakNow(language) {
  await speak(language);
  app.known = { ...app.known, seq: 0 }; // the hub's texts come again, in this language
  socket?.say(resume());
  redraw();
}

// --- where ---

app.shownRoom = () => app.known.boards[app.chosenRoom] ?? ownRoom(app.known.boards, app.now);
app.openCase = (alert) => {
  location.hash = `#cases/${alert.alert_id}`;
};
app.chooseCase = (id) => {
  history.replaceState(null, "", `#cases/${id}`);
  route();
};
app.fold = (session) => {
  if (!app.folded.delete(session)) app.folded.add(session);
  redraw();
};
app.say = (language) => {
  app.saying = language;
  redraw();
};
app.confirmEnrol = (card, state) => {
  const asked = document.getElementById("ask");
  draw(asked, []); // a field keeps what was typed into it
  draw(asked, enrolQuestion(app, { card, state }, () => asked.close()));
  asked.showModal();
};
app.showKeys = () => {
  const list = document.getElementById("keys");
  draw(list, keyList());
  list.showModal();
  return true;
};

const KEYS = {
  cases: ["next", "take", "acknowledge", "give_back", "result"],
  now: ["tile", "marks", "break"],
  anywhere: ["undo"],
};

function keyList() {
  return [
    h("h2", { id: "keys-title" }, t("keys.title")),
    Object.entries(KEYS).map(([where, rows]) => [
      h("h3", {}, t(`keys.on.${where}`)),
      h("dl", {}, rows.flatMap((row) => [h("dt", {}, t(`keys.${row}.letters`)), h("dd", {}, t(`keys.${row}`))])),
    ]),
    h("form", { method: "dialog" }, h("button", {}, t("keys.close"))),
  ];
}

function route() {
  const [screen, id, part] = location.hash.slice(1).split("/");
  app.screen = screen in SCREENS && (screen !== "people" || !app.me || cares(app.me)) ? screen : "now";
  app.chosenRoom = app.screen === "now" ? (id ?? null) : null;
  app.chosenPerson = app.screen === "people" ? (id ?? null) : null;
  app.inWeeks = Boolean(app.chosenPerson) && part === "weeks";
  if (!app.inWeeks) app.forgetWeeks();
  if (app.screen === "cases") {
    if (id !== app.chosenCase) app.saying = null;
    app.chosenCase = id ?? null;
  }
  redraw();
}

// --- begin ---

let active = 0;
function touched() {
  if (!app.me || performance.now() - active < ACTIVITY) return;
  active = performance.now();
  lookAgain();
}

async function start() {
  const kept = localStorage.getItem("language") ?? navigator.language.slice(0, 2);
  await speak(LANGUAGES.includes(kept) ? kept : "en");
  addEventListener("hashchange", route);
  for (const event of ["offline", "online"]) addEventListener(event, redraw);
  for (const event of ["pointerdown", "keydown"]) addEventListener(event, touched);
  addEventListener("error", (event) => fail(event.error));
  listen(app);
  route();
  setInterval(redraw, 1_000);
  await enter();
}

start();

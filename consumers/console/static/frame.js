// What stands around every screen: the first line, where one is, and the words for screen readers.

import { h } from "./dom.js";
import { icon } from "./icons.js";
import { ago, hour, spoken, t, zone } from "./words.js";
import { digest, lists } from "./alerts.js";
import { cares, isOpen, isRunning } from "./rooms.js";

/** Platforms speak when something changes; a group that sits still is no fault of the line. */
const QUIET = 2 * 60_000;
const PLATFORMS = {
  zoom: "Zoom",
  livekit: "LiveKit",
  daily: "Daily",
  twilio: "Twilio",
  jitsi: "Jitsi",
  bigbluebutton: "BigBlueButton",
};
export const platformName = (name) => PLATFORMS[name] ?? name;

/** The first line: says whether the page is true. */
export function liveLine(app) {
  const { truth } = app;
  if (truth.state === "wait") {
    return line("wait", "expected", [t(app.known.begun ? "live.checking" : "live.wait")], "");
  }
  if (truth.state === "no") return line("no", "alert", untrue(app), t("live.again"));
  return line("yes", "live", [h("b", {}, t("live.yes")), heard(app), unmeasured(app)], aside(app), app.hosting);
}

/** In shadow mode a list without cases is no calm: the page says so wherever one is. */
export const shadowLine = (app) => app.live?.shadow && h("p", { class: "shadow" }, h("b", {}, t("shadow.mode")), " ", t("shadow.told"));

function line(state, shape, words, end, hosting = false) {
  return h(
    "p",
    { class: "live", "data-live": state },
    icon(shape),
    h("span", {}, words),
    h("span", { class: hosting ? "aside hosting" : "aside" }, end),
  );
}

/** One platform of several is silent: its rooms are not measured, the others are. */
const unmeasured = (app) =>
  app.truth.silent.map(([name, since]) => [
    " · ",
    h("span", { class: "notice" }, t("live.one_silent", { platform: platformName(name), at: hour(since, app.zone) })),
  ]);

function untrue(app) {
  const { truth } = app;
  const at = truth.since == null ? null : hour(truth.since, app.zone);
  if (truth.why === "platform") {
    const named = { platform: platformName(truth.platform), at };
    return [h("b", {}, t("live.unmeasured")), " ", t("live.platform_silent", named)];
  }
  if (truth.why === "offline") {
    return [h("b", {}, at ? t("live.offline", { at }) : t("live.offline_never")), " ", t("live.trust")];
  }
  return [h("b", {}, at ? t("live.no", { at }) : t("live.never")), " ", t("live.trust")];
}

function heard(app) {
  const { live } = app.known;
  const open = Object.values(app.known.boards).filter((board) => isOpen(board, app.now));
  const running = open.filter((board) => isRunning(board, app.now));
  const rooms = running.length ? running : open; // as many as the screen says
  const names = new Set(rooms.map((board) => board.platform).filter(Boolean));
  const told = Object.entries(live.platforms)
    .filter(([name]) => (names.size === 0 || names.has(name)) && !live.silent?.[name])
    .sort((a, b) => a[1] - b[1]);
  if (!told.length) return "";
  const several = rooms.length > 1;
  const [oldest, newest] = [app.now - told[0][1], app.now - told.at(-1)[1]];
  const quiet = oldest >= QUIET;
  const said = { n: rooms.filter((board) => !live.silent?.[board.platform]).length, platform: platformName(told[0][0]), ago: ago(quiet ? newest : oldest) };
  if (several) return ` · ${t(quiet ? "live.rooms_quiet" : "live.rooms", said)}`;
  return ` · ${t(quiet ? "live.quiet" : "live.heard", said)}`;
}

function aside(app) {
  if (app.hosting) return t("live.hosting");
  return app.me.on_duty ? t("live.on_duty") : "";
}

/** What came beyond the noise budget: one quiet line, updated in place, which opens the list. */
export function digestLine(app) {
  const { n, rooms, since } = digest(app.known, app.now);
  if (!n || app.hosting || !["now", "cases"].includes(app.screen)) return null;
  const words = t("cases.digest", { n, rooms: t("cases.digest_rooms", { n: rooms }), at: hour(since, app.zone) });
  return h(
    "section",
    { class: "digest", key: "digest", "aria-label": t("cases.digest_label") },
    app.screen === "cases" ? h("b", {}, words) : h("a", { href: "#cases" }, words),
    h("span", { class: "quiet" }, ` · ${t("cases.digest_why")}`),
  );
}

/** The bar: on a phone it lies at the thumb. */
export function bar(app) {
  const { free } = lists(app.known, app.now);
  const link = (screen, words, count) =>
    h(
      "a",
      { href: `#${screen}`, "aria-current": app.screen === screen ? "page" : null },
      words,
      count ? [" ", h("span", { class: "count" }, count)] : null,
    );
  return h(
    "header",
    { class: "bar" },
    h("span", { class: "brand" }, "sessionwatch"),
    h(
      "nav",
      { "aria-label": t("nav.screens") },
      link("now", t("nav.now")),
      link("cases", t("nav.cases"), free),
      cares(app.me) && link("people", t("nav.people")),
      h("a", { href: "#more", class: "phone", "aria-current": app.screen === "more" ? "page" : null }, t("nav.more")),
    ),
    h("span", { class: "end" }, tools(app), h("span", { class: "who" }, app.me.name)),
  );
}

/** Duty, language, light or dark, signing out. */
export function tools(app) {
  const other = spoken() === "en" ? "es" : "en";
  const care = app.me.roles.some((role) => ["clinician", "outreach", "supervisor", "tech"].includes(role));
  return [
    care &&
      h(
        "button",
        {
          class: "bare",
          type: "button",
          "aria-pressed": String(app.me.on_duty),
          onclick: () => app.setDuty(!app.me.on_duty),
        },
        t(app.me.on_duty ? "duty.leave" : "duty.take"),
      ),
    h(
      "button",
      { class: "bare", type: "button", lang: other, onclick: () => app.speak(other) },
      other === "es" ? "Español" : "English",
    ),
    h(
      "button",
      { class: "bare", type: "button", "data-switch-theme": true, "aria-label": t("nav.theme") },
      icon("theme"),
    ),
    h("button", { class: "bare", type: "button", onclick: app.signOut }, t("sign_in.out")),
  ];
}

/** What a screen reader is told of a change in the first line; the seconds are not. */
export function liveWords(app) {
  const { truth } = app;
  if (truth.state === "wait") return t("live.wait");
  if (truth.state === "yes") {
    return [t("live.yes"), ...truth.silent.map(([name, since]) =>
      t("live.one_silent", { platform: platformName(name), at: hour(since, app.zone) }))].join(". ");
  }
  const at = truth.since == null ? "" : hour(truth.since, app.zone);
  if (truth.why === "platform") return t("live.unmeasured");
  return `${at ? t("live.no", { at }) : t("live.never")} ${t("live.trust")}`;
}

export const deviceZone = zone;

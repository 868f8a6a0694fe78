// A crisis: a banner the full width, the only filled red. Silent; it never blinks.

import { h } from "../dom.js";
import { icon } from "../icons.js";
import { hour, t } from "../words.js";
import { crises } from "../alerts.js";
import { fullName } from "../rooms.js";
import { actionButton } from "./button.js";

const MOST = 2; // banners; more calls stand below them, a line each

export function crisisBanners(app) {
  const all = crises(app.known);
  const free = all.filter((alert) => alert.assignee === undefined);
  const taken = all.filter((alert) => alert.assignee !== undefined);
  return [
    free.slice(0, MOST).map((alert) => banner(app, alert)),
    free.length ? rung(app, free[0]) : null,
    free.slice(MOST).map((alert) => freeLine(alert)),
    taken.map((alert) => takenLine(app, alert)),
  ];
}

function banner(app, alert) {
  const at = hour(alert.evidence.at ?? alert.raised_at, alert.time_zone);
  const seen = t(alert.state === "open" ? "crisis.reads_unseen" : "crisis.sent");
  return h(
    "section",
    {
      class: alert.rule === "crisis_reported" ? "crisis" : "crisis help",
      role: "alert",
      key: `crisis ${alert.alert_id}`,
    },
    icon("critical"),
    h("h2", {}, t(`crisis.${alert.rule}`, { at })),
    h("p", {}, h("b", {}, fullName(alert.person)), " ", standing(alert), " ", seen),
    alert.may_act &&
      h(
        "div",
        { class: "acts" },
        actionButton(app, `take ${alert.alert_id}`, t("crisis.have"), () => app.take(alert), {
          class: "have",
        }),
        alert.state === "open" &&
          actionButton(app, `acknowledge ${alert.alert_id}`, t("crisis.send"), () =>
            app.acknowledge(alert),
          ),
      ),
  );
}

function standing(alert) {
  if (alert.evidence.connected === false) {
    const left = alert.evidence.left_at;
    return left ? t("crisis.left_at", { at: hour(left, alert.time_zone) }) : t("crisis.left");
  }
  return t("crisis.connected");
}

function rung(app, alert) {
  const people = app.known.live?.duty?.[alert.program_id] ?? 0;
  const words = people
    ? t("crisis.on_duty", { n: people })
    : t("crisis.nobody_on_duty");
  return h(
    "p",
    { class: "crisis-line", key: "rung" },
    h("span", {}, words),
    h("span", { class: "aside" }, h("a", { href: `#cases/${alert.alert_id}` }, t("crisis.open"))),
  );
}

function freeLine(alert) {
  const at = hour(alert.evidence.at ?? alert.raised_at, alert.time_zone);
  return h(
    "p",
    { class: "crisis-line", key: `crisis ${alert.alert_id}` },
    h("span", {}, icon("critical"), h("b", {}, fullName(alert.person)), " ", t(`crisis.${alert.rule}`, { at })),
    h("span", { class: "aside" }, h("a", { href: `#cases/${alert.alert_id}` }, t("crisis.open"))),
  );
}

function takenLine(app, alert) {
  const at = hour(alert.evidence.at ?? alert.raised_at, alert.time_zone);
  const words = alert.mine ? t("crisis.yours", { at }) : t("crisis.taken", { who: alert.assignee, at });
  return h(
    "p",
    { class: "crisis-line", key: `crisis ${alert.alert_id} taken` },
    h(
      "span",
      {},
      icon("critical"),
      h("b", {}, fullName(alert.person)),
      " ",
      words,
    ),
    h(
      "span",
      { class: "aside" },
      h("a", { href: `#cases/${alert.alert_id}` }, t(alert.mine ? "crisis.close" : "crisis.open")),
    ),
  );
}

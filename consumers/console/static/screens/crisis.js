// A crisis: a banner the full width, the only filled red. Silent; it never blinks.

import { h } from "../dom.js";
import { icon } from "../icons.js";
import { clock, hour, t } from "../words.js";
import { crises } from "../alerts.js";
import { fullName } from "../rooms.js";
import { actionButton } from "./button.js";

export function crisisBanners(app) {
  const all = crises(app.known);
  const free = all.filter((alert) => !alert.assignee);
  const taken = all.filter((alert) => alert.assignee);
  return [free.map((alert) => banner(app, alert)), taken.map((alert) => takenLine(app, alert))];
}

function banner(app, alert) {
  const at = hour(alert.evidence.at ?? alert.raised_at, alert.time_zone);
  const key = `crisis ${alert.alert_id}`;
  return [
    h(
      "section",
      { class: alert.rule === "crisis_reported" ? "crisis" : "crisis help", role: "alert", key },
      icon("critical"),
      h("h2", {}, t(`crisis.${alert.rule}`, { at })),
      h("p", {}, h("b", {}, fullName(alert.person)), " ", standing(alert), " ", t(alert.state === "open" ? "crisis.reads_unseen" : "crisis.sent")),
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
    ),
    h("p", { class: "crisis-line", key: `${key} line` }, rung(app, alert)),
  ];
}

function standing(alert) {
  if (alert.evidence.connected === false) {
    const left = alert.evidence.left_at;
    return left ? t("crisis.left_at", { at: hour(left, alert.time_zone) }) : t("crisis.left");
  }
  return t("crisis.connected");
}

function rung(app, alert) {
  const people = Object.values(app.known.live?.duty ?? {}).reduce((sum, n) => sum + n, 0);
  const words = people
    ? t("crisis.on_duty", { n: people, at: clock(alert.raised_at, alert.time_zone) })
    : t("crisis.nobody_on_duty");
  return [
    h("span", {}, words),
    h("span", { class: "aside" }, h("a", { href: `#cases/${alert.alert_id}` }, t("crisis.open"))),
  ];
}

function takenLine(app, alert) {
  const at = hour(alert.evidence.at ?? alert.raised_at, alert.time_zone);
  const who = alert.mine ? t("cases.you") : alert.assignee;
  return h(
    "p",
    { class: "crisis-line", key: `crisis ${alert.alert_id} taken` },
    h(
      "span",
      {},
      icon("critical"),
      h("b", {}, fullName(alert.person)),
      " ",
      t("crisis.taken", { who, at }),
    ),
    h("span", { class: "aside" }, h("a", { href: `#cases/${alert.alert_id}` }, t("crisis.close"))),
  );
}

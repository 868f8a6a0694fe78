// A crisis: a banner the full width, the only filled red. Silent; it never blinks.

import { h } from "../dom.js";
import { icon } from "../icons.js";
import { hour, t } from "../words.js";
import { crises } from "../alerts.js";
import { fullName } from "../rooms.js";
import { actionButton } from "./button.js";
import { help } from "./lines.js";

/** Banners; more calls stand below them, a line each. On a phone one leaves room for the page. */
const most = () => (matchMedia("(max-width: 700px)").matches ? 1 : 2);

export function crisisBanners(app) {
  const all = crises(app.known);
  const free = all.filter((alert) => alert.assignee === undefined);
  const taken = all.filter((alert) => alert.assignee !== undefined);
  return [
    free.slice(0, most()).map((alert) => banner(app, alert)),
    free.length ? rung(app, free[0]) : null,
    free.slice(most()).map((alert) => freeLine(alert)),
    taken.map((alert) => takenLine(app, alert)),
  ];
}

function banner(app, alert) {
  const at = pressed(alert);
  const seen = alert.rule === "left_after_crisis" ? "" : t(alert.state === "open" ? "crisis.reads_unseen" : "crisis.sent");
  return h(
    "section",
    {
      class: alert.rule === "help_requested" ? "crisis help" : "crisis",
      role: "alert",
      key: `crisis ${alert.alert_id}`,
    },
    icon("critical"),
    h("h2", {}, t(`crisis.${alert.rule}`, { at })),
    h("p", {}, h("b", {}, fullName(alert.person)), " ", standing(app, alert), " ", seen),
    alert.may_act &&
      h(
        "div",
        { class: "acts" },
        actionButton(app, `take ${alert.alert_id}`, t("crisis.have"), () => app.take(alert), {
          class: "have",
          "aria-label": `${t("crisis.have")}: ${fullName(alert.person)}`,
        }),
        alert.state === "open" &&
          onDuty(app, alert) > 0 &&
          actionButton(app, `acknowledge ${alert.alert_id}`, t("crisis.send"), () => app.acknowledge(alert), {
            "aria-label": `${t("crisis.send")}: ${fullName(alert.person)}`,
          }),
      ),
  );
}

const pressed = ({ evidence, raised_at: raised, time_zone: zone }) =>
  hour(evidence.at ?? evidence.left_at ?? raised, zone);

const onDuty = (app, alert) => app.known.live?.duty?.[alert.program_id] ?? 0;

function standing(app, alert) {
  if (alert.rule === "left_after_crisis") return t("crisis.gone");
  const gone = crises(app.known).find(
    (one) => one.rule === "left_after_crisis" && one.session_id === alert.session_id && one.person?.id === alert.person?.id,
  );
  if (gone || alert.evidence.connected === false) {
    const left = gone?.evidence.left_at ?? alert.evidence.left_at;
    return left ? t("crisis.left_at", { at: hour(left, alert.time_zone) }) : t("crisis.left");
  }
  return t("crisis.connected");
}

const opened = (alert, words) =>
  h("a", { href: `#cases/${alert.alert_id}`, "aria-label": `${words}: ${fullName(alert.person)}` }, words);

function rung(app, alert) {
  const people = onDuty(app, alert);
  const words = people
    ? t("crisis.on_duty", { n: people })
    : t("crisis.nobody_on_duty");
  return h(
    "p",
    { class: "crisis-line", key: "rung" },
    h("span", {}, words),
    h("span", { class: "aside" }, opened(alert, t("crisis.open"))),
  );
}

function freeLine(alert) {
  const at = pressed(alert);
  return h(
    "p",
    { class: "crisis-line", key: `crisis ${alert.alert_id}` },
    h("span", {}, icon("critical"), h("b", {}, fullName(alert.person)), " ", t(`crisis.${alert.rule}`, { at })),
    h("span", { class: "aside" }, opened(alert, t("crisis.open"))),
  );
}

function takenLine(app, alert) {
  const at = pressed(alert);
  const who = alert.assignee || t("cases.a_colleague");
  const words =
    alert.rule === "left_after_crisis"
      ? `${t("crisis.left_after_crisis", { at })} · ${help(alert)}`
      : alert.mine
        ? t("crisis.yours", { at })
        : t("crisis.taken", { who, at });
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
      opened(alert, t(alert.mine ? "crisis.close" : "crisis.open")),
    ),
  );
}

// A crisis: a banner the full width, the only filled red. Silent; it never blinks.

import { h } from "../dom.js";
import { icon } from "../icons.js";
import { hour, span, t } from "../words.js";
import { calls, crises, isFree } from "../alerts.js";
import { fullName } from "../rooms.js";
import { actionButton } from "./button.js";
import { help } from "./lines.js";

/** Banners; more calls stand below them, a line each. Where it is narrow one leaves room for the page. */
const most = () => (matchMedia("(max-width: 900px)").matches ? 1 : 2);

export function crisisBanners(app) {
  const { shown, lines, folded, elsewhere } = calls(app.known, most());
  return [
    shown.map((alert) => banner(app, alert)),
    shown.length ? rung(app, shown[0]) : null,
    lines.map((alert) => line(app, alert)),
    folded.length
      ? h(
          "details",
          { class: "crisis-more", key: "more calls" },
          h("summary", {}, more(folded)),
          folded.map((alert) => line(app, alert)),
        )
      : null,
    elsewhere ? inOtherRooms(elsewhere) : null,
  ];
}

/** Without a name: she hosts another group. */
const inOtherRooms = (n) =>
  h(
    "p",
    { class: "crisis-line", key: "elsewhere" },
    h("span", {}, icon("critical"), t("crisis.elsewhere", { n })),
    h("span", { class: "aside" }, h("a", { href: "#cases" }, t("cases.list"))),
  );

function more(folded) {
  const free = folded.filter(isFree).length;
  return [t("crisis.more", { n: folded.length }), free ? ` · ${t("crisis.more_free", { n: free })}` : null];
}

const line = (app, alert) => (isFree(alert) ? freeLine(app, alert) : takenLine(app, alert));

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
    h("h2", {}, isCounted(alert) ? inProgram(alert) : t(`crisis.${alert.rule}`, { at })),
    h(
      "p",
      {},
      isCounted(alert) ? null : [h("b", {}, fullName(alert.person)), " ", standing(app, alert), " ", seen],
      // The minutes that go on are not read out again and again.
      alert.waits_since && h("b", { class: "untaken", "aria-live": "off" }, " ", untaken(app, alert)),
    ),
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

/** Of a call that nobody took a manager knows no more than that it waits, and in which program. */
const isCounted = (alert) => alert.program !== undefined;

function inProgram({ rule, program }) {
  const waits = rule === "help_requested" ? "crisis.help_waits" : "crisis.waits";
  return t(program ? `${waits}_in` : waits, { program });
}

const untaken = (app, alert) =>
  t("crisis.untaken", { span: span(app.now - alert.waits_since) });

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

/** Who is told so far. */
function rung(app, alert) {
  const people = onDuty(app, alert);
  const duty = people ? t("crisis.on_duty", { n: people }) : t("crisis.nobody_on_duty");
  const further = alert.widened ? t(`crisis.widened.${alert.widened}`) : null;
  const words = isCounted(alert) ? [t("crisis.widened.1")] : [duty, further].filter(Boolean);
  return h(
    "p",
    { class: "crisis-line", key: "rung" },
    h("span", {}, words.join(" · ")),
    !isCounted(alert) && h("span", { class: "aside" }, opened(alert, t("crisis.open"))),
  );
}

function freeLine(app, alert) {
  const at = pressed(alert);
  const what = isCounted(alert)
    ? h("b", {}, inProgram(alert))
    : [h("b", {}, fullName(alert.person)), " ", t(`crisis.${alert.rule}`, { at })];
  return h(
    "p",
    { class: "crisis-line", key: `crisis ${alert.alert_id}` },
    h("span", {}, icon("critical"), what, alert.waits_since ? [" · ", untaken(app, alert)] : null),
    !isCounted(alert) && h("span", { class: "aside" }, opened(alert, t("crisis.open"))),
  );
}

function takenLine(app, alert) {
  if (isCounted(alert)) {
    return h(
      "p",
      { class: "crisis-line", key: `crisis ${alert.alert_id} taken` },
      h("span", {}, icon("critical"), t(alert.program ? "crisis.held_in" : "crisis.held", { program: alert.program })),
    );
  }
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

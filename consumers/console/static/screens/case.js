// One case: the reason with its figures, what was looked at, words to say, the results.

import { h } from "../dom.js";
import { icon } from "../icons.js";
import { moment, spoken, t } from "../words.js";
import { cares, firstName, fullName, looksBack, roomLabel, roomName } from "../rooms.js";
import { actionButton } from "./button.js";
import { filled } from "../alerts.js";
import { isUnmeasured, languageName } from "./cases.js";
import { UNSAID } from "./lines.js";

const NOT_CALLED = ["privacy_reported"]; // somebody may listen

export function caseView(app, alert) {
  return h(
    "article",
    { class: "detail", id: "case", key: `case ${alert.alert_id}`, tabindex: 0, "aria-label": t("cases.case") },
    h("a", { class: "back", href: "#cases" }, icon("back"), t("cases.all")),
    h(
      "header",
      {},
      h("div", {}, h("h1", {}, alert.person ? fullName(alert.person) : alert.title), below(app, alert)),
      acts(app, alert),
    ),
    lead(app, alert),
    lookedAt(app, alert),
    alert.mine && alert.person && !NOT_CALLED.includes(alert.rule) ? reaching(app, alert) : null,
    alert.words ? wordsToSay(app, alert) : null,
    results(app, alert),
  );
}

function lead(app, alert) {
  if (isUnmeasured(app, alert)) return h("p", { class: "lead" }, t("cases.unmeasured_why"));
  const named = alert.person && UNSAID.includes(alert.rule) ? `${alert.title}. ` : "";
  return h("p", { class: "lead" }, named, filled(alert.reason, alert, app.now));
}

function below(app, alert) {
  const board = app.known.boards[alert.session_id];
  const room = board ? roomLabel(board, app.known.boards) : alert.track ? roomName(alert) : "";
  const language = alert.person?.language;
  return h(
    "p",
    { class: "soft" },
    [room, room && " · "],
    language ? [h("b", {}, languageName(language)), " · "] : null,
    standing(app, alert),
    alert.person && cares(app.me) ? [" · ", h("a", { href: `#people/${alert.person.id}` }, t("people.card"))] : null,
    alert.person && looksBack(app.me) ? [" · ", h("a", { href: `#people/${alert.person.id}/weeks` }, t("weeks.open"))] : null,
  );
}

function standing(app, alert) {
  const at = moment(alert.raised_at, app.now, alert.time_zone);
  if (alert.state === "resolved") {
    if (!alert.result) return t("case.cleared", { at: moment(alert.changed_at, app.now, alert.time_zone) });
    return t("case.closed", { result: alert.result });
  }
  if (alert.mine) return t("case.yours");
  if (alert.assignee !== undefined) return t("case.with", { who: alert.assignee || t("cases.a_colleague") });
  if (!alert.may_act) return t("case.untaken", { at });
  return t(alert.state === "acknowledged" ? "case.seen_free" : "case.free", { at });
}

function acts(app, alert) {
  if (!alert.may_act || alert.state === "resolved") return null;
  if (alert.mine) {
    return h(
      "div",
      { class: "acts" },
      actionButton(app, `give-back ${alert.alert_id}`, t("cases.give_back"), () => app.giveBack(alert), {
        kbd: "G",
      }),
    );
  }
  if (alert.assignee !== undefined) return null;
  return h(
    "div",
    { class: "acts" },
    alert.state === "open" &&
      actionButton(app, `acknowledge ${alert.alert_id}`, t("cases.acknowledge"), () => app.acknowledge(alert), {
        kbd: "A",
      }),
    actionButton(app, `take ${alert.alert_id}`, t("cases.take"), () => app.take(alert), {
      class: "primary",
      kbd: "T",
    }),
  );
}

function lookedAt(app, alert) {
  if (!alert.looked.length) return null;
  const cell = (words) =>
    h("td", { class: words ? "n" : "n quiet" }, words || "–");
  return h(
    "section",
    {},
    h("h2", {}, t("case.looked_at"), h("span", { class: "aside" }, alert.rule)),
    h(
      "table",
      { class: "measure" },
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          h("th", { scope: "col" }, t("case.what")),
          h("th", { scope: "col", class: "n" }, t("case.seen")),
          h("th", { scope: "col", class: "n" }, t("case.limit")),
        ),
      ),
      h(
        "tbody",
        {},
        alert.looked.map(([label, seen, limit]) =>
          h("tr", {}, h("th", { scope: "row" }, label), cell(filled(seen, alert, app.now)), cell(limit)),
        ),
      ),
    ),
  );
}

/** How to reach the person: asked for only once the case is taken, and written down. */
function reaching(app, alert) {
  const card = app.card(alert.person.id);
  if (!card?.message_safe && !card?.good_hours && !card?.chart && !card?.phone) return null;
  const pair = (label, value) => (value ? [h("dt", {}, label), h("dd", {}, value)] : null);
  const number = card.phone
    ? h("a", { href: `tel:${card.phone.replace(/[^+\d]/g, "")}` }, card.phone)
    : actionButton(app, `reveal ${alert.person.id}`, t("case.reveal"), () => app.reveal(alert.person.id));
  return h(
    "section",
    {},
    h("h2", {}, t("case.reaching", { name: firstName(alert.person) })),
    h(
      "dl",
      { class: "pairs" },
      pair(t("case.message"), card.message_safe && t(`case.message.${card.message_safe}`)),
      pair(t("case.hours"), card.good_hours),
      pair(t("case.number"), number),
      pair(
        t("case.chart"),
        card.chart && h("a", { href: card.chart, target: "_blank", rel: "noreferrer noopener" }, t("case.chart_open")),
      ),
    ),
  );
}

/** Never names clinic, group or treatment: whoever picks up may hear it. */
function wordsToSay(app, alert) {
  const theirs = alert.person.language?.split("-")[0];
  const language = app.saying ?? (["en", "es"].includes(theirs) ? theirs : spoken());
  const tab = (code) =>
    h(
      "button",
      { type: "button", "aria-pressed": String(language === code), lang: code, onclick: () => app.say(code) },
      languageName(code),
    );
  return h(
    "section",
    {},
    h(
      "h2",
      {},
      t("case.words"),
      h("span", { class: "tabs", role: "group", "aria-label": t("case.words_language") }, tab("es"), tab("en")),
    ),
    h("p", { class: "words", lang: language }, alert.words[language][0][1]),
    h(
      "details",
      { class: "otherwise" },
      h("summary", {}, t("case.otherwise")),
      h(
        "dl",
        { class: "pairs one", lang: language },
        alert.words[language].slice(1).map(([when, words]) => [h("dt", {}, when), h("dd", {}, words)]),
      ),
    ),
  );
}

function results(app, alert) {
  if (!alert.may_act || alert.state === "resolved") return null;
  const others = alert.assignee !== undefined && !alert.mine;
  if (others) return null;
  return h(
    "section",
    {},
    h("h2", {}, t("case.result"), h("span", { class: "aside" }, t("case.result_aside"))),
    h(
      "div",
      { class: "results" },
      alert.results.slice(0, 9).map(([result, label], at) =>
        actionButton(
          app,
          `resolve ${alert.alert_id} ${result}`,
          label,
          () => app.resolve(alert, result, label),
          {
            kbd: String(at + 1),
            class: result === "worried_about_safety" || result === "became_crisis" ? "apart" : null,
          },
        ),
      ),
    ),
  );
}

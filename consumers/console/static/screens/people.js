// People: left those whom this viewer knows, right the card of who is chosen.

import { h } from "../dom.js";
import { icon } from "../icons.js";
import { day, dayOf, startOfDay, t } from "../words.js";
import { actionButton } from "./button.js";
import { languageName } from "./cases.js";

const STATES = ["active", "on_leave", "discharged"];
const SHAPE = { on_leave: "pause", discharged: "left" };
const LATE_DAYS = 90; // so far back what is entered late may reach
const DAY = 86_400_000;

export function people(app) {
  app.keepPeople();
  const card = app.chosenPerson && app.card(app.chosenPerson);
  const found = wanted(app);
  return h(
    "main",
    { class: "tool people", key: "people", "data-chosen": app.chosenPerson ? "yes" : "no" },
    h(
      "section",
      { class: "list", "aria-label": t("people.list") },
      h(
        "header",
        {},
        h("h1", {}, app.people ? t("people.sentence", { n: app.people.length }) : t("people.wait")),
        h(
          "label",
          { class: "find" },
          h("span", { class: "hidden" }, t("people.find")),
          h("input", { type: "search", placeholder: t("people.find"), oninput: (event) => app.find(event.target.value) }),
        ),
      ),
      app.finding && !found.length ? h("p", { class: "none soft" }, t("people.none")) : null,
      STATES.map((state) => lot(app, state, found.filter((one) => one.state === state))),
    ),
    card ? cardView(app, card) : h("article", { class: "detail empty", key: "none" }, h("p", { class: "soft" }, nobody(app))),
  );
}

function nobody(app) {
  if (!app.chosenPerson) return t("people.choose");
  return t(app.card(app.chosenPerson) === undefined ? "people.unknown" : "people.wait");
}

const plain = (words) => words.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

const wanted = (app) => (app.people ?? []).filter((one) => plain(one.name).includes(plain(app.finding.trim())));

function lot(app, state, found) {
  if (!found.length) return null;
  return [
    h("h2", { key: `h ${state}` }, t(`people.${state}`), h("span", {}, found.length)),
    h("ul", { key: state }, found.map((one) => row(app, one))),
  ];
}

function row(app, one) {
  const id = one.participant_id;
  return h(
    "li",
    { class: "row", key: id, "data-person": id, "aria-current": app.chosenPerson === id ? "true" : null, onclick: () => app.openPerson(id) },
    h("span", { class: "mark" }, SHAPE[one.state] && icon(SHAPE[one.state])),
    h("a", { class: "what", href: `#people/${id}`, onclick: (click) => click.stopPropagation() }, one.name || t("person.someone")),
    h("span", { class: "since" }, one.language ? languageName(one.language) : ""),
  );
}

function cardView(app, card) {
  const name = nameOf(app, card);
  const soft = [card.language && languageName(card.language), card.pronoun].filter(Boolean).join(" · ");
  return h(
    "article",
    { class: "detail", id: "card", key: `card ${card.participant_id}`, tabindex: 0, "aria-label": t("people.card") },
    h("a", { class: "back", href: "#people" }, icon("back"), t("cases.all")),
    h(
      "header",
      {},
      h("div", {}, h("h1", {}, name), h("p", { class: "soft" }, soft)),
      card.sees_weeks && h("div", { class: "acts" }, h("a", { class: "button", href: `#people/${card.participant_id}/weeks` }, t("weeks.open"))),
    ),
    enrolment(app, card),
    reaching(card),
  );
}

const nameOf = (app, card) =>
  app.people?.find((one) => one.participant_id === card.participant_id)?.name ?? card.preferred;

function reaching(card) {
  const pairs = [
    [t("case.message"), card.message_safe && t(`case.message.${card.message_safe}`)],
    [t("case.hours"), card.good_hours],
    [t("case.chart"), card.chart && h("a", { href: card.chart, target: "_blank", rel: "noreferrer noopener" }, t("case.chart_open"))],
    [t("case.number"), t("people.number")],
  ].filter(([, value]) => value);
  return h(
    "section",
    {},
    h("h2", {}, t("case.reaching", { name: card.preferred })),
    h("dl", { class: "pairs one" }, pairs.map(([label, value]) => [h("dt", {}, label), h("dd", {}, value)])),
  );
}

function enrolment(app, card) {
  if (!card.state) return null;
  const entered = card.enrolment ?? [];
  const since = entered[0]?.state === card.state ? ` ${t("enrol.since", { day: day(entered[0].from, app.zone) })}` : "";
  return h(
    "section",
    {},
    h("h2", {}, t("enrol.heading")),
    h("p", { class: "lead" }, t(`enrol.is.${card.state}`), since, "."),
    entered.length > 1
      ? h("ul", { class: "soft" }, entered.slice(1).map((one) => h("li", {}, `${t(`enrol.is.${one.state}`)} ${t("enrol.since", { day: day(one.from, app.zone) })}`)))
      : null,
    card.may_enrol
      ? h(
          "div",
          { class: "acts" },
          STATES.filter((state) => state !== card.state).map((state) =>
            actionButton(app, `enrol ${card.participant_id} ${state}`, t(`enrol.do.${step(card.state, state)}`), () => app.confirmEnrol(card, state)),
          ),
        )
      : null,
  );
}

/** The step from one state to another: who was discharged is admitted again. */
const step = (from, to) => (to === "active" && from === "discharged" ? "admitted" : to);

/** The question before it is done: what it changes, and since when it is so. */
export function enrolQuestion(app, { card, state }, close) {
  const name = card.preferred;
  const today = dayOf(app.now, app.zone);
  const told = (event) => {
    event.preventDefault();
    const since = new FormData(event.target).get("since");
    close();
    app.enrol(card, state, since && since < today ? startOfDay(since, app.zone) : null);
  };
  return h(
    "form",
    { onsubmit: told },
    h("h2", { id: "question" }, t(`enrol.ask.${step(card.state, state)}`, { name })),
    h(
      "ul",
      { class: "follows" },
      (state === "active" ? ["enrol.then.rosters_on", "enrol.then.alerts_on"] : ["enrol.then.rosters_off", "enrol.then.alerts_off"]).map((key) => h("li", {}, t(key, { name }))),
      h("li", {}, t("enrol.then.kept")),
    ),
    h(
      "label",
      {},
      t("enrol.date"),
      h("input", { type: "date", name: "since", required: true, value: today, min: dayOf(app.now - (LATE_DAYS - 1) * DAY, app.zone), max: today }),
    ),
    h(
      "div",
      { class: "acts" },
      h("button", { type: "submit", class: "primary" }, t(`enrol.yes.${step(card.state, state)}`)),
      h("button", { type: "button", onclick: close }, t("enrol.cancel")),
    ),
  );
}

/** Gives the app its people: those whom the directory says this viewer knows. */
export function knowing(app, redraw) {
  app.people = null;
  app.finding = "";

  let asking = false;
  app.askPeople = async () => {
    if (asking) return;
    asking = true;
    try {
      const answer = await fetch("/api/directory/people");
      if (answer.ok) app.people = (await answer.json()).sort((a, b) => a.name.localeCompare(b.name));
      redraw();
    } catch {
      // asked again with the next drawing
    }
    asking = false;
  };

  app.keepPeople = () => app.people === null && app.askPeople();

  app.find = (words) => {
    app.finding = words;
    redraw();
  };

  app.openPerson = (id) => {
    location.hash = `#people/${id}`;
  };

  app.forgetPeople = () => {
    app.people = null;
    app.finding = "";
  };
}

// What a person does on the page: with an alert, with a tile, with a room.

import { sessionsToTell } from "./queue.js";
import { firstName, seats } from "./rooms.js";
import { has, t } from "./words.js";

const UNDO = 10_000;
const HOLD = 5_000;

/** Gives the app its acts. */
export function doing(app, redraw) {
  async function onAlert(alert, act, words, body) {
    const key = act === "resolve" ? `resolve ${alert.alert_id} ${body.result}` : `${act} ${alert.alert_id}`;
    const answer = await app.acts.act(key, `/api/alerts/${alert.alert_id}/${act}`, body);
    if (answer?.ok) remember({ alert, words });
  }

  function remember(last) {
    app.last = last;
    redraw();
    setTimeout(() => {
      if (app.last === last) app.last = null;
      redraw();
    }, UNDO);
  }

  app.take = (alert) => onAlert(alert, "take", t("act.taken")) && true;
  app.acknowledge = (alert) => onAlert(alert, "acknowledge", t("act.acknowledged")) && true;
  app.giveBack = (alert) => onAlert(alert, "give-back", t("act.given_back")) && true;
  app.resolve = (alert, result, label) =>
    onAlert(alert, "resolve", t("act.resolved", { result: label }), { result }) && true;

  // A mark or a match is written into the log for good: it is held for five seconds, in which it
  // can be taken back, and then sent; at once when the page is left or another one follows.
  function hold(about, words, key, path, body, follows = "") {
    app.settle();
    for (const menu of document.querySelectorAll("details.menu[open]")) menu.open = false;
    app.last = null;
    app.held = { about, words, key, paths: [path].flat(), body, follows, timer: setTimeout(app.settle, HOLD) };
    redraw();
    return true;
  }

  app.settle = async () => {
    const { held } = app;
    if (!held) return;
    letGo();
    let answer = null;
    for (const path of held.paths) {
      answer = await app.acts.act(held.key, path, held.body);
      if (!answer?.ok) break;
    }
    if (held.paths[0].endsWith("/match") && app.screen === "cases") app.askQueue();
    if (!answer || answer.ok) return;
    const refused = `act.refused.${answer.told.error}`;
    const why = has(refused) ? t(refused) : t("act.refused", { code: answer.told.error ?? answer.status });
    remember({ words: `${held.words}: ${why}` });
  };

  function letGo() {
    clearTimeout(app.held?.timer);
    app.held = null;
    redraw();
  }

  addEventListener("pagehide", () => app.settle());
  document.addEventListener("visibilitychange", () => document.hidden && app.settle());

  app.undo = () => {
    if (app.held) {
      letGo();
      return true;
    }
    const { last } = app;
    if (!last?.alert) return false;
    app.last = null;
    app.acts.act(`undo ${last.alert.alert_id}`, `/api/alerts/${last.alert.alert_id}/undo`);
    return true;
  };

  // What one may read of a person: asked for once a case of theirs is taken; kept until sign-out.
  const cards = new Map();

  const readCard = (id) =>
    fetch(`/api/directory/people/${id}`)
      .then((answer) => (answer.ok ? answer.json() : undefined))
      .then((card) => cards.set(id, card) && redraw(), () => cards.get(id) ?? cards.delete(id));

  /** Null until it has come, undefined where it may not be read. */
  app.card = (id) => {
    if (!cards.has(id)) {
      cards.set(id, null);
      readCard(id);
    }
    return cards.get(id);
  };

  app.reveal = async (id) => {
    const answer = await app.acts.act(`reveal ${id}`, `/api/directory/people/${id}/reveal`);
    if (answer?.ok) cards.set(id, { ...cards.get(id), phone: answer.told.phone });
    redraw();
  };

  app.enrol = async (person, state, from) => {
    const key = `enrol ${person.participant_id} ${state}`;
    const body = from ? { state, from } : { state };
    const answer = await app.acts.act(key, `/api/directory/people/${person.participant_id}/enrolment`, body);
    if (!answer?.ok) return;
    readCard(person.participant_id);
    app.askPeople();
    remember({ words: t(`enrol.done.${state}`, { name: person.preferred }) });
  };

  const session = (board) => `/api/directory/sessions/${board.session_id}`;

  app.mark = (board, person, mark, other) => {
    const key = other ? `mark ${person.id} with ${other.id}` : `mark ${person.id} ${mark}`;
    const seat = `${session(board)}/people/${person.id}`;
    const [path, body] = {
      excused: [`${seat}/excuse`, { kind: "absent" }],
      late: [`${seat}/excuse`, { kind: "late" }],
      in_person: [`${seat}/in-person`, { how: "in_person" }],
      phone: [`${seat}/in-person`, { how: "phone" }],
      other_group: [`${seat}/in-person`, { how: "other_group" }],
      with: [`${seat}/present-with`, { with: other?.id }],
    }[mark];
    const said = other ? t("mark.with_whom", { name: firstName(other) }) : t(`mark.${mark}`);
    return hold(person.id, t("act.marked", { name: firstName(person), mark: said }), key, path, body);
  };

  app.markById = (board, id, mark) => {
    const seat = seats(board).find((one) => one.person.id === id);
    if (seat && board.may_act) app.mark(board, seat.person, mark);
    return Boolean(seat);
  };

  function holdMatch(id, person, key, sessions, counts) {
    return hold(
      id,
      person ? t("now.it_is", { name: firstName(person) }) : t("now.not_a_patient"),
      key,
      sessions.map((one) => `${session({ session_id: one })}/match`),
      person ? { unmapped_id: id, participant_id: person.id } : { unmapped_id: id, not_a_patient: true },
      t(!person ? "match.then_nobody" : counts ? "match.then_counts" : "match.then_known"),
    );
  }

  app.match = (board, unmatched, person, key) =>
    holdMatch(unmatched.person.id, person, key, [board.session_id], true);

  app.matchQueued = (one, person, key) => holdMatch(one.id, person, key, sessionsToTell(one), one.counts);

  app.setBreak = (board, on) =>
    app.acts.act(`break ${board.session_id}`, `${session(board)}/break`, {
      state: on ? "started" : "ended",
    });

  app.forget = () => {
    cards.clear();
    letGo();
  };
}

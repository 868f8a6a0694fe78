// What a person does on the page: with an alert, with a tile, with a room.

import { seats } from "./rooms.js";
import { t } from "./words.js";

const UNDO = 10_000;

/** A menu whose act went through is closed; one that was refused stays and says so. */
async function closing(sent) {
  const answer = await sent;
  if (answer?.ok) for (const menu of document.querySelectorAll("details.menu[open]")) menu.open = false;
  return answer;
}

/** Gives the app its acts. */
export function doing(app, redraw) {
  async function onAlert(alert, act, words, body) {
    const key = act === "resolve" ? `resolve ${alert.alert_id} ${body.result}` : `${act} ${alert.alert_id}`;
    const answer = await app.acts.act(key, `/api/alerts/${alert.alert_id}/${act}`, body);
    if (answer?.ok) remember(alert, words);
  }

  function remember(alert, words) {
    const last = { alert, words };
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

  app.undo = () => {
    const { last } = app;
    if (!last) return false;
    app.last = null;
    app.acts.act(`undo ${last.alert.alert_id}`, `/api/alerts/${last.alert.alert_id}/undo`);
    return true;
  };

  // What one may read of a person: asked for once a case of theirs is taken; kept until sign-out.
  const cards = new Map();

  app.card = (id) => {
    if (!cards.has(id)) {
      cards.set(id, null);
      fetch(`/api/directory/people/${id}`)
        .then((answer) => (answer.ok ? answer.json() : null))
        .then((card) => cards.set(id, card) && redraw(), () => cards.delete(id));
    }
    return cards.get(id);
  };

  app.reveal = async (id) => {
    const answer = await app.acts.act(`reveal ${id}`, `/api/directory/people/${id}/reveal`);
    if (answer?.ok) cards.set(id, { ...cards.get(id), phone: answer.told.phone });
    redraw();
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
    return closing(app.acts.act(key, path, body));
  };

  app.markById = (board, id, mark) => {
    const seat = seats(board).find((one) => one.person.id === id);
    if (seat && board.may_act) app.mark(board, seat.person, mark);
    return Boolean(seat);
  };

  app.match = (board, unmatched, person, key) =>
    closing(
      app.acts.act(
        key,
        `${session(board)}/match`,
        person
          ? { unmapped_id: unmatched.person.id, participant_id: person.id }
          : { unmapped_id: unmatched.person.id, not_a_patient: true },
      ),
    );

  app.setBreak = (board, on) =>
    app.acts.act(`break ${board.session_id}`, `${session(board)}/break`, {
      state: on ? "started" : "ended",
    });

  app.forgetCards = () => cards.clear();
}

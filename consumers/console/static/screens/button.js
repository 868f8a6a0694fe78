// A button that does something, and says what became of it.

import { h } from "../dom.js";
import { has, t } from "../words.js";

export function actionButton(app, key, words, onclick, { kbd, ...attributes } = {}) {
  const state = app.acts.state(key);
  const said =
    state?.state === "unsent"
      ? t("act.unsent")
      : state?.state === "refused"
        ? t(has(`act.refused.${state.code}`) ? `act.refused.${state.code}` : "act.refused", state)
        : words;
  return h(
    "button",
    {
      type: "button",
      "aria-disabled": state?.state === "sending" ? "true" : null,
      "data-act": state?.state ?? null,
      onclick: (click) => {
        click.stopPropagation();
        onclick(click);
      },
      ...attributes,
      ...(said === words ? {} : { "aria-label": null }), // what became of it is what is read
    },
    said,
    kbd && h("kbd", { "aria-hidden": "true" }, kbd),
  );
}

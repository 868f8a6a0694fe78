// Sign-in: what was wrong is said in plain words, and never whether the name exists.

import { h } from "../dom.js";
import { icon } from "../icons.js";
import { spoken, t } from "../words.js";

export function signIn(app) {
  const other = spoken() === "en" ? "es" : "en";
  return [
    h(
      "section",
      { class: "top", key: "top", "aria-label": t("live.label") },
      h(
        "p",
        { class: "live", "data-live": "wait" },
        icon("live"),
        h("span", {}, t(app.ended ? "sign_in.ended" : "sign_in.line")),
        h(
          "span",
          { class: "aside" },
          h(
            "button",
            { class: "bare", type: "button", lang: other, onclick: () => app.speak(other) },
            other === "es" ? "Español" : "English",
          ),
        ),
      ),
    ),
    h(
      "main",
      { class: "door", key: "door" },
      h(
        "form",
        { onsubmit: (event) => submit(event, app), novalidate: true },
        h("div", {}, h("p", { class: "brand soft" }, "sessionwatch"), h("h1", {}, t("sign_in.title"))),
        h(
          "label",
          {},
          t("sign_in.name"),
          h("input", { name: "username", autocomplete: "username", required: true, autocapitalize: "none", spellcheck: "false" }),
        ),
        h(
          "label",
          {},
          t("sign_in.password"),
          h("input", { name: "password", type: "password", autocomplete: "current-password", required: true }),
        ),
        h("p", { class: "wrong", role: "alert" }, app.wrong ? t(app.wrong) : ""),
        h("button", { class: "primary", type: "submit", "aria-disabled": app.signingIn ? "true" : null }, t("sign_in.go")),
        h("small", {}, t("sign_in.small")),
      ),
    ),
  ];
}

function submit(event, app) {
  event.preventDefault();
  const form = new FormData(event.target);
  app.signIn(String(form.get("username")), String(form.get("password")));
}

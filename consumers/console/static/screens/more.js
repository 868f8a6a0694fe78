// More, on a phone: what the bar has no room for.

import { h } from "../dom.js";
import { t } from "../words.js";
import { tools } from "../frame.js";

export function more(app) {
  return h(
    "main",
    { class: "more", key: "more" },
    h("h1", {}, app.me.name),
    h("p", { class: "soft" }, app.me.roles.map((role) => t(`role.${role}`)).join(", ")),
    h("div", { class: "stack" }, tools(app)),
  );
}

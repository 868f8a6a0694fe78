// Keys: one letter, never in a field, never for a crisis.

import { MARKS } from "./screens/tile.js";
import { rowIds } from "./screens/cases.js";
import { CRISIS } from "./alerts.js";

const inField = (target) => target.closest?.("input, textarea, select, [contenteditable]");

export function listen(app) {
  document.addEventListener("keydown", (press) => {
    if (press.ctrlKey || press.metaKey || press.altKey || inField(press.target)) return;
    if (document.querySelector("dialog[open]")) return; // it has keys of its own
    if (press.key === "Escape") return closeMenus();
    const done = app.screen === "cases" ? onCases(app, press.key) : onNow(app, press.key);
    if (done || everywhere(app, press.key)) press.preventDefault();
  });
  document.addEventListener("click", (click) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(click.target) || click.target.closest(".pop button")) menu.open = false;
    }
  });
}

function closeMenus() {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
}

function everywhere(app, key) {
  if (key === "?") return app.showKeys();
  if (key.toLowerCase() === "z") return app.undo();
  return false;
}

function onCases(app, key) {
  const ids = rowIds(app);
  const at = ids.indexOf(app.chosenCase);
  const alert = app.known.alerts[app.chosenCase];
  const free = alert?.may_act && alert.state !== "resolved" && !CRISIS.includes(alert.rule);
  switch (key.toLowerCase()) {
    case "j":
      return choose(app, ids[Math.min(ids.length - 1, at + 1)]);
    case "k":
      return choose(app, ids[Math.max(0, at - 1)]);
    case "t":
      return free && alert.assignee === undefined && app.take(alert);
    case "a":
      return free && alert.state === "open" && app.acknowledge(alert);
    case "g":
      return free && alert.mine && app.giveBack(alert);
    default: {
      const result = /^[1-9]$/.test(key) && free && alert.results[Number(key) - 1];
      const mayClose = result && (alert.mine || alert.assignee === undefined);
      return mayClose && app.resolve(alert, ...result);
    }
  }
}

function choose(app, id) {
  if (!id) return false;
  app.chooseCase(id);
  document.querySelector(`[data-alert="${CSS.escape(id)}"] .what`)?.focus();
  return true;
}

function onNow(app, key) {
  if (app.screen !== "now") return false;
  const tiles = [...document.querySelectorAll(".tile[data-person]")];
  if (/^[0-9]$/.test(key)) {
    const tile = tiles[(Number(key) + 9) % 10];
    tile?.focus();
    return Boolean(tile);
  }
  if (key.toLowerCase() === "b") {
    const button = document.querySelector(".course .acts button:not([disabled])");
    button?.click();
    return Boolean(button);
  }
  const mark = MARKS.find(([letter]) => letter === key.toUpperCase());
  const tile = document.activeElement?.closest(".tile[data-person]");
  if (!mark || !tile) return false;
  if (mark[1] === "with") {
    tile.querySelector("details.menu").open = true;
    tile.querySelector("details.with").open = true;
    tile.querySelector("details.with button")?.focus();
    return true;
  }
  const board = app.shownRoom();
  return board && app.markById(board, tile.dataset.person, mark[1]);
}

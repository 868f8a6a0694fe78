// Light, dark, or as the device says; kept on this device only. Before the page is drawn.
const root = document.documentElement;
const kept = localStorage.getItem("theme");
if (kept === "light" || kept === "dark") root.dataset.theme = kept;

document.addEventListener("click", (click) => {
  if (!click.target.closest("[data-switch-theme]")) return;
  const device = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  root.dataset.theme = (root.dataset.theme ?? device) === "dark" ? "light" : "dark";
  localStorage.setItem("theme", root.dataset.theme);
});
